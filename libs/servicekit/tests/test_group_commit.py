"""Group commit on real databases: who is committed, who fails, and with what."""

import asyncio
import threading
from collections.abc import Iterator
from typing import Any

import pytest
from servicekit import limits
from servicekit.config import DatabaseSettings
from servicekit.database import Identifier, Instant, open_engine, read
from servicekit.group_commit import (
    CommitFailed,
    CommitUnknown,
    ConflictError,
    GroupCommit,
    GuardFailed,
    Statement,
    Unit,
)
from servicekit.unit_writer import UnitWriter
from sqlalchemy import Column, Integer, MetaData, Table, bindparam, event, insert, select, update
from sqlalchemy.engine import Connection, Engine
from sqlalchemy.exc import OperationalError

metadata = MetaData()
accounts = Table(
    "accounts",
    metadata,
    Column("id", Identifier(20), primary_key=True),
    Column("version", Integer, nullable=False),
)
journal = Table(
    "journal",
    metadata,
    Column("entry_id", Identifier(40), primary_key=True),
    Column("at_us", Instant, nullable=False),
)
OPEN = insert(accounts)
BUMP = (
    update(accounts)
    .where(accounts.c.id == bindparam("key"), accounts.c.version == bindparam("seen"))
    .values(version=bindparam("next"))
)
ENTRY = insert(journal)


def opening(key: str) -> Unit:
    return Unit(
        key,
        (
            Statement(OPEN, {"id": key, "version": 1}),
            Statement(ENTRY, {"entry_id": f"{key}:open", "at_us": 1}),
        ),
    )


def bump(key: str, seen: int, **more: Any) -> Unit:
    return Unit(
        key,
        (
            Statement(BUMP, {"key": key, "seen": seen, "next": seen + 1}),
            Statement(ENTRY, {"entry_id": f"{key}:{seen}", "at_us": 2}),
        ),
        **more,
    )


@pytest.fixture
def engine(database_url: str) -> Iterator[Engine]:
    engine = open_engine(DatabaseSettings(url=database_url))
    metadata.create_all(engine)
    yield engine
    engine.dispose()


class Commits:
    """Counts the commits on an engine."""

    def __init__(self, engine: Engine) -> None:
        self.count = 0
        event.listen(engine, "commit", self._committed)

    def _committed(self, _connection: Connection) -> None:
        self.count += 1


class HeldWriter(UnitWriter):
    """A writer that waits before its first batch, so that units gather behind it."""

    def __init__(self, engine: Engine) -> None:
        super().__init__(engine, sleep=lambda _seconds: None)
        self.go = threading.Event()
        self.entered = threading.Event()
        self.batches: list[list[str]] = []

    def write(self, units: Any) -> Any:
        self.entered.set()
        self.go.wait()
        self.batches.append([unit.key for unit in units])
        return super().write(units)


@pytest.fixture
def writer(engine: Engine) -> HeldWriter:
    return HeldWriter(engine)


@pytest.fixture
def group(engine: Engine, writer: HeldWriter) -> Iterator[GroupCommit]:
    group = GroupCommit(engine, writer=writer)
    group.start()
    yield group
    writer.go.set()
    group.close()


async def commit_all(group: GroupCommit, writer: HeldWriter, units: list[Unit]) -> list[Any]:
    """Hand the units over while a first one is being written, so that they share a batch."""
    writer.go.clear()
    writer.entered.clear()
    first = asyncio.ensure_future(group.commit(Unit("0", ())))
    await asyncio.to_thread(writer.entered.wait)
    running = [asyncio.ensure_future(group.commit(unit)) for unit in units]
    await asyncio.sleep(0)
    writer.go.set()
    await first
    return list(await asyncio.gather(*running, return_exceptions=True))


def versions(engine: Engine) -> dict[str, int]:
    with read(engine) as connection:
        return {row.id: row.version for row in connection.execute(select(accounts))}


def entries(engine: Engine) -> set[str]:
    with read(engine) as connection:
        return set(connection.execute(select(journal.c.entry_id)).scalars())


