"""INSERT and REPLACE of many rows by one text, straight through the driver.

SQLAlchemy's own way binds every value of every row by name and type, which
cost more than the rest of the ingest together. Values are given as the driver
takes them: bytes, whole numbers, None. The text is made once for each dialect.
"""

from collections.abc import Sequence
from typing import Any, Final

from sqlalchemy import Connection

_MARKS: Final = {"qmark": "?", "format": "%s", "pyformat": "%s"}


class Insert:
    """`verb` is INSERT, or REPLACE, which SQLite, MySQL and MariaDB know alike."""

    def __init__(self, table: str, columns: Sequence[str], *, verb: str = "INSERT") -> None:
        self._start = f"{verb} INTO {table} ({', '.join(columns)}) VALUES "
        self._width = len(columns)
        self._texts: dict[str, str] = {}

    def run(self, connection: Connection, rows: Sequence[tuple[Any, ...]]) -> None:
        """PyMySQL sends the rows as one statement a megabyte, SQLite prepares once."""
        connection.exec_driver_sql(self._text(connection.dialect.paramstyle), list(rows))

    def _text(self, paramstyle: str) -> str:
        if paramstyle not in self._texts:
            marks = ", ".join([_MARKS[paramstyle]] * self._width)
            self._texts[paramstyle] = f"{self._start}({marks})"
        return self._texts[paramstyle]
