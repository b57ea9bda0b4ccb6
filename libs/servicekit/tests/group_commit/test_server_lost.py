"""Group commit when the server itself goes away, or may still be committing."""

import asyncio
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from servicekit import limits
from servicekit.config import DatabaseSettings
from servicekit.database import Identifier, open_engine, read
from servicekit.group_commit import CommitFailed, CommitUnknown, GroupCommit, Statement, Unit
from servicekit.testing_mariadb import MariaDBMissingError, MariaDBServer
from servicekit.unit_writer import UnitWriter
from sqlalchemy import Column, MetaData, Table, func, insert, select, text
from sqlalchemy.engine import Connection, Engine

metadata = MetaData()
rows = Table("rows_", metadata, Column("row_id", Identifier(20), primary_key=True))
ADD = insert(rows)


def adding(key: str) -> Unit:
    def landed(connection: Connection) -> bool:
        query = select(func.count()).where(rows.c.row_id == key)
        return connection.execute(query).scalar_one() == 1

    return Unit(key, (Statement(ADD, {"row_id": key}),), landed)


@pytest.fixture
def server(tmp_path: Path) -> Iterator[MariaDBServer]:
    server = MariaDBServer(tmp_path / "mariadb")
    try:
        server.install()
    except MariaDBMissingError as error:
        pytest.fail(str(error))
    server.start()
    yield server
    server.kill()


async def test_writer_comes_back_after_the_server_was_killed(server: MariaDBServer):
    engine = open_engine(DatabaseSettings(url=server.create_schema("test")))
    metadata.create_all(engine)
    group = GroupCommit(engine)
    group.start()
    await group.commit(adding("a"))
    server.kill()
    for pair in (("b", "c"), ("d", "e")):
        results = await asyncio.gather(
            *(group.commit(adding(key)) for key in pair), return_exceptions=True
        )
        assert [type(result) for result in results] == [CommitFailed, CommitFailed]
    server.start()
    await group.commit(adding("f"))
    group.close()
    with read(engine) as connection:
        assert list(connection.execute(select(rows.c.row_id)).scalars()) == ["a", "f"]
    engine.dispose()


@pytest.fixture
def engine(mariadb_url: Callable[[], str]) -> Iterator[Engine]:
    engine = open_engine(DatabaseSettings(url=mariadb_url()))
    metadata.create_all(engine)
    yield engine
    engine.dispose()


def test_commit_stays_unknown_while_the_old_session_lives(
    engine: Engine, monkeypatch: pytest.MonkeyPatch
):
    """It may still be committing, so that "not there" proves nothing yet."""
    monkeypatch.setattr(limits, "MYSQL_SESSION_END_WAIT_S", 0)
    writer = UnitWriter(engine, sleep=lambda _seconds: None)
    assert writer.write([adding("a")]) == [None]
    with engine.connect() as old_session:
        taken = old_session.execute(text("SELECT GET_LOCK('still-here', 0)")).scalar_one()
        assert taken == 1
        monkeypatch.setattr(writer._session, "_name", "still-here")

        def lose(_connection: object) -> None:
            raise ConnectionResetError

        with monkeypatch.context() as patch:
            patch.setattr(engine.dialect, "do_commit", lose)
            patch.setattr(writer._session, "discard", _discard_and_repair(patch, writer))
            (outcome,) = writer.write([adding("b")])
        assert isinstance(outcome, CommitUnknown)
        old_session.execute(text("SELECT RELEASE_LOCK('still-here')"))
    assert writer._session.previous_has_ended()
    writer.close()


def _discard_and_repair(patch: pytest.MonkeyPatch, writer: UnitWriter) -> Callable[[], None]:
    """The connection is closed as ever, and COMMIT works again on the next one."""
    discard = writer._session.discard

    def discarded() -> None:
        patch.undo()
        discard()

    return discarded
