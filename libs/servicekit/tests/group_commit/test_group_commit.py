"""Group commit on real databases: who is committed, who fails, and with what."""

import asyncio
import threading
from typing import Any

import pytest
from servicekit import limits
from servicekit.config import DatabaseSettings
from servicekit.database import open_engine
from servicekit.group_commit import (
    CommitFailed,
    CommitUnknown,
    ConflictError,
    GroupCommit,
    GuardFailed,
    Statement,
    Unit,
)
from sqlalchemy import event
from sqlalchemy.engine import Connection, Engine


class Commits:
    """Counts the commits on an engine."""

    def __init__(self, engine: Engine) -> None:
        self.count = 0
        event.listen(engine, "commit", self._committed)

    def _committed(self, _connection: Connection) -> None:
        self.count += 1


async def test_waiting_units_share_one_commit(ledger: Any):
    commits = Commits(ledger.engine)
    keys = [f"k{number:02}" for number in range(20)]
    units = [ledger.opening(key) for key in reversed(keys)]
    assert await ledger.commit_all(units) == [None] * 20
    assert ledger.versions() == dict.fromkeys(keys, 1)
    assert ledger.writer.batches == [["0"], keys]
    # One for the unit that went ahead, one for the batch.
    assert commits.count == 2


async def test_future_resolves_only_after_its_own_commit(ledger: Any):
    await ledger.group.commit(ledger.opening("a"))
    assert ledger.versions() == {"a": 1}


async def test_failed_guard_fails_the_culprit_alone(ledger: Any):
    units = [ledger.opening("a"), ledger.bump("b", 1), ledger.opening("c")]
    results = await ledger.commit_all(units)
    assert results[0] is None
    assert isinstance(results[1], GuardFailed)
    assert (results[1].unit, results[1].index) == (units[1], 0)
    assert results[2] is None
    assert ledger.versions() == {"a": 1, "c": 1}
    assert ledger.entries() == {"a:open", "c:open"}


async def test_failed_guard_writes_nothing_of_its_unit(ledger: Any):
    unit = Unit(
        "a",
        (
            Statement(ledger.ENTRY, {"entry_id": "a:1", "at_us": 1}),
            Statement(ledger.BUMP, {"key": "a", "seen": 1, "next": 2}),
        ),
    )
    with pytest.raises(GuardFailed) as caught:
        await ledger.group.commit(unit)
    assert caught.value.index == 1
    assert ledger.entries() == set()


async def test_broken_constraint_fails_the_culprit_alone(ledger: Any):
    twice = Unit("b", (Statement(ledger.ENTRY, {"entry_id": "a:open", "at_us": 1}),))
    results = await ledger.commit_all([ledger.opening("a"), twice, ledger.opening("c")])
    assert results[0] is None
    assert isinstance(results[1], ConflictError)
    assert results[1].index == 0
    assert results[2] is None
    assert ledger.versions() == {"a": 1, "c": 1}


async def test_value_that_cannot_be_bound_fails_the_culprit_alone(ledger: Any):
    results = await ledger.commit_all([ledger.opening("a"), ledger.opening("x" * 21)])
    assert results[0] is None
    assert isinstance(results[1], CommitFailed)
    assert ledger.versions() == {"a": 1}


async def test_identifiers_that_collations_would_fold_stay_apart(ledger: Any):
    keys = ["INV-1", "inv-1", "inv-1 ", "\u0131nv-1", "\u00ednv-1"]
    assert await ledger.commit_all([ledger.opening(key) for key in keys]) == [None] * len(keys)
    assert set(ledger.versions()) == set(keys)


async def test_units_of_one_key_run_in_order_and_never_share_a_batch(ledger: Any):
    units = [ledger.opening("a"), ledger.bump("a", 1), ledger.opening("b"), ledger.bump("a", 2)]
    assert await ledger.commit_all(units) == [None] * 4
    assert ledger.versions() == {"a": 3, "b": 1}
    assert all(batch.count("a") <= 1 for batch in ledger.writer.batches)
    assert sum(batch.count("a") for batch in ledger.writer.batches) == 3


async def test_batch_is_bounded(ledger: Any):
    group = GroupCommit(ledger.engine, max_batch=3, writer=ledger.writer)
    group.start()
    keys = [f"k{number}" for number in range(8)]
    await ledger.commit_all([ledger.opening(key) for key in keys], group)
    group.close()
    assert max(len(batch) for batch in ledger.writer.batches) == 3
    assert len(ledger.versions()) == 8


async def test_unchecked_statement_may_touch_any_number_of_rows(ledger: Any):
    await ledger.group.commit(ledger.opening("a"))
    none = Statement(ledger.BUMP, {"key": "zz", "seen": 1, "next": 2}, expected_rows=None)
    assert await ledger.group.commit(Unit("a", (none,))) is None


