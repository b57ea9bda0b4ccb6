"""Events to rows and back.

Absent text is NULL, so that indices hold only what can be searched. Requests,
responses and attributes are compact JSON with sorted keys, which a person can
read in the database; the chain hashes their fields, not this JSON. Reading is
strict: a row that this file could not have written raises ValueError.
"""

from typing import Any, Final

import orjson
from sqlalchemy import RowMapping

from audit.domain.event import Event, Exchange, StoredEvent

_REQUIRED_TEXTS: Final = ("event_id", "service", "kind")
_OPTIONAL_TEXTS: Final = (
    "actor",
    "trace_id",
    "transfer_id",
    "partner_reference_no",
    "bank_partner_reference_no",
    "bank",
    "attempt_id",
    "client_id",
)
_EXCHANGE_TYPES: Final = {
    "method": str,
    "target": str,
    "status": int,
    "headers": dict,
    "body": str,
    "bodySha256": str,
}


def to_row(stored: StoredEvent) -> dict[str, Any]:
    """Column values of one event."""
    event = stored.event
    row: dict[str, Any] = {
        "chain_sequence": stored.sequence,
        "occur_us": event.occur_us,
        "store_us": stored.store_us,
        "chain_hash": stored.chain_hash.hex(),
        "request": _exchange_json(event.request),
        "response": _exchange_json(event.response),
        "attributes": _json(event.attributes) if event.attributes else None,
    }
    for name in _REQUIRED_TEXTS:
        row[name] = getattr(event, name)
    for name in _OPTIONAL_TEXTS:
        row[name] = getattr(event, name) or None
    return row


def from_row(row: RowMapping) -> StoredEvent:
    """The event of a row. Raises ValueError when the row is not one of ours."""
    texts = {name: row[name] for name in _REQUIRED_TEXTS}
    texts.update({name: row[name] or "" for name in _OPTIONAL_TEXTS})
    event = Event(
        occur_us=row["occur_us"],
        request=_read_exchange(row["request"]),
        response=_read_exchange(row["response"]),
        attributes=_read_map(orjson.loads(row["attributes"] or b"{}")),
        **texts,
    )
    return StoredEvent(
        event=event,
        sequence=row["chain_sequence"],
        store_us=row["store_us"],
        chain_hash=bytes.fromhex(row["chain_hash"]),
    )


def _json(value: object) -> bytes:
    return orjson.dumps(value, option=orjson.OPT_SORT_KEYS)


def _exchange_json(exchange: Exchange | None) -> bytes | None:
    if exchange is None:
        return None
    return _json(
        {
            "method": exchange.method,
            "target": exchange.target,
            "status": exchange.status,
            "headers": exchange.headers,
            "body": exchange.body,
            "bodySha256": exchange.body_sha256,
        }
    )


def _read_exchange(raw: bytes | None) -> Exchange | None:
    if raw is None:
        return None
    value = orjson.loads(raw)
    if not isinstance(value, dict) or value.keys() != _EXCHANGE_TYPES.keys():
        raise ValueError("an exchange has other fields")
    for name, kind in _EXCHANGE_TYPES.items():
        if type(value[name]) is not kind:
            raise ValueError("a field of an exchange has another type")
    return Exchange(
        method=value["method"],
        target=value["target"],
        status=value["status"],
        headers=_read_map(value["headers"]),
        body=value["body"],
        body_sha256=value["bodySha256"],
    )


def _read_map(value: object) -> dict[str, str]:
    if not isinstance(value, dict):
        raise ValueError("a map is not an object")  # noqa: TRY004 - every misread is a ValueError
    if not all(type(entry) is str for entry in value.values()):
        raise ValueError("a map holds something that is not text")
    return value
