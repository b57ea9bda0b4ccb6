"""Operators in SQL. A change is guarded by the version it was made from."""

import json
from dataclasses import dataclass
from typing import Any

from servicekit.group_commit import GroupCommit, Statement, Unit
from sqlalchemy import Connection, Row, bindparam, insert, select, update

from auth.adapters.outbox_event import OutboxEvents
from auth.adapters.reads import Reads
from auth.adapters.tables import OPERATOR
from auth.adapters.writes import commit
from auth.domain.audit_event import AuditEvent
from auth.domain.operator import Operator, OperatorStatus, Role

_FIND = select(OPERATOR).where(OPERATOR.c.name == bindparam("wanted"))
_EVERY = select(OPERATOR).order_by(OPERATOR.c.name)
_INSERT = insert(OPERATOR)
_REPLACE = (
    update(OPERATOR)
    .where(OPERATOR.c.name == bindparam("of_operator"), OPERATOR.c.version == bindparam("over"))
    .values({column: bindparam(column.name) for column in OPERATOR.c if not column.primary_key})
)
_STANDS = select(OPERATOR.c.version).where(
    OPERATOR.c.name == bindparam("wanted"),
    OPERATOR.c.version == bindparam("at_version"),
    OPERATOR.c.updated_us == bindparam("at_us"),
    OPERATOR.c.last_totp_step == bindparam("at_step"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class SQLOperatorStore:
    reads: Reads
    writer: GroupCommit
    events: OutboxEvents

    async def find(self, name: str) -> Operator | None:
        rows = await self.reads.rows(_FIND, {"wanted": name})
        return _operator(rows[0]) if rows else None

    async def every(self) -> tuple[Operator, ...]:
        return tuple(_operator(row) for row in await self.reads.rows(_EVERY))

    async def add(self, operator: Operator, event: AuditEvent) -> None:
        await self._commit(Statement(_INSERT, _row(operator)), operator, event)

    async def replace(self, operator: Operator, event: AuditEvent) -> None:
        row = _row(operator)
        row["of_operator"] = row.pop("name")
        row["over"] = operator.version - 1
        await self._commit(Statement(_REPLACE, row), operator, event)

    async def _commit(self, statement: Statement, operator: Operator, event: AuditEvent) -> None:
        def landed(connection: Connection) -> bool:
            found = connection.execute(
                _STANDS,
                {
                    "wanted": operator.name,
                    "at_version": operator.version,
                    "at_us": operator.updated_us,
                    "at_step": operator.last_totp_step,
                },
            )
            return found.first() is not None

        unit = Unit(
            key=f"operator:{operator.name}",
            statements=(statement, self.events.statement(event)),
            landed=landed,
        )
        await commit(self.writer, unit, what=f"operator {operator.name}")


def _row(operator: Operator) -> dict[str, Any]:
    return {
        "name": operator.name,
        "status": operator.status.value,
        "password_hash": operator.password_hash,
        "sealed_totp_secret": operator.sealed_totp_secret,
        "roles": json.dumps(sorted(operator.roles)).encode(),
        "last_totp_step": operator.last_totp_step,
        "failures_in_a_row": operator.failures_in_a_row,
        "locked_until_us": operator.locked_until_us,
        "version": operator.version,
        "created_us": operator.created_us,
        "updated_us": operator.updated_us,
    }


def _operator(row: Row[*tuple[Any, ...]]) -> Operator:
    return Operator(
        name=row.name,
        status=OperatorStatus(row.status),
        password_hash=row.password_hash,
        sealed_totp_secret=row.sealed_totp_secret,
        roles=frozenset(Role(role) for role in json.loads(row.roles)),
        last_totp_step=row.last_totp_step,
        failures_in_a_row=row.failures_in_a_row,
        locked_until_us=row.locked_until_us,
        version=row.version,
        created_us=row.created_us,
        updated_us=row.updated_us,
    )
