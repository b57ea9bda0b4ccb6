"""One meaning on every database: sessions, locks, types, durability."""

import os
import sqlite3
import stat
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from servicekit.config import DatabaseSettings, Mode
from servicekit.database import (
    DurabilityError,
    Identifier,
    Instant,
    LongBytes,
    check_durability,
    open_engine,
    open_reading_engine,
    read,
)
from servicekit.secret import SecretFileError
from sqlalchemy import Column, MetaData, Table, insert, select, text
from sqlalchemy.engine import Engine

metadata = MetaData()
things = Table(
    "things",
    metadata,
    Column("thing_id", Identifier(26), primary_key=True),
    Column("at_us", Instant, nullable=False),
    Column("body", LongBytes),
    Column("note", Identifier(10)),
)


@pytest.fixture
def engine(database_url: str) -> Iterator[Engine]:
    engine = open_engine(DatabaseSettings(url=database_url))
    metadata.create_all(engine)
    yield engine
    engine.dispose()


def test_values_come_back_as_they_went_in(engine: Engine):
    body = bytes(range(256)) * 300
    row = {"thing_id": "i\u0307 \U0001f600 ", "at_us": 2**62, "body": body, "note": None}
    with engine.begin() as connection:
        connection.execute(insert(things), row)
    with read(engine) as connection:
        found = connection.execute(select(things).where(things.c.thing_id == row["thing_id"])).one()
    assert dict(found._mapping) == row


def test_identifier_over_its_length_in_bytes_is_refused(engine: Engine):
    with engine.connect() as connection:
        connection.begin()
        row = {"thing_id": "x", "at_us": 1, "body": b"", "note": "\u00e9" * 6}
        with pytest.raises(Exception, match="longer than 10 bytes"):
            connection.execute(insert(things), row)


def test_blank_case_and_accent_differences_are_differences(engine: Engine):
    ids = ["INV-1", "inv-1", "INV-1 ", "INV-\u00edn"]
    with engine.begin() as connection:
        for thing_id in ids:
            row = {"thing_id": thing_id, "at_us": 1, "body": b"", "note": None}
            connection.execute(insert(things), row)
        found = connection.execute(select(things.c.thing_id).where(things.c.thing_id == "inv-1"))
        assert list(found.scalars()) == ["inv-1"]


def test_rowcount_counts_matched_rows_even_when_nothing_changes(engine: Engine):
    with engine.begin() as connection:
        connection.execute(insert(things), {"thing_id": "a", "at_us": 1, "body": b"", "note": None})
        changed = connection.execute(things.update().values(at_us=1))
        assert changed.rowcount == 1


def test_read_rolls_back_what_it_should_not_have_written(engine: Engine):
    with read(engine) as connection:
        connection.execute(insert(things), {"thing_id": "a", "at_us": 1, "body": b"", "note": None})
    with read(engine) as connection:
        assert connection.execute(select(things)).all() == []


def test_reading_does_not_wait_for_a_writer(engine: Engine):
    with engine.connect() as writer:
        writer.begin()
        writer.execute(insert(things), {"thing_id": "a", "at_us": 1, "body": b"", "note": None})
        with read(engine) as reader:
            assert reader.execute(select(things)).all() == []
        writer.rollback()


def test_errors_do_not_show_parameters(engine: Engine):
    with engine.connect() as connection:
        connection.begin()
        row = {"thing_id": "x", "at_us": 1, "body": b"", "note": "account-1234567890"}
        with pytest.raises(Exception, match="hidden") as caught:
            connection.execute(insert(things), row)
    assert "1234567890" not in str(caught.value)


def test_durable_database_passes_the_check(engine: Engine):
    check_durability(engine)


def test_sqlite_that_does_not_flush_fails_the_check(tmp_path: Path):
    engine = open_engine(DatabaseSettings(url=f"sqlite:///{tmp_path / 'x.db'}"))
    with engine.connect() as connection:
        driver = connection.connection.driver_connection
        assert driver is not None
        driver.execute("PRAGMA synchronous = NORMAL")
    with pytest.raises(DurabilityError, match="FULL"):
        check_durability(engine)
    engine.dispose()


def test_mariadb_that_does_not_flush_fails_the_check(mariadb_url: Callable[[], str]):
    engine = open_engine(DatabaseSettings(url=mariadb_url()))
    with engine.connect() as connection:
        connection.execute(text("SET GLOBAL innodb_flush_log_at_trx_commit = 2"))
        try:
            with pytest.raises(DurabilityError, match="innodb_flush_log_at_trx_commit"):
                check_durability(engine)
        finally:
            connection.execute(text("SET GLOBAL innodb_flush_log_at_trx_commit = 1"))
    engine.dispose()