async def test_waiting_units_share_one_commit(
    engine: Engine, group: GroupCommit, writer: HeldWriter
):
    commits = Commits(engine)
    keys = [f"k{number:02}" for number in range(20)]
    units = [opening(key) for key in reversed(keys)]
    assert await commit_all(group, writer, units) == [None] * 20
    assert versions(engine) == dict.fromkeys(keys, 1)
    assert writer.batches == [["0"], keys]
    # One for the unit that went ahead, one for the batch.
    assert commits.count == 2


async def test_future_resolves_only_after_its_own_commit(
    engine: Engine, group: GroupCommit, writer: HeldWriter
):
    writer.go.set()
    await group.commit(opening("a"))
    assert versions(engine) == {"a": 1}


async def test_failed_guard_fails_the_culprit_alone(
    engine: Engine, group: GroupCommit, writer: HeldWriter
):
    units = [opening("a"), bump("b", 1), opening("c")]
    results = await commit_all(group, writer, units)
    assert results[0] is None
    assert isinstance(results[1], GuardFailed)
    assert (results[1].unit, results[1].index) == (units[1], 0)
    assert results[2] is None
    assert versions(engine) == {"a": 1, "c": 1}
    assert entries(engine) == {"a:open", "c:open"}


async def test_failed_guard_writes_nothing_of_its_unit(
    engine: Engine, group: GroupCommit, writer: HeldWriter
):
    unit = Unit(
        "a",
        (
            Statement(ENTRY, {"entry_id": "a:1", "at_us": 1}),
            Statement(BUMP, {"key": "a", "seen": 1, "next": 2}),
        ),
    )
    writer.go.set()
    with pytest.raises(GuardFailed) as caught:
        await group.commit(unit)
    assert caught.value.index == 1
    assert entries(engine) == set()


async def test_broken_constraint_fails_the_culprit_alone(
    engine: Engine, group: GroupCommit, writer: HeldWriter
):
    twice = Unit("b", (Statement(ENTRY, {"entry_id": "a:open", "at_us": 1}),))
    results = await commit_all(group, writer, [opening("a"), twice, opening("c")])
    assert results[0] is None
    assert isinstance(results[1], ConflictError)
    assert results[1].index == 0
    assert results[2] is None
    assert versions(engine) == {"a": 1, "c": 1}


async def test_value_that_cannot_be_bound_fails_the_culprit_alone(
    engine: Engine, group: GroupCommit, writer: HeldWriter
):
    results = await commit_all(group, writer, [opening("a"), opening("x" * 21)])
    assert results[0] is None
    assert isinstance(results[1], CommitFailed)
    assert versions(engine) == {"a": 1}


async def test_identifiers_that_collations_would_fold_stay_apart(
    engine: Engine, group: GroupCommit, writer: HeldWriter
):
    keys = ["INV-1", "inv-1", "inv-1 ", "\u0131nv-1", "\u00ednv-1"]
    assert await commit_all(group, writer, [opening(key) for key in keys]) == [None] * len(keys)
    assert set(versions(engine)) == set(keys)


async def test_units_of_one_key_run_in_order_and_never_share_a_batch(
    engine: Engine, group: GroupCommit, writer: HeldWriter
):
    units = [opening("a"), bump("a", 1), opening("b"), bump("a", 2)]
    assert await commit_all(group, writer, units) == [None] * 4
    assert versions(engine) == {"a": 3, "b": 1}
    assert all(batch.count("a") <= 1 for batch in writer.batches)
    assert sum(batch.count("a") for batch in writer.batches) == 3


async def test_batch_is_bounded(engine: Engine, writer: HeldWriter):
    group = GroupCommit(engine, max_batch=3, writer=writer)
    group.start()
    keys = [f"k{number}" for number in range(8)]
    await commit_all(group, writer, [opening(key) for key in keys])
    group.close()
    assert max(len(batch) for batch in writer.batches) == 3
    assert len(versions(engine)) == 8


async def test_unchecked_statement_may_touch_any_number_of_rows(
    engine: Engine, group: GroupCommit, writer: HeldWriter
):
    writer.go.set()
    await group.commit(opening("a"))
    none = Statement(BUMP, {"key": "zz", "seen": 1, "next": 2}, expected_rows=None)
    assert await group.commit(Unit("a", (none,))) is None


