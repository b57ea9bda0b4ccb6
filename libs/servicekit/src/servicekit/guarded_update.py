"""An UPDATE by key that changes a row only while it is as its writer knows it.

Drivers of MySQL send an executemany of UPDATE row by row, a round trip each,
while a whole batch waits. There many rows become one statement; elsewhere
they are an ordinary executemany. The rows matched are the same.
"""

from collections.abc import Mapping, Sequence
from itertools import chain
from typing import Any

from sqlalchemy import Table, bindparam, or_, update
from sqlalchemy.engine import Connection, Dialect

_MYSQL = frozenset({"mysql", "mariadb"})


class GuardedUpdate:
    """Sets `values` of the row whose `keys` are as given. A constant of a module.

    The first of `keys` identifies the row, the others guard it; `among` guards
    it by constants: a column must hold one of them. A row's parameters are
    `k_<column>` for each key and `v_<column>` for each value.
    """

    def __init__(
        self,
        table: Table,
        *,
        keys: Sequence[str],
        values: Sequence[str],
        among: Mapping[str, Sequence[str]] | None = None,
    ) -> None:
        self._table = table
        self._keys = tuple(keys)
        self._values = tuple(values)
        self._among = dict(among or {})
        self._one = (
            update(table)
            .where(*(table.c[key] == bindparam(f"k_{key}") for key in self._keys))
            .where(
                *(
                    or_(*(table.c[name] == constant for constant in constants))
                    for name, constants in self._among.items()
                )
            )
            .values({name: bindparam(f"v_{name}") for name in self._values})
        )

    def execute(self, connection: Connection, rows: Sequence[Mapping[str, Any]]) -> int:
        """The number of rows that matched, changed or not. Raises what the driver raises."""
        if len(rows) == 1:
            return connection.execute(self._one, rows[0]).rowcount
        if connection.dialect.name not in _MYSQL:
            return connection.execute(self._one, rows).rowcount
        statement = self._many(len(rows))
        return connection.exec_driver_sql(statement, self._bound(rows, connection.dialect)).rowcount

    def _many(self, count: int) -> str:
        """UPDATE joined to its parameters, which stand there as rows of a table.

        The empty selection in front gives that table the columns' own types;
        left to itself MariaDB takes the length of a long text modulo 65,536.
        """
        parameters = [(f"k_{key}", key) for key in self._keys]
        parameters += [(f"v_{name}", name) for name in self._values]
        types = ", ".join(f"{column} AS {name}" for name, column in parameters)
        row = " UNION ALL SELECT " + ", ".join("%s" for _ in parameters)
        match = [f"t.{key} = n.k_{key}" for key in self._keys]
        match += [
            "(" + " OR ".join(f"t.{name} = %s" for _ in constants) + ")"
            for name, constants in self._among.items()
        ]
        change = ", ".join(f"t.{name} = n.v_{name}" for name in self._values)
        table = self._table.name
        return (
            f"UPDATE {table} AS t"  # noqa: S608  names of the table's columns, no values
            f" JOIN (SELECT {types} FROM {table} WHERE FALSE{row * count}) AS n"
            f" ON {' AND '.join(match)} SET {change}"
        )

    def _bound(self, rows: Sequence[Mapping[str, Any]], dialect: Dialect) -> tuple[Any, ...]:
        """The parameters in the statement's order, as the driver takes them."""
        columns = [(f"k_{key}", self._writer(key, dialect)) for key in self._keys]
        columns += [(f"v_{name}", self._writer(name, dialect)) for name in self._values]
        constants = [
            self._writer(name, dialect)(constant)
            for name, among in self._among.items()
            for constant in among
        ]
        of_rows = (write(row[name]) for row in rows for name, write in columns)
        return tuple(chain(of_rows, constants))

    def _writer(self, name: str, dialect: Dialect) -> Any:
        """What turns a value of that column into the driver's."""
        kind = self._table.c[name].type.dialect_impl(dialect)
        return kind.bind_processor(dialect) or (lambda value: value)
