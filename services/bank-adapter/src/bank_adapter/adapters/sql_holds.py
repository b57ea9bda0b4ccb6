"""Holds in SQL: one row a scope, changed by compare-and-set with its audit record."""

from __future__ import annotations

from typing import Any, Final

from servicekit.group_commit import GroupCommit, Statement
from sqlalchemy import Connection, bindparam, insert, select, update

from bank_adapter.adapters.sql_compare_and_set import compare_and_set
from bank_adapter.adapters.sql_reader import SQLReader
from bank_adapter.adapters.sql_statements import insert_record
from bank_adapter.adapters.sql_tables import sending_hold
from bank_adapter.domain.audit_record import AuditRecord
from bank_adapter.domain.hold import Hold, HoldKind

_PLACE: Final = insert(sending_hold)
_CHANGED: Final = ("is_on", "kind", "since_us", "operator", "reason", "version")
_CHANGE: Final = (
    update(sending_hold)
    .where(
        sending_hold.c.scope == bindparam("k_scope"),
        sending_hold.c.version == bindparam("k_version"),
    )
    .values({name: bindparam(f"v_{name}") for name in _CHANGED})
)


class SQLHoldStore:
    """Implements the port application.ports.hold_store.HoldStore."""

    def __init__(self, writer: GroupCommit, reader: SQLReader) -> None:
        self._writer = writer
        self._reader = reader

    async def all(self) -> tuple[Hold, ...]:
        query = select(sending_hold).order_by(sending_hold.c.scope)

        def run(connection: Connection) -> tuple[Hold, ...]:
            return tuple(_to_hold(row) for row in connection.execute(query))

        return await self._reader.run(run)

    async def save(self, new: Hold, record: AuditRecord) -> bool:
        values = {
            "is_on": int(new.on),
            "kind": new.kind.value,
            "since_us": new.since_us,
            "operator": new.operator,
            "reason": new.reason,
            "version": new.version,
        }
        if new.version == 1:
            statement = Statement(_PLACE, {"scope": new.scope, **values})
        else:
            parameters = {f"v_{name}": value for name, value in values.items()}
            key = {"k_scope": new.scope, "k_version": new.version - 1}
            statement = Statement(_CHANGE, {**parameters, **key})
        statements = (statement, insert_record(record))
        return await compare_and_set(self._writer, f"hold:{new.scope}", statements)


def _to_hold(row: Any) -> Hold:
    found = dict(row._mapping)  # noqa: SLF001  SQLAlchemy's public way to a mapping
    return Hold(on=bool(found.pop("is_on")), kind=HoldKind(found.pop("kind")), **found)