async def test_cancelled_caller_does_not_stop_its_unit_or_the_others(
    engine: Engine, group: GroupCommit, writer: HeldWriter
):
    leaving = asyncio.ensure_future(group.commit(opening("a")))
    staying = asyncio.ensure_future(group.commit(opening("b")))
    await asyncio.sleep(0)
    leaving.cancel()
    writer.go.set()
    await staying
    await group.commit(opening("c"))
    assert versions(engine) == {"a": 1, "b": 1, "c": 1}
    assert leaving.cancelled()


async def test_close_writes_what_was_handed_over(
    engine: Engine, group: GroupCommit, writer: HeldWriter
):
    running = [asyncio.ensure_future(group.commit(opening(key))) for key in ("a", "b", "c")]
    await asyncio.sleep(0)
    writer.go.set()
    group.close()
    await asyncio.gather(*running)
    assert set(versions(engine)) == {"a", "b", "c"}


async def test_commit_after_close_is_refused(group: GroupCommit, writer: HeldWriter):
    writer.go.set()
    group.close()
    with pytest.raises(RuntimeError, match="not running"):
        await group.commit(opening("a"))


async def test_lock_held_by_another_is_waited_out_and_the_unit_run_again(
    engine: Engine, group: GroupCommit, writer: HeldWriter
):
    """The other transaction holds the row longer than one lock wait."""
    writer.go.set()
    await group.commit(opening("a"))
    tries = []
    event.listen(engine, "rollback", lambda _connection: tries.append(None))
    with engine.connect() as other:
        if engine.dialect.name == "sqlite":
            driver = writer._session._connected().connection.driver_connection
            assert driver is not None
            driver.execute("PRAGMA busy_timeout = 1")
        else:
            connection = writer._session._connected()
            connection.exec_driver_sql("SET SESSION innodb_lock_wait_timeout = 1")
            connection.rollback()
        other.begin()
        other.execute(BUMP, {"key": "a", "seen": 1, "next": 7})
        held = threading.Event()
        writer._sleep = lambda _seconds: (held.set(), released.wait())
        released = threading.Event()
        running = asyncio.ensure_future(group.commit(bump("a", 7)))
        await asyncio.to_thread(held.wait)
        other.commit()
        released.set()
        await running
    assert versions(engine) == {"a": 8}


