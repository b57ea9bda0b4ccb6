"""Rows that are written whole, each change guarded by the version it was made from.

Clients and operators are kept so. What a row looks like is told by whoever
makes the store; nothing here knows a secret from a name.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Generic, Protocol, TypeVar

from servicekit.group_commit import GroupCommit, Statement, Unit
from sqlalchemy import Connection, Row, Table, bindparam, insert, select, update

from auth.adapters.outbox_event import OutboxEvents
from auth.adapters.reads import Reads
from auth.adapters.writes import commit
from auth.domain.audit_event import AuditEvent


class Versioned(Protocol):
    @property
    def version(self) -> int: ...


T = TypeVar("T", bound=Versioned)
AnyRow = Row[*tuple[Any, ...]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Form(Generic[T]):
    """How one kind of thing lies in its table.

    key: the column that names it.
    marks: columns that tell this change from another one of the same version.
    """

    table: Table
    kind: str
    key: str
    marks: tuple[str, ...]
    to_row: Callable[[T], dict[str, Any]]
    from_row: Callable[[AnyRow], T]


class VersionedRows(Generic[T]):
    """The store of one kind; its methods are those of the ports."""

    def __init__(
        self, form: Form[T], *, reads: Reads, writer: GroupCommit, events: OutboxEvents
    ) -> None:
        self._form, self._reads, self._writer, self._events = form, reads, writer, events
        columns, key = form.table.c, form.table.c[form.key]
        self._every = select(form.table).order_by(key)
        self._find = select(form.table).where(key == bindparam("wanted"))
        self._insert = insert(form.table)
        self._replace = (
            update(form.table)
            .where(key == bindparam("of"), columns.version == bindparam("over"))
            .values({one: bindparam(one.name) for one in columns if not one.primary_key})
        )
        self._standing = select(key).where(
            *(columns[name] == bindparam(f"its_{name}") for name in (form.key, *form.marks))
        )

    async def find(self, key: str, /) -> T | None:
        rows = await self._reads.rows(self._find, {"wanted": key})
        return self._form.from_row(rows[0]) if rows else None

    async def every(self) -> tuple[T, ...]:
        return tuple(self._form.from_row(row) for row in await self._reads.rows(self._every))

    async def add(self, thing: T, event: AuditEvent, /) -> None:
        row = self._form.to_row(thing)
        await self._commit(Statement(self._insert, row), row, event)

    async def replace(self, thing: T, event: AuditEvent, /) -> None:
        row = self._form.to_row(thing)
        over = {**row, "of": row[self._form.key], "over": thing.version - 1}
        del over[self._form.key]
        await self._commit(Statement(self._replace, over), row, event)

    async def _commit(self, statement: Statement, row: dict[str, Any], event: AuditEvent) -> None:
        names = (self._form.key, *self._form.marks)

        def landed(connection: Connection) -> bool:
            its = {f"its_{name}": row[name] for name in names}
            return connection.execute(self._standing, its).first() is not None

        name = f"{self._form.kind} {row[self._form.key]}"
        unit = Unit(
            key=name.replace(" ", ":", 1),
            statements=(statement, self._events.statement(event)),
            landed=landed,
        )
        await commit(self._writer, unit, what=name)
