"""The outbox: events written in the transaction they tell about, shipped later.

An event is deleted only after the other side has acknowledged it, so none is
lost and some may be sent twice; the receiver knows them by their id.
"""

import asyncio
import contextlib
import random
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any

import grpc
from sqlalchemy import Column, MetaData, Table, bindparam, delete, insert, select
from sqlalchemy.engine import Engine
from sqlalchemy.sql import Executable

from servicekit import limits
from servicekit.clock import Clock
from servicekit.column_types import Identifier, Instant, LongBytes
from servicekit.errors import ServiceError
from servicekit.group_commit import GroupCommit, Statement, Unit
from servicekit.log import get_logger
from servicekit.transactions import read

_log = get_logger()

Ship = Callable[[Sequence[bytes]], Awaitable[None]]


def outbox_table(metadata: MetaData) -> Table:
    """The table; its payload is a serialised gerbang.audit.v1.Event."""
    return Table(
        "outbox",
        metadata,
        Column("event_id", Identifier(26), primary_key=True),
        Column("payload", LongBytes, nullable=False),
        Column("created_us", Instant, nullable=False),
    )


def insert_event(table: Table) -> Executable:
    """INSERT with the parameters event_id, payload and created_us.

    Call it once per table and keep the result: the group commit merges
    statements that are the same object.
    """
    return insert(table).values(
        event_id=bindparam("event_id"),
        payload=bindparam("payload"),
        created_us=bindparam("created_us"),
    )


class OutboxRelay:
    """Ships the oldest events first, again and again, for as long as it runs.

    `ship` returns once the receiver has stored the events. An event that the
    receiver refuses for good (INVALID_ARGUMENT) is left in the table, logged
    and tried again later, so that it does not hold up the others. With a
    `writer` what was shipped is deleted through it, which spares SQLite a
    second writer; without one the relay deletes by itself.
    """

    def __init__(
        self,
        engine: Engine,
        table: Table,
        ship: Ship,
        clock: Clock,
        *,
        writer: GroupCommit | None = None,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
        jitter: Callable[[], float] = random.random,
    ) -> None:
        self._engine = engine
        self._table = table
        self._ship = ship
        self._clock = clock
        self._writer = writer
        self._sleep = sleep
        self._jitter = jitter
        self._woken = asyncio.Event()
        # One statement for all: PyMySQL would send one for each row of an executemany.
        self._delete = delete(table).where(table.c.event_id.in_(bindparam("done", expanding=True)))
        # Refused events and when they may be tried again (monotonic seconds).
        self._parked: dict[str, float] = {}

    def wake(self) -> None:
        """There is something new; do not wait for the next look."""
        self._woken.set()

    async def run(self) -> None:
        """Relay until cancelled. Errors are logged and waited out."""
        failures = 0
        while True:
            try:
                shipped = await self.relay_once()
            except Exception as error:  # noqa: BLE001 - whatever it is, the events must go out later
                failures += 1
                pause_s = self._backoff_s(failures)
                _log.warning(
                    "outbox not shipped",
                    error=type(error).__name__,
                    failures=failures,
                    pause_s=round(pause_s, 3),
                )
                await self._sleep(pause_s)
                continue
            failures = 0
            if not shipped:
                await self._idle()
            elif shipped < limits.OUTBOX_FEW_EVENTS:
                # A batch costs both sides about the same whatever it holds.
                await self._sleep(limits.OUTBOX_GATHER_S)

    async def relay_once(self) -> int:
        """Ship one batch; the number of events that are done with. Raises what `ship` raises."""
        rows = await asyncio.to_thread(self._oldest)
        if not rows:
            return 0
        acknowledged: list[str] = []
        try:
            await self._ship_rows(rows, acknowledged)
        finally:
            if acknowledged:
                await self._forget(acknowledged)
        return len(acknowledged)

    async def _ship_rows(self, rows: Sequence[Any], acknowledged: list[str]) -> None:
        try:
            await self._ship([row.payload for row in rows])
        except ServiceError as error:
            if error.code is not grpc.StatusCode.INVALID_ARGUMENT:
                raise
            if len(rows) == 1:
                self._park(rows[0].event_id, error)
                return
            middle = len(rows) // 2
            await self._ship_rows(rows[:middle], acknowledged)
            await self._ship_rows(rows[middle:], acknowledged)
        else:
            acknowledged.extend(row.event_id for row in rows)

    def _park(self, event_id: str, error: ServiceError) -> None:
        _log.error("outbox event refused", event_id=event_id, reason=error.reason)
        if len(self._parked) >= limits.OUTBOX_PARKED_EVENTS:
            # So many cannot be the events' own fault.
            raise error
        self._parked[event_id] = self._clock.monotonic() + limits.OUTBOX_PARKED_S

    def _oldest(self) -> list[Any]:
        """The oldest events, as many as a batch may hold, at least one if there is any."""
        now = self._clock.monotonic()
        self._parked = {key: until for key, until in self._parked.items() if until > now}
        table = self._table
        query = (
            select(table.c.event_id, table.c.payload)
            .order_by(table.c.event_id)
            .limit(limits.OUTBOX_BATCH_EVENTS)
        )
        if self._parked:
            query = query.where(table.c.event_id.not_in(list(self._parked)))
        with read(self._engine) as connection:
            rows = list(connection.execute(query))
        size = 0
        for count, row in enumerate(rows):
            size += len(row.payload)
            if count and size > limits.OUTBOX_BATCH_BYTES:
                return rows[:count]
        return rows

    async def _forget(self, event_ids: Sequence[str]) -> None:
        done = {"done": sorted(event_ids)}
        if self._writer is None:
            await asyncio.to_thread(self._delete_rows, done)
        else:
            # Another replica may have deleted some already: any number will do.
            statement = Statement(self._delete, done, None)
            await self._writer.commit(Unit("outbox-relay", (statement,)))

    def _delete_rows(self, done: Mapping[str, Sequence[str]]) -> None:
        with self._engine.begin() as connection:
            connection.execute(self._delete, done)

    async def _idle(self) -> None:
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(limits.OUTBOX_IDLE_S):
                await self._woken.wait()
        self._woken.clear()

    def _backoff_s(self, failures: int) -> float:
        longest: float = limits.OUTBOX_BACKOFF_FIRST_S * 2 ** min(failures - 1, 10)
        return min(limits.OUTBOX_BACKOFF_MAX_S, longest) * (0.5 + self._jitter() / 2)
