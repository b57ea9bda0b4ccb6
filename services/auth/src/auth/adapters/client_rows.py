"""Clients as rows: what stands in which column."""

import json
from typing import Any

from auth.adapters.tables import CLIENT
from auth.adapters.versioned_rows import AnyRow, Form
from auth.domain.client import Client, ClientStatus, PreviousSecret


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


def _client(row: AnyRow) -> Client:
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


CLIENTS: Form[Client] = Form(
    table=CLIENT,
    kind="client",
    key="client_id",
    marks=("version", "updated_us", "secret_hash"),
    to_row=_row,
    from_row=_client,
)
