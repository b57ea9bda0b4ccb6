"""Tells a database's passing troubles from lasting ones. Pure."""

import sqlite3

from sqlalchemy.exc import DBAPIError

# MySQL and MariaDB: lock wait timeout, deadlock.
_MYSQL_TRANSIENT = frozenset({1205, 1213})
_SQLITE_TRANSIENT = frozenset({sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED})
_PRIMARY_CODE = 0xFF


def is_transient(error: DBAPIError) -> bool:
    """Whether the transaction is gone without a trace and may simply be run again.

    True for deadlock, lock wait timeout, SQLite's "database is locked" and a
    connection lost before COMMIT was sent.
    """
    if error.connection_invalidated:
        return True
    original = error.orig
    if isinstance(original, sqlite3.OperationalError):
        return (original.sqlite_errorcode & _PRIMARY_CODE) in _SQLITE_TRANSIENT
    number = original.args[0] if original is not None and original.args else None
    return number in _MYSQL_TRANSIENT
