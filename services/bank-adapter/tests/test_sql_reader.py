"""Reads survive a connection that the server has closed, and cost one round trip."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable

import pytest
from bank_adapter.adapters.sql_reader import SQLReader
from bank_adapter.application.ports.ledger import UnavailableError
from servicekit.config import DatabaseSettings
from servicekit.database import open_reading_engine
from sqlalchemy import Connection, Engine, text


@pytest.fixture
def engine(mariadb: Callable[[], str]) -> Engine:
    return open_reading_engine(DatabaseSettings(url=mariadb()), pool_size=1)


@pytest.fixture
async def reader(engine: Engine) -> AsyncIterator[SQLReader]:
    reader = SQLReader(engine, threads=1)
    yield reader
    reader.close()
    engine.dispose()


def one(connection: Connection) -> int:
    return int(connection.execute(text("SELECT 1")).scalar_one())


def own_id(connection: Connection) -> int:
    return int(connection.execute(text("SELECT CONNECTION_ID()")).scalar_one())


async def test_read_on_a_closed_connection_is_read_again(
    mariadb: Callable[[], str], engine: Engine, reader: SQLReader
) -> None:
    closed = await reader.run(own_id)
    other = open_reading_engine(DatabaseSettings(url=mariadb()))
    with other.connect() as connection:
        connection.execute(text(f"KILL {closed}"))
    other.dispose()

    assert await reader.run(own_id) != closed


async def test_second_dead_connection_is_unavailable(engine: Engine, reader: SQLReader) -> None:
    def fail(connection: Connection) -> None:
        connection.execute(text("KILL CONNECTION_ID()"))
        connection.execute(text("SELECT 1"))

    with pytest.raises(UnavailableError):
        await reader.run(fail)
    assert await reader.run(one) == 1


async def test_read_is_one_statement_without_transaction(reader: SQLReader) -> None:
    def questions(connection: Connection) -> int:
        row = connection.execute(text("SHOW SESSION STATUS LIKE 'Questions'")).one()
        return int(row[1])

    before = await reader.run(questions)
    await reader.run(one)

    # The read itself and the counting of it.
    assert await reader.run(questions) == before + 2