def test_mariadb_session_is_strict_utc_and_read_committed(mariadb_url: Callable[[], str]):
    engine = open_engine(DatabaseSettings(url=mariadb_url()))
    with read(engine) as connection:
        zone, level, wait, mode, charset = connection.execute(
            text(
                "SELECT @@time_zone, @@tx_isolation, @@innodb_lock_wait_timeout,"
                " @@sql_mode, @@character_set_client"
            )
        ).one()
    assert (zone, level, wait, charset) == ("+00:00", "READ-COMMITTED", 3, "utf8mb4")
    assert "STRICT_ALL_TABLES" in mode
    engine.dispose()


def test_sqlite_file_is_for_its_owner_only_and_in_wal_mode(tmp_path: Path):
    path = tmp_path / "deep" / "x.db"
    engine = open_engine(DatabaseSettings(url=f"sqlite:///{path}"))
    with read(engine) as connection:
        assert connection.exec_driver_sql("PRAGMA journal_mode").scalar_one() == "wal"
        assert connection.exec_driver_sql("PRAGMA busy_timeout").scalar_one() == 5000
        assert connection.exec_driver_sql("PRAGMA foreign_keys").scalar_one() == 1
    assert stat.S_IMODE(path.stat().st_mode) & 0o077 == 0
    engine.dispose()


def test_relative_sqlite_path_starts_at_the_working_directory(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.chdir(tmp_path)
    engine = open_engine(DatabaseSettings(url="sqlite:///here.db"))
    with read(engine) as connection:
        connection.exec_driver_sql("SELECT 1")
    assert (tmp_path / "here.db").exists()
    engine.dispose()


def test_sqlite_writers_wait_for_each_other_instead_of_failing(tmp_path: Path):
    """A deferred transaction that reads first and writes later would fail here."""
    engine = open_engine(DatabaseSettings(url=f"sqlite:///{tmp_path / 'x.db'}"))
    metadata.create_all(engine)
    with engine.begin() as connection:
        connection.execute(insert(things), {"thing_id": "n", "at_us": 0, "body": b"", "note": None})

    def count_up() -> None:
        for _ in range(20):
            with engine.begin() as connection:
                value = connection.execute(select(things.c.at_us)).scalar_one()
                connection.execute(things.update().values(at_us=value + 1))

    threads = [threading.Thread(target=count_up) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with read(engine) as connection:
        assert connection.execute(select(things.c.at_us)).scalar_one() == 60
    engine.dispose()


def test_many_may_open_a_new_sqlite_file_at_once(tmp_path: Path):
    settings = DatabaseSettings(url=f"sqlite:///{tmp_path / 'x.db'}")
    failures: list[BaseException] = []
    gate = threading.Barrier(6)

    def open_it() -> None:
        engine = open_engine(settings)
        gate.wait()
        try:
            with engine.begin() as connection:
                connection.exec_driver_sql("CREATE TABLE IF NOT EXISTS t (a)")
        except sqlite3.Error as error:
            failures.append(error)
        engine.dispose()

    threads = [threading.Thread(target=open_it) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []


def password_file(folder: Path, mode: int = 0o600) -> Path:
    path = folder / "password"
    path.write_text("hunter2\n")
    path.chmod(mode)
    return path


def test_password_from_its_file_is_used_and_never_shown(tmp_path: Path):
    settings = DatabaseSettings(
        url="mysql+pymysql://app@127.0.0.1:3306/db", password_file=password_file(tmp_path)
    )
    engine = open_engine(settings)
    assert engine.url.password == "hunter2"
    shown = f"{engine!r} {engine.url} {engine.url!r} {settings!r} {engine.pool!r}"
    assert "hunter2" not in shown


@pytest.mark.skipif(os.name != "posix", reason="file permissions")
def test_password_file_open_to_everyone_is_refused_in_production(tmp_path: Path):
    settings = DatabaseSettings(
        url="mysql+pymysql://app@127.0.0.1:3306/db",
        password_file=password_file(tmp_path, 0o644),
    )
    with pytest.raises(SecretFileError, match="open to every user"):
        open_engine(settings, mode=Mode.PRODUCTION)


def test_second_engine_leaves_the_first_ones_lock_on_the_sqlite_file(tmp_path: Path):
    """Closing any descriptor of a file ends all locks that the process has on it.

    Without its lock another process takes the write-ahead log away under it.
    """
    settings = DatabaseSettings(url=f"sqlite:///{tmp_path / 'x.db'}")
    first = open_engine(settings)
    metadata.create_all(first)
    with read(first) as connection:
        connection.execute(select(things)).all()
        open_reading_engine(settings).dispose()
        program = (
            "import sqlite3, sys\n"
            "connection = sqlite3.connect(sys.argv[1], timeout=0)\n"
            "print(connection.execute('PRAGMA journal_mode = DELETE').fetchone()[0])\n"
        )
        other = subprocess.run(  # noqa: S603  our own program
            [sys.executable, "-c", program, str(tmp_path / "x.db")],
            capture_output=True,
            text=True,
            check=False,
        )
    assert "database is locked" in other.stderr, other.stdout
    first.dispose()
