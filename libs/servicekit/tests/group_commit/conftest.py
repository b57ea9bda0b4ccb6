"""A small ledger on a real database, with a writer that tests can hold back."""

import asyncio
import threading
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from servicekit.config import DatabaseSettings
from servicekit.database import Identifier, Instant, open_engine, read
from servicekit.group_commit import GroupCommit, Statement, Unit
from servicekit.unit_writer import UnitWriter
from sqlalchemy import Column, Integer, MetaData, Table, bindparam, insert, select, update
from sqlalchemy.engine import Connection, Engine

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


class HeldWriter(UnitWriter):
    """Writes at once, or after `go` when a test has cleared it."""

    def __init__(self, engine: Engine) -> None:
        super().__init__(engine, sleep=lambda _seconds: None)
        self.go = threading.Event()
        self.go.set()
        self.entered = threading.Event()
        self.batches: list[list[str]] = []

    def write(self, units: Any) -> Any:
        self.entered.set()
        self.go.wait()
        self.batches.append([unit.key for unit in units])
        return super().write(units)


class Ledger:
    """Accounts with a version each, and a journal of what was done to them."""

    OPEN = insert(accounts)
    ENTRY = insert(journal)
    BUMP = (
        update(accounts)
        .where(accounts.c.id == bindparam("key"), accounts.c.version == bindparam("seen"))
        .values(version=bindparam("next"))
    )
    ADD_ONE = (
        update(accounts)
        .where(accounts.c.id == bindparam("key"))
        .values(version=accounts.c.version + 1)
    )

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self.writer = HeldWriter(engine)
        self.group = GroupCommit(engine, writer=self.writer)

    def opening(self, key: str) -> Unit:
        return Unit(
            key,
            (
                Statement(self.OPEN, {"id": key, "version": 1}),
                Statement(self.ENTRY, {"entry_id": f"{key}:open", "at_us": 1}),
            ),
        )

    def bump(self, key: str, seen: int, **more: Any) -> Unit:
        return Unit(
            key,
            (
                Statement(self.BUMP, {"key": key, "seen": seen, "next": seen + 1}),
                Statement(self.ENTRY, {"entry_id": f"{key}:{seen}", "at_us": 2}),
            ),
            **more,
        )

    def was_bumped(self, key: str, to: int) -> Callable[[Connection], bool]:
        def landed(connection: Connection) -> bool:
            query = select(accounts.c.version).where(accounts.c.id == key)
            return bool(connection.execute(query).scalar_one_or_none() == to)

        return landed

    async def commit_all(self, units: list[Unit], group: GroupCommit | None = None) -> list[Any]:
        """Hand the units over while a first one is being written, so that they share a batch."""
        group = group or self.group
        self.writer.go.clear()
        self.writer.entered.clear()
        first = asyncio.ensure_future(group.commit(Unit("0", ())))
        await asyncio.to_thread(self.writer.entered.wait)
        running = [asyncio.ensure_future(group.commit(unit)) for unit in units]
        await asyncio.sleep(0)
        self.writer.go.set()
        await first
        return list(await asyncio.gather(*running, return_exceptions=True))

    def versions(self) -> dict[str, int]:
        with read(self.engine) as connection:
            return {row.id: row.version for row in connection.execute(select(accounts))}

    def entries(self) -> set[str]:
        with read(self.engine) as connection:
            return set(connection.execute(select(journal.c.entry_id)).scalars())


@pytest.fixture
def ledger(database_url: str) -> Iterator[Ledger]:
    engine = open_engine(DatabaseSettings(url=database_url))
    metadata.create_all(engine)
    ledger = Ledger(engine)
    ledger.group.start()
    yield ledger
    ledger.writer.go.set()
    ledger.group.close()
    engine.dispose()
