"""Clients in SQL. A change is guarded by the version it was made from."""

import json
from dataclasses import dataclass
from typing import Any

from servicekit.group_commit import GroupCommit, Statement, Unit
from sqlalchemy import Connection, Row, bindparam, insert, select, update

from auth.adapters.outbox_event import OutboxEvents
from auth.adapters.reads import Reads
from auth.adapters.tables import CLIENT
from auth.adapters.writes import commit
from auth.domain.audit_event import AuditEvent
from auth.domain.client import Client, ClientStatus, PreviousSecret

_FIND = select(CLIENT).where(CLIENT.c.client_id == bindparam("wanted"))
_EVERY = select(CLIENT).order_by(CLIENT.c.client_id)
_INSERT = insert(CLIENT)
_REPLACE = (
    update(CLIENT)
    .where(CLIENT.c.client_id == bindparam("of_client"), CLIENT.c.version == bindparam("over"))
    .values({column: bindparam(column.name) for column in CLIENT.c if not column.primary_key})
)
_STANDS = select(CLIENT.c.version).where(
    CLIENT.c.client_id == bindparam("wanted"),
    CLIENT.c.version == bindparam("at_version"),
    CLIENT.c.updated_us == bindparam("at_us"),
    CLIENT.c.secret_hash == bindparam("with_hash"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class SQLClientStore:
    reads: Reads
    writer: GroupCommit
    events: OutboxEvents

    async def find(self, client_id: str) -> Client | None:
        rows = await self.reads.rows(_FIND, {"wanted": client_id})
        return _client(rows[0]) if rows else None

    async def every(self) -> tuple[Client, ...]:
        return tuple(_client(row) for row in await self.reads.rows(_EVERY))

    async def add(self, client: Client, event: AuditEvent) -> None:
        await self._commit(Statement(_INSERT, _row(client)), client, event)

    async def replace(self, client: Client, event: AuditEvent) -> None:
        row = _row(client)
        row["of_client"] = row.pop("client_id")
        row["over"] = client.version - 1
        await self._commit(Statement(_REPLACE, row), client, event)

    async def _commit(self, statement: Statement, client: Client, event: AuditEvent) -> None:
        def landed(connection: Connection) -> bool:
            found = connection.execute(
                _STANDS,
                {
                    "wanted": client.client_id,
                    "at_version": client.version,
                    "at_us": client.updated_us,
                    "with_hash": client.secret_hash,
                },
            )
            return found.first() is not None

        unit = Unit(
            key=f"client:{client.client_id}",
            statements=(statement, self.events.statement(event)),
            landed=landed,
        )
        await commit(self.writer, unit, what=f"client {client.client_id}")


def _row(client: Client) -> dict[str, Any]:
    previous = client.previous_secret
    return {
        "client_id": client.client_id,
        "name": client.name,
        "status": client.status.value,
        "secret_hash": client.secret_hash,
        "previous_secret_hash": None if previous is None else previous.hash,
        "previous_valid_until_us": None if previous is None else previous.valid_until_us,
        "scopes": json.dumps(sorted(client.scopes)).encode(),
        "origins": json.dumps(sorted(client.origins)).encode(),
        "accounts": json.dumps(sorted(client.accounts)).encode(),
        "version": client.version,
        "created_us": client.created_us,
        "updated_us": client.updated_us,
    }


def _client(row: Row[*tuple[Any, ...]]) -> Client:
    previous = None
    if row.previous_secret_hash is not None:
        previous = PreviousSecret(
            hash=row.previous_secret_hash, valid_until_us=row.previous_valid_until_us
        )
    return Client(
        client_id=row.client_id,
        name=row.name,
        status=ClientStatus(row.status),
        secret_hash=row.secret_hash,
        previous_secret=previous,
        scopes=frozenset(json.loads(row.scopes)),
        origins=frozenset(json.loads(row.origins)),
        accounts=frozenset(json.loads(row.accounts)),
        version=row.version,
        created_us=row.created_us,
        updated_us=row.updated_us,
    )
