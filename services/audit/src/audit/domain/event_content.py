"""An event as the text that is stored and chained: compact JSON, keys in order.

    {"attributes":{…},"bank":"bca",…,"eventId":"…","occurUs":1700000000000000,…,
     "request":{"body":"…","bodySha256":"…","headers":{…},"method":"POST",
                "status":0,"target":"/…"},"response":{…},"service":"…"}

Names are those of the contract; `occurUs` is epoch microseconds. What is
absent is left out at the top and written out in an exchange. The chain hashes
these bytes as they are stored, so no later version of this file or of a JSON
library can change an old link. Reading is strict: bytes that this file could
not have written raise ValueError.
"""

from typing import Any, Final

import orjson

from audit.domain.event import Event, Exchange

# (attribute of Event, name in the text)
_REQUIRED: Final = (("event_id", "eventId"), ("service", "service"), ("kind", "kind"))
_OPTIONAL: Final = (
    ("actor", "actor"),
    ("trace_id", "traceId"),
    ("transfer_id", "transferId"),
    ("partner_reference_no", "partnerReferenceNo"),
    ("bank_partner_reference_no", "bankPartnerReferenceNo"),
    ("bank", "bank"),
    ("attempt_id", "attemptId"),
    ("client_id", "clientId"),
)
_OTHERS: Final = frozenset({"occurUs", "request", "response", "attributes"})
_NAMES: Final = frozenset(name for _, name in (*_REQUIRED, *_OPTIONAL)) | _OTHERS
_EXCHANGE_TYPES: Final = {
    "method": str,
    "target": str,
    "status": int,
    "headers": dict,
    "body": str,
    "bodySha256": str,
}


def to_content(event: Event) -> bytes:
    """The text of an event, in UTF-8."""
    fields: dict[str, Any] = {
        "eventId": event.event_id,
        "service": event.service,
        "kind": event.kind,
        "occurUs": event.occur_us,
    }
    for attribute, name in _OPTIONAL:
        text = getattr(event, attribute)
        if text:
            fields[name] = text
    if event.request is not None:
        fields["request"] = _exchange_fields(event.request)
    if event.response is not None:
        fields["response"] = _exchange_fields(event.response)
    if event.attributes:
        fields["attributes"] = event.attributes
    return orjson.dumps(fields, option=orjson.OPT_SORT_KEYS)


def from_content(content: bytes) -> Event:
    """The event of a text. Raises ValueError when it is not one of ours."""
    fields = orjson.loads(content)
    if not isinstance(fields, dict) or not fields.keys() <= _NAMES:
        raise ValueError("an event has other fields")
    occur_us = fields.get("occurUs")
    if type(occur_us) is not int:
        raise ValueError("an event has no time")
    texts: dict[str, Any] = {attribute: fields.get(name) for attribute, name in _REQUIRED}
    texts |= {attribute: fields.get(name, "") for attribute, name in _OPTIONAL}
    if not all(type(text) is str for text in texts.values()):
        raise ValueError("a field of an event has another type")
    return Event(
        occur_us=occur_us,
        request=_read_exchange(fields.get("request")),
        response=_read_exchange(fields.get("response")),
        attributes=_read_map(fields.get("attributes", {})),
        **texts,
    )


def _exchange_fields(exchange: Exchange) -> dict[str, Any]:
    return {
        "method": exchange.method,
        "target": exchange.target,
        "status": exchange.status,
        "headers": exchange.headers,
        "body": exchange.body,
        "bodySha256": exchange.body_sha256,
    }


def _read_exchange(value: Any) -> Exchange | None:
    if value is None:
        return None
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