async def test_unit_that_never_gets_its_lock_fails_and_wrote_nothing(
    engine: Engine, group: GroupCommit, writer: HeldWriter, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(limits, "UNIT_ATTEMPTS", 2)
    writer.go.set()
    await group.commit(opening("a"))
    session = writer._session._connected()
    if engine.dialect.name == "sqlite":
        event.listen(
            engine, "connect", lambda driver, _record: driver.execute("PRAGMA busy_timeout = 1")
        )
        writer._session.discard()
        engine.dispose()
    else:
        session.exec_driver_sql("SET SESSION innodb_lock_wait_timeout = 1")
        session.rollback()
    with engine.connect() as other:
        other.begin()
        other.execute(BUMP, {"key": "a", "seen": 1, "next": 7})
        with pytest.raises(CommitFailed):
            await group.commit(bump("a", 1))
        other.rollback()
    assert versions(engine) == {"a": 1}


ADD_ONE = (
    update(accounts).where(accounts.c.id == bindparam("key")).values(version=accounts.c.version + 1)
)


async def test_replicas_that_lock_in_contrary_orders_all_commit(
    engine: Engine, database_url: str, group: GroupCommit, writer: HeldWriter
):
    """Deadlocks on MariaDB, a busy file on SQLite: every unit is run until it holds."""
    writer.go.set()
    for key in ("a", "b"):
        await group.commit(opening(key))
    other_engine = open_engine(DatabaseSettings(url=database_url))
    other = GroupCommit(other_engine)
    other.start()

    def both(name: str, first: str, second: str) -> Unit:
        return Unit(name, (Statement(ADD_ONE, {"key": first}), Statement(ADD_ONE, {"key": second})))

    async def pay(replica: GroupCommit, name: str, first: str, second: str) -> None:
        for number in range(15):
            await replica.commit(both(f"{name}{number}", first, second))

    await asyncio.gather(pay(group, "x", "a", "b"), pay(other, "y", "b", "a"))
    other.close()
    other_engine.dispose()
    assert versions(engine) == {"a": 31, "b": 31}


class LostCommit:
    """Makes COMMIT fail on an engine, before or after it took effect."""

    def __init__(self, engine: Engine, *, after: bool, skip: int = 0) -> None:
        self._after = after
        self._until = skip
        self._real = engine.dialect.do_commit
        engine.dialect.do_commit = self._commit  # type: ignore[method-assign]

    def _commit(self, connection: Any) -> None:
        self._until -= 1
        if self._after or self._until != -1:
            self._real(connection)
        if self._until == -1:
            raise OperationalError("COMMIT", None, ConnectionResetError("gone"))


def was_bumped(key: str, to: int) -> Any:
    def landed(connection: Connection) -> bool:
        query = select(accounts.c.version).where(accounts.c.id == key)
        return connection.execute(query).scalar_one_or_none() == to

    return landed


@pytest.mark.parametrize("fate", ["took effect", "was lost"])
async def test_lost_answer_to_commit_is_settled_by_reading_back(
    engine: Engine, group: GroupCommit, writer: HeldWriter, fate: str
):
    writer.go.set()
    await group.commit(opening("a"))
    LostCommit(engine, after=fate == "took effect")
    await group.commit(bump("a", 1, landed=was_bumped("a", 2)))
    assert versions(engine) == {"a": 2}
    assert entries(engine) == {"a:open", "a:1"}


@pytest.mark.parametrize("fate", ["took effect", "was lost"])
async def test_lost_answer_for_a_batch_is_settled_unit_by_unit(
    engine: Engine, group: GroupCommit, writer: HeldWriter, fate: str
):
    writer.go.set()
    for key in ("a", "b", "c"):
        await group.commit(opening(key))
    units = [
        bump("a", 1, landed=was_bumped("a", 2)),
        bump("b", 1),
        bump("c", 1, landed=was_bumped("c", 2)),
    ]
    # The unit that goes ahead of the batch is spared.
    LostCommit(engine, after=fate == "took effect", skip=1)
    results = await commit_all(group, writer, units)
    assert results[0] is None
    assert isinstance(results[1], CommitUnknown)
    assert results[2] is None
    expected_b = 2 if fate == "took effect" else 1
    assert versions(engine) == {"a": 2, "b": expected_b, "c": 2}


async def test_lost_answer_without_a_way_to_read_back_is_unknown(
    engine: Engine, group: GroupCommit, writer: HeldWriter
):
    writer.go.set()
    await group.commit(opening("a"))
    LostCommit(engine, after=True)
    with pytest.raises(CommitUnknown):
        await group.commit(bump("a", 1))


async def test_reading_back_that_fails_is_unknown(
    engine: Engine, group: GroupCommit, writer: HeldWriter
):
    def landed(_connection: Connection) -> bool:
        raise ZeroDivisionError

    writer.go.set()
    await group.commit(opening("a"))
    LostCommit(engine, after=True)
    with pytest.raises(CommitUnknown):
        await group.commit(bump("a", 1, landed=landed))


async def test_writer_survives_its_own_fault(
    engine: Engine, group: GroupCommit, writer: HeldWriter, monkeypatch: pytest.MonkeyPatch
):
    writer.go.set()
    with monkeypatch.context() as patch:
        patch.setattr(writer, "_write_alone", lambda _units: 1 / 0)
        with pytest.raises(CommitUnknown):
            await group.commit(opening("a"))
    await group.commit(opening("b"))
    assert versions(engine) == {"b": 1}


async def test_no_parameter_shows_in_an_error(group: GroupCommit, writer: HeldWriter):
    writer.go.set()
    await group.commit(opening("secret-account"))
    with pytest.raises(ConflictError) as caught:
        await group.commit(opening("secret-account"))
    assert "secret-account" not in str(caught.value)
    assert "secret-account" not in str(caught.value.__cause__)
    assert "secret-account" not in repr(caught.value.unit.statements)