async def test_cancelled_caller_does_not_stop_its_unit_or_the_others(ledger: Any):
    ledger.writer.go.clear()
    leaving = asyncio.ensure_future(ledger.group.commit(ledger.opening("a")))
    staying = asyncio.ensure_future(ledger.group.commit(ledger.opening("b")))
    await asyncio.sleep(0)
    leaving.cancel()
    ledger.writer.go.set()
    await staying
    await ledger.group.commit(ledger.opening("c"))
    assert ledger.versions() == {"a": 1, "b": 1, "c": 1}
    assert leaving.cancelled()


async def test_close_writes_what_was_handed_over(ledger: Any):
    ledger.writer.go.clear()
    running = [
        asyncio.ensure_future(ledger.group.commit(ledger.opening(key))) for key in ("a", "b", "c")
    ]
    await asyncio.sleep(0)
    ledger.writer.go.set()
    ledger.group.close()
    await asyncio.gather(*running)
    assert set(ledger.versions()) == {"a", "b", "c"}


async def test_commit_after_close_is_refused(ledger: Any):
    ledger.group.close()
    with pytest.raises(RuntimeError, match="not running"):
        await ledger.group.commit(ledger.opening("a"))


async def test_lock_held_by_another_is_waited_out_and_the_unit_run_again(ledger: Any):
    """The other transaction holds the row longer than one lock wait."""
    await ledger.group.commit(ledger.opening("a"))
    with ledger.engine.connect() as other:
        if ledger.engine.dialect.name == "sqlite":
            driver = ledger.writer._session._connected().connection.driver_connection
            assert driver is not None
            driver.execute("PRAGMA busy_timeout = 1")
        else:
            connection = ledger.writer._session._connected()
            connection.exec_driver_sql("SET SESSION innodb_lock_wait_timeout = 1")
            connection.rollback()
        other.begin()
        other.execute(ledger.BUMP, {"key": "a", "seen": 1, "next": 7})
        held = threading.Event()
        ledger.writer._sleep = lambda _seconds: (held.set(), released.wait())
        released = threading.Event()
        running = asyncio.ensure_future(ledger.group.commit(ledger.bump("a", 7)))
        await asyncio.to_thread(held.wait)
        other.commit()
        released.set()
        await running
    assert ledger.versions() == {"a": 8}


async def test_unit_that_never_gets_its_lock_fails_and_wrote_nothing(
    ledger: Any, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(limits, "UNIT_ATTEMPTS", 2)
    await ledger.group.commit(ledger.opening("a"))
    session = ledger.writer._session._connected()
    if ledger.engine.dialect.name == "sqlite":
        event.listen(
            ledger.engine,
            "connect",
            lambda driver, _record: driver.execute("PRAGMA busy_timeout = 1"),
        )
        ledger.writer._session.discard()
        ledger.engine.dispose()
    else:
        session.exec_driver_sql("SET SESSION innodb_lock_wait_timeout = 1")
        session.rollback()
    with ledger.engine.connect() as other:
        other.begin()
        other.execute(ledger.BUMP, {"key": "a", "seen": 1, "next": 7})
        with pytest.raises(CommitFailed):
            await ledger.group.commit(ledger.bump("a", 1))
        other.rollback()
    assert ledger.versions() == {"a": 1}


async def test_replicas_that_lock_in_contrary_orders_all_commit(ledger: Any, database_url: str):
    """Deadlocks on MariaDB, a busy file on SQLite: every unit is run until it holds."""
    for key in ("a", "b"):
        await ledger.group.commit(ledger.opening(key))
    other_engine = open_engine(DatabaseSettings(url=database_url))
    other = GroupCommit(other_engine)
    other.start()

    def both(name: str, first: str, second: str) -> Unit:
        return Unit(
            name,
            (Statement(ledger.ADD_ONE, {"key": first}), Statement(ledger.ADD_ONE, {"key": second})),
        )

    async def pay(replica: GroupCommit, name: str, first: str, second: str) -> None:
        for number in range(15):
            await replica.commit(both(f"{name}{number}", first, second))

    await asyncio.gather(pay(ledger.group, "x", "a", "b"), pay(other, "y", "b", "a"))
    other.close()
    other_engine.dispose()
    assert ledger.versions() == {"a": 31, "b": 31}


async def test_writer_survives_its_own_fault(ledger: Any, monkeypatch: pytest.MonkeyPatch):
    with monkeypatch.context() as patch:
        patch.setattr(ledger.writer, "_write_alone", lambda _units: 1 / 0)
        with pytest.raises(CommitUnknown):
            await ledger.group.commit(ledger.opening("a"))
    await ledger.group.commit(ledger.opening("b"))
    assert ledger.versions() == {"b": 1}


async def test_no_parameter_shows_in_an_error(ledger: Any):
    await ledger.group.commit(ledger.opening("secret-account"))
    with pytest.raises(ConflictError) as caught:
        await ledger.group.commit(ledger.opening("secret-account"))
    assert "secret-account" not in str(caught.value)
    assert "secret-account" not in str(caught.value.__cause__)
    assert "secret-account" not in repr(caught.value.unit.statements)
