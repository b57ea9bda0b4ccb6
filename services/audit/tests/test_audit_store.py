"""Storing on the real databases: once each, in one gapless chain, whoever races."""

import asyncio
import threading
from collections.abc import Callable

import pytest
from audit.adapters.chain_store import SQLChainStore
from audit.adapters.event_search import SQLEventSearch
from audit.adapters.event_store import HeadMissingError, SQLEventStore
from audit.adapters.event_writer import EventWriter, OverloadedError
from audit.adapters.reader import Reader
from audit.adapters.tables import CHAIN_HEAD
from audit.application.ports import EventFilter
from audit.application.verify_chain import VerifyChain
from audit.domain.event import Event, Exchange
from servicekit.testing import FAKE_NOW_US, FakeClock
from sqlalchemy import Engine, delete


async def everything(reader: Reader) -> list[Event]:
    found = await SQLEventSearch(reader).find(EventFilter(), after=None, limit=10_000)
    return [stored.event for stored in found]


async def test_what_is_stored_is_read_back_unchanged(
    store: SQLEventStore, reader: Reader, make_event: Callable[..., Event]
):
    odd = "INV-1 ünïcode 漢字 '\\%_"
    events = [
        make_event(),
        make_event(
            actor="",
            trace_id="",
            transfer_id="",
            partner_reference_no=odd,
            bank_partner_reference_no="",
            bank="",
            attempt_id="",
            client_id="",
            request=None,
            response=None,
            attributes={},
        ),
        make_event(request=Exchange(), response=Exchange(body="\x00\x7f" + odd, headers={odd: ""})),
    ]

    stored = store.store(events)

    assert stored == {event.event_id for event in events}
    assert await everything(reader) == events


async def test_events_sent_again_are_stored_once(
    store: SQLEventStore, reader: Reader, make_event: Callable[..., Event]
):
    first, second, third = make_event(), make_event(), make_event()
    store.store([first, second])

    stored = store.store([second, third, third, first])

    assert stored == {third.event_id}
    assert await everything(reader) == [first, second, third]


async def test_references_that_collations_fold_stay_apart(
    store: SQLEventStore, reader: Reader, make_event: Callable[..., Event]
):
    names = ["INV-1", "inv-1", "INV-1 ", "INV-É"]
    events = [make_event(partner_reference_no=name) for name in names]
    store.store(events)

    found = await SQLEventSearch(reader).find(
        EventFilter(partner_reference_no="INV-1"), after=None, limit=10
    )

    assert [stored.event for stored in found] == events[:1]


async def test_racing_replicas_make_one_gapless_chain(
    engine: Engine, reader: Reader, clock: FakeClock, make_event: Callable[..., Event]
):
    """Four writers send overlapping batches at the same time."""
    events = [make_event() for _ in range(120)]
    stored: list[frozenset[str]] = []

    def replica(offset: int) -> None:
        mine = SQLEventStore(engine, clock)
        stored.extend(mine.store(events[at : at + 20]) for at in range(offset, 120, 10))

    threads = [threading.Thread(target=replica, args=(number * 5,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    check = await VerifyChain(SQLChainStore(reader, clock), clock).run()
    assert check.found is None
    assert check.walked.sequence == 120
    # Each event was reported as new to exactly one writer.
    assert sorted(each for batch in stored for each in batch) == [e.event_id for e in events]


async def test_a_missing_head_stores_nothing(
    engine: Engine, store: SQLEventStore, reader: Reader, make_event: Callable[..., Event]
):
    with engine.begin() as connection:
        connection.execute(delete(CHAIN_HEAD))

    with pytest.raises(HeadMissingError):
        store.store([make_event()])
    assert await everything(reader) == []


async def test_the_store_time_is_the_clocks(
    store: SQLEventStore, reader: Reader, clock: FakeClock, make_event: Callable[..., Event]
):
    clock.advance(5)
    store.store([make_event()])

    (stored,) = await SQLEventSearch(reader).find(EventFilter(), after=None, limit=10)

    assert (stored.sequence, stored.store_us) == (1, FAKE_NOW_US + 5_000_000)


class HeldStore:
    """Keeps every commit waiting until released; remembers the batches."""

    def __init__(self) -> None:
        self.release = threading.Event()
        self.commits: list[list[str]] = []
        self.poison = ""

    def store(self, events: list[Event]) -> frozenset[str]:
        self.release.wait(10)
        self.commits.append([event.event_id for event in events])
        if any(event.event_id == self.poison for event in events):
            raise RuntimeError("no")
        return frozenset(event.event_id for event in events)


async def test_batches_that_wait_together_share_a_commit(make_event: Callable[..., Event]):
    held = HeldStore()
    writer = EventWriter(held)
    writer.start()
    events = [make_event() for _ in range(3)]
    calls = [asyncio.create_task(writer.store([event])) for event in events]
    repeat = asyncio.create_task(writer.store([events[2]]))
    await asyncio.sleep(0)
    held.release.set()

    counts = await asyncio.gather(*calls, repeat)
    await writer.close()

    assert counts == [1, 1, 1, 0]
    assert len(held.commits) <= 2


async def test_a_batch_that_fails_does_not_fail_its_neighbours(make_event: Callable[..., Event]):
    held = HeldStore()
    writer = EventWriter(held)
    writer.start()
    events = [make_event() for _ in range(3)]
    held.poison = events[1].event_id
    calls = [asyncio.create_task(writer.store([event])) for event in events]
    await asyncio.sleep(0)
    held.release.set()

    results = await asyncio.gather(*calls, return_exceptions=True)
    await writer.close()

    assert [results[0], results[2]] == [1, 1]
    assert isinstance(results[1], RuntimeError)


async def test_a_full_queue_refuses_at_once(make_event: Callable[..., Event]):
    held = HeldStore()
    writer = EventWriter(held)
    event = make_event()
    # Not started: nothing is taken from the queue.
    calls = [asyncio.create_task(writer.store([event])) for _ in range(64)]
    await asyncio.sleep(0)

    with pytest.raises(OverloadedError):
        await writer.store([event])
    await writer.close()
    results = await asyncio.gather(*calls, return_exceptions=True)

    assert all(isinstance(result, asyncio.CancelledError) for result in results)
