"""The process's own look at the chain: from where it was, and the head noted elsewhere."""

import asyncio
from collections.abc import Callable
from pathlib import Path

import pytest
from audit.adapters.chain_store import SQLChainStore
from audit.adapters.event_store import SQLEventStore
from audit.adapters.reader import Reader
from audit.application.verify_chain import VerifyChain
from audit.domain.chain import Break
from audit.domain.event import Event
from audit.entrypoints.chain_watch import ChainWatch
from servicekit.testing import FakeClock
from sqlalchemy import Engine


@pytest.fixture
def chain(reader: Reader, clock: FakeClock) -> SQLChainStore:
    return SQLChainStore(reader, clock)


@pytest.fixture
def watch(chain: SQLChainStore, clock: FakeClock, tmp_path: Path) -> ChainWatch:
    return ChainWatch(
        verify=VerifyChain(chain, clock), every_s=60.0, head_file=tmp_path / "heads.txt"
    )


@pytest.fixture
def grow(
    store: SQLEventStore, clock: FakeClock, make_event: Callable[..., Event]
) -> Callable[[int], None]:
    """Stores so many events, an hour after the last."""

    def store_more(count: int) -> None:
        clock.advance(3_600)
        store.store([make_event() for _ in range(count)])

    return store_more


async def test_each_look_goes_on_from_the_last_and_notes_the_head(
    watch: ChainWatch,
    chain: SQLChainStore,
    grow: Callable[[int], None],
    tmp_path: Path,
):
    heads = []
    for count in (3, 2):
        grow(count)
        await watch.look()
        head = await chain.head()
        assert head is not None
        heads.append(f"{head.sequence}:{head.chain_hash.hex()}")
    last = await chain.last_check()

    assert last is not None
    assert (last.from_sequence, last.walked.sequence, last.found) == (3, 5, None)
    assert (tmp_path / "heads.txt").read_text().splitlines() == [
        f"2026-01-01T01:00:00Z {heads[0]}",
        f"2026-01-01T02:00:00Z {heads[1]}",
    ]


async def test_a_broken_chain_is_walked_from_its_beginning_and_not_noted(
    watch: ChainWatch,
    chain: SQLChainStore,
    grow: Callable[[int], None],
    engine: Engine,
    tmp_path: Path,
):
    grow(3)
    with engine.begin() as connection:
        connection.exec_driver_sql("DELETE FROM audit_event WHERE chain_sequence = 2")

    for _ in range(2):
        await watch.look()

    last = await chain.last_check()
    assert last is not None
    assert (last.from_sequence, last.found) == (
        0,
        Break(sequence=2, problem="the event is missing"),
    )
    assert not (tmp_path / "heads.txt").exists()


async def test_an_empty_log_has_no_head_to_note(watch: ChainWatch, tmp_path: Path):
    await watch.look()

    assert not (tmp_path / "heads.txt").exists()


async def test_a_look_that_fails_is_followed_by_the_next(
    chain: SQLChainStore, clock: FakeClock, tmp_path: Path
):
    looks = 0
    seen = asyncio.Event()

    async def sleep(_: float) -> None:
        nonlocal looks
        looks += 1
        if looks == 2:
            seen.set()
            await asyncio.Event().wait()

    # A folder cannot be written to as a file.
    watch = ChainWatch(
        verify=VerifyChain(chain, clock), every_s=1.0, head_file=tmp_path, sleep=sleep
    )
    task = asyncio.create_task(watch.run())
    await asyncio.wait_for(seen.wait(), 10)
    task.cancel()

    assert looks == 2
