"""Opens a service's database so that it means the same on every product.

SQLite: WAL, synchronous FULL, explicit BEGIN IMMEDIATE for writers. MySQL and
MariaDB: READ COMMITTED, strict mode, UTC, short lock waits. Writing is done by
group_commit; the pool here is for reads. Nothing here knows a table.
"""

import contextlib
import os
import sqlite3
import time
from pathlib import Path
from typing import Any

from sqlalchemy import create_engine, event, text
from sqlalchemy.engine import URL, Connection, Engine, make_url

from servicekit import limits
from servicekit.column_types import Digest, Identifier, Instant, LongBytes
from servicekit.config import DatabaseSettings, Mode
from servicekit.migration import NotMigratedError, check_migrated, migrate, run_migrations_env
from servicekit.secret import read_secret_file
from servicekit.transactions import READ, read

__all__ = [
    "Digest",
    "DurabilityError",
    "Identifier",
    "Instant",
    "LongBytes",
    "NotMigratedError",
    "check_durability",
    "check_migrated",
    "migrate",
    "open_engine",
    "open_reading_engine",
    "read",
    "run_migrations_env",
]

_SQLITE_WAL_ATTEMPTS = 50
_SQLITE_WAL_PAUSE_S = 0.1
_MYSQL_SESSION = (
    "SET SESSION time_zone = '+00:00', sql_mode = 'TRADITIONAL',"
    f" innodb_lock_wait_timeout = {limits.MYSQL_LOCK_WAIT_S}"
)


class DurabilityError(Exception):
    """The database may forget a transaction that it has acknowledged."""


def open_engine(
    settings: DatabaseSettings, *, pool_size: int = 4, mode: Mode = Mode.DEVELOPMENT
) -> Engine:
    """An engine that connects when first used.

    `pool_size` is the number of connections kept for reads; the writer has one
    more. In production a password file open to everyone is refused. Errors
    never show parameters, and the engine's text form never shows a password.
    """
    url = _url(settings, mode)
    if url.drivername == "sqlite":
        return _open_sqlite(url, pool_size)
    return _open_mysql(url, pool_size, isolation_level="READ COMMITTED", pool_pre_ping=True)


def open_reading_engine(
    settings: DatabaseSettings, *, pool_size: int = 4, mode: Mode = Mode.DEVELOPMENT
) -> Engine:
    """An engine for reads that are asked often, one round trip each.

    On MySQL every statement is a transaction of its own (which READ COMMITTED
    cannot tell from one around them all), and no connection is tried before it
    is used: after the server was away the first read may fail with
    `connection_invalidated`, and reading again is right. Never write by it.
    """
    url = _url(settings, mode)
    if url.drivername == "sqlite":
        return _open_sqlite(url, pool_size)
    return _open_mysql(url, pool_size, isolation_level="AUTOCOMMIT", skip_autocommit_rollback=True)


def _url(settings: DatabaseSettings, mode: Mode) -> URL:
    url = make_url(settings.url)
    if settings.password_file is None or url.drivername == "sqlite":
        return url
    password = read_secret_file(settings.password_file, mode)
    return url.set(password=password.reveal().decode("utf-8"))


def _open_sqlite(url: URL, pool_size: int) -> Engine:
    assert url.database is not None  # noqa: S101 - DatabaseSettings has checked it
    path = Path(url.database)
    path.parent.mkdir(parents=True, exist_ok=True)
    # SQLite gives its side files the permissions of the first one. A file that is
    # there is not touched: closing it would end the locks of every connection that
    # this process has to it, and another process would take the log away under them.
    with contextlib.suppress(FileExistsError):
        os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o600))
    engine = create_engine(
        url,
        pool_size=pool_size,
        max_overflow=2,
        hide_parameters=True,
        use_insertmanyvalues=False,
        connect_args={
            "isolation_level": None,
            "timeout": limits.SQLITE_BUSY_TIMEOUT_MS / 1000,
            "check_same_thread": False,
        },
    )
    event.listen(engine, "connect", _prepare_sqlite)
    event.listen(engine, "begin", _begin_sqlite)
    return engine


def _prepare_sqlite(connection: sqlite3.Connection, _record: Any) -> None:
    connection.execute(f"PRAGMA busy_timeout = {limits.SQLITE_BUSY_TIMEOUT_MS}")
    for attempt in range(_SQLITE_WAL_ATTEMPTS):
        try:
            # Two processes that open a new file at once: the busy timeout does
            # not cover the switch to WAL.
            connection.execute("PRAGMA journal_mode = WAL")
            break
        except sqlite3.OperationalError:
            if attempt == _SQLITE_WAL_ATTEMPTS - 1:
                raise
            time.sleep(_SQLITE_WAL_PAUSE_S)
    connection.execute("PRAGMA synchronous = FULL")
    connection.execute("PRAGMA foreign_keys = ON")


def _begin_sqlite(connection: Connection) -> None:
    # A deferred transaction that turns into a writer fails instead of waiting.
    reading = connection.get_execution_options().get(READ, False)
    connection.exec_driver_sql("BEGIN" if reading else "BEGIN IMMEDIATE")


def _open_mysql(url: URL, pool_size: int, **options: Any) -> Engine:
    return create_engine(
        url,
        pool_size=pool_size,
        max_overflow=2,
        pool_recycle=limits.MYSQL_RECYCLE_S,
        **options,
        hide_parameters=True,
        use_insertmanyvalues=False,
        connect_args={
            "charset": "utf8mb4",
            "init_command": _MYSQL_SESSION,
            "connect_timeout": limits.MYSQL_CONNECT_TIMEOUT_S,
            "read_timeout": limits.MYSQL_ANSWER_TIMEOUT_S,
            "write_timeout": limits.MYSQL_ANSWER_TIMEOUT_S,
            "local_infile": False,
        },
    )


def check_durability(engine: Engine) -> None:
    """Raise DurabilityError unless an acknowledged commit survives a power cut.

    For production; a development database may be as fast as it likes.
    """
    with read(engine) as connection:
        if engine.dialect.name == "sqlite":
            problem = _sqlite_problem(connection)
        else:
            problem = _mysql_problem(connection)
    if problem:
        raise DurabilityError(problem)


def _sqlite_problem(connection: Connection) -> str | None:
    full = 2
    level = connection.exec_driver_sql("PRAGMA synchronous").scalar_one()
    return None if level >= full else "SQLite's synchronous must be FULL"


def _mysql_problem(connection: Connection) -> str | None:
    flush, binary_log, sync = connection.execute(
        text("SELECT @@innodb_flush_log_at_trx_commit, @@log_bin, @@sync_binlog")
    ).one()
    if flush != 1:
        return "innodb_flush_log_at_trx_commit must be 1"
    if binary_log and sync != 1:
        return "sync_binlog must be 1 while the binary log is on"
    return None
