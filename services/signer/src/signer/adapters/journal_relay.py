"""Ships the journal to the audit, at least once, in order, from where it stopped.

The place is a row of its own, moved after the audit acknowledged. Two
replicas may ship the same entries; the audit stores each event once.
"""

import asyncio
import random
from collections.abc import Awaitable, Callable, Sequence

from gerbang.audit.v1.event_pb2 import Event
from servicekit.database import read
from servicekit.log import get_logger
from sqlalchemy import Engine, select, update

from signer.adapters import journal_rows
from signer.adapters.audit_events import event_of
from signer.adapters.tables import ONLY_ROW, journal_relay
from signer.domain.journal import Entry
from signer.limits import (
    JOURNAL_RELAY_BACKOFF_MAX_S,
    JOURNAL_RELAY_BATCH_MAX_EVENTS,
    JOURNAL_RELAY_IDLE_S,
)

_log = get_logger()

Ship = Callable[[Sequence[Event]], Awaitable[None]]
"""Returns when the audit has stored the events."""


class JournalRelay:
    def __init__(
        self, engine: Engine, ship: Ship, *, jitter: Callable[[], float] = random.random
    ) -> None:
        self._engine = engine
        self._ship = ship
        self._jitter = jitter

    async def run(self) -> None:
        """Until cancelled. An audit that is away is waited for, with back-off."""
        failures = 0
        while True:
            try:
                shipped = await self.ship_some()
            except Exception as error:  # noqa: BLE001 - nothing may end the relay
                failures += 1
                _log.warning("journal not relayed", error=type(error).__name__, failures=failures)
                wait_s = min(JOURNAL_RELAY_BACKOFF_MAX_S, JOURNAL_RELAY_IDLE_S * 2**failures)
                await asyncio.sleep(wait_s * (0.5 + self._jitter() / 2))
                continue
            failures = 0
            if shipped < JOURNAL_RELAY_BATCH_MAX_EVENTS:
                await asyncio.sleep(JOURNAL_RELAY_IDLE_S)

    async def ship_some(self) -> int:
        """One batch; gives its size."""
        entries = await asyncio.to_thread(self._waiting)
        if not entries:
            return 0
        await self._ship([event_of(entry) for entry in entries])
        await asyncio.to_thread(self._shipped, entries[-1].sequence)
        return len(entries)

    def _waiting(self) -> list[Entry]:
        with read(self._engine) as connection:
            after = connection.execute(
                select(journal_relay.c.sequence).where(journal_relay.c.id == ONLY_ROW)
            ).scalar_one()
            return journal_rows.read_entries(
                connection, after=after, limit=JOURNAL_RELAY_BATCH_MAX_EVENTS
            )

    def _shipped(self, sequence: int) -> None:
        with self._engine.begin() as connection:
            connection.execute(
                update(journal_relay)
                .where(journal_relay.c.id == ONLY_ROW, journal_relay.c.sequence < sequence)
                .values(sequence=sequence)
            )
