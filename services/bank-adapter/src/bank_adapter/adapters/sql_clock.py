"""The database's own clock in SQL, for leases that several machines share."""

from __future__ import annotations

from typing import Any

from sqlalchemy import BigInteger
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.expression import ColumnElement


class DatabaseNow(ColumnElement[int]):
    """Microseconds since the epoch by the database's clock (SQLite: milliseconds fine)."""

    inherit_cache = True
    type = BigInteger()


@compiles(DatabaseNow, "sqlite")
def _sqlite(_element: Any, _compiler: Any, **_options: Any) -> str:
    return "CAST((julianday('now') - 2440587.5) * 86400000000.0 AS INTEGER)"


@compiles(DatabaseNow, "mysql", "mariadb")
def _mysql(_element: Any, _compiler: Any, **_options: Any) -> str:
    return "CAST(UNIX_TIMESTAMP(NOW(6)) * 1000000 AS SIGNED)"
