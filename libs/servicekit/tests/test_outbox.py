"""The outbox: oldest first, deleted only after acknowledgement, never lost."""

import asyncio
from collections.abc import Iterator, Sequence
from typing import Any

import pytest
from servicekit import limits
from servicekit.config import DatabaseSettings
from servicekit.database import open_engine, read
from servicekit.errors import invalid_field, unavailable
from servicekit.group_commit import GroupCommit, Statement, Unit
from servicekit.outbox import OutboxRelay, insert_event, outbox_table
from servicekit.testing import FakeClock
from sqlalchemy import MetaData, select
from sqlalchemy.engine import Engine

metadata = MetaData()
outbox = outbox_table(metadata)
INSERT = insert_event(outbox)


@pytest.fixture
def engine(database_url: str) -> Iterator[Engine]:
    engine = open_engine(DatabaseSettings(url=database_url))
    metadata.create_all(engine)
    yield engine
    engine.dispose()


def store(engine: Engine, *numbers: int, size: int = 3) -> None:
    with engine.begin() as connection:
        connection.execute(
            INSERT,
            [
                {
                    "event_id": f"{number:026}",
                    "payload": str(number).encode().ljust(size, b"."),
                    "created_us": number,
                }
                for number in numbers
            ],
        )


def left(engine: Engine) -> list[int]:
    with read(engine) as connection:
        query = select(outbox.c.event_id).order_by(outbox.c.event_id)
        return [int(found) for found in connection.execute(query).scalars()]


async def until_empty(engine: Engine) -> None:
    while left(engine):  # noqa: ASYNC110 - a table gives no event
        await asyncio.sleep(0.005)


class WatchedRelay(OutboxRelay):
    """Says when it has nothing to do."""

    def __init__(self, *arguments: Any) -> None:
        super().__init__(*arguments)
        self.idle = asyncio.Event()

    async def _idle(self) -> None:
        self.idle.set()
        await super()._idle()


class Receiver:
    """Remembers batches; refuses what the test says."""

    def __init__(self) -> None:
        self.batches: list[list[int]] = []
        self.errors: list[Exception] = []
        self.poison: set[int] = set()

    async def ship(self, payloads: Sequence[bytes]) -> None:
        if self.errors:
            raise self.errors.pop(0)
        numbers = [int(payload.rstrip(b".")) for payload in payloads]
        if self.poison & set(numbers):
            raise invalid_field("events[0].kind", "unknown kind")
        self.batches.append(numbers)


@pytest.fixture
def receiver() -> Receiver:
    return Receiver()


def relay(engine: Engine, receiver: Receiver, **more: Any) -> OutboxRelay:
    clock = more.pop("clock", None) or FakeClock()
    return OutboxRelay(engine, outbox, receiver.ship, clock, **more)


async def test_oldest_are_shipped_first_and_deleted(engine: Engine, receiver: Receiver):
    store(engine, 3, 1, 2)
    assert await relay(engine, receiver).relay_once() == 3
    assert receiver.batches == [[1, 2, 3]]
    assert left(engine) == []


async def test_empty_outbox_ships_nothing(engine: Engine, receiver: Receiver):
    assert await relay(engine, receiver).relay_once() == 0
    assert receiver.batches == []


async def test_what_was_not_acknowledged_stays(engine: Engine, receiver: Receiver):
    store(engine, 1, 2)
    receiver.errors = [unavailable("down")]
    with pytest.raises(Exception, match="down"):
        await relay(engine, receiver).relay_once()
    assert left(engine) == [1, 2]


async def test_batch_is_bounded_by_events(
    engine: Engine, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(limits, "OUTBOX_BATCH_EVENTS", 2)
    store(engine, 1, 2, 3)
    await relay(engine, receiver).relay_once()
    assert receiver.batches == [[1, 2]]
    assert left(engine) == [3]


async def test_batch_is_bounded_by_bytes_but_takes_one_large_event(
    engine: Engine, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(limits, "OUTBOX_BATCH_BYTES", 100)
    store(engine, 1, 2, size=60)
    store(engine, 3, size=500)
    carrier = relay(engine, receiver)
    for _ in range(3):
        await carrier.relay_once()
    assert receiver.batches == [[1], [2], [3]]


async def test_refused_event_is_set_aside_and_the_others_go_on(engine: Engine, receiver: Receiver):
    clock = FakeClock()
    store(engine, *range(1, 8))
    receiver.poison = {4}
    carrier = relay(engine, receiver, clock=clock)
    await carrier.relay_once()
    assert left(engine) == [4]
    assert await carrier.relay_once() == 0
    receiver.poison = set()
    clock.advance(limits.OUTBOX_PARKED_S + 1)
    assert await carrier.relay_once() == 1
    assert left(engine) == []


async def test_run_waits_out_errors_and_goes_on(engine: Engine, receiver: Receiver):
    store(engine, 1)
    receiver.errors = [unavailable("down"), ConnectionError(), unavailable("down")]
    pauses: list[float] = []

    async def sleep(seconds: float) -> None:
        pauses.append(seconds)

    carrier = relay(engine, receiver, sleep=sleep, jitter=lambda: 1.0)
    running = asyncio.ensure_future(carrier.run())
    await until_empty(engine)
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running
    assert receiver.batches == [[1]]
    assert pauses[:3] == [0.2, 0.4, 0.8]


async def test_after_few_events_more_are_let_come_together(engine: Engine, receiver: Receiver):
    store(engine, 1, 2)
    paused: asyncio.Future[float] = asyncio.get_running_loop().create_future()

    async def sleep(seconds: float) -> None:
        paused.set_result(seconds)
        store(engine, 3)
        await asyncio.Event().wait()

    running = asyncio.ensure_future(relay(engine, receiver, sleep=sleep).run())
    assert await asyncio.wait_for(paused, 10) == limits.OUTBOX_GATHER_S
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running
    assert receiver.batches == [[1, 2]]


async def test_wake_ends_the_idle_wait(
    engine: Engine, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(limits, "OUTBOX_IDLE_S", 60)
    carrier = WatchedRelay(engine, outbox, receiver.ship, FakeClock())
    running = asyncio.ensure_future(carrier.run())
    await carrier.idle.wait()
    store(engine, 1)
    carrier.wake()
    await until_empty(engine)
    running.cancel()
    assert receiver.batches == [[1]]


async def test_deleting_through_the_group_commit_tolerates_another_relay(
    engine: Engine, receiver: Receiver
):
    group = GroupCommit(engine)
    group.start()
    row = {"event_id": f"{1:026}", "payload": b"1", "created_us": 1}
    await group.commit(Unit("t", (Statement(INSERT, row),)))
    store(engine, 2)

    async def ship_while_another_deletes(payloads: Sequence[bytes]) -> None:
        await receiver.ship(payloads)
        await relay(engine, Receiver()).relay_once()

    carrier = OutboxRelay(engine, outbox, ship_while_another_deletes, FakeClock(), writer=group)
    assert await carrier.relay_once() == 2
    assert left(engine) == []
    group.close()
