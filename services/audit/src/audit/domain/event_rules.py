"""Which events can be stored: forms and limits, each problem named by its field.

Field names are those of the contract in JSON (eventId, request.bodySha256).
These rules never repair an event: what is stored is what was sent.
"""

import re
from collections.abc import Iterator, Mapping
from typing import Final

from audit import limits
from audit.domain.event import Event, Exchange
from audit.domain.transfer_state import attribute_problems
from audit.domain.ulid import is_ulid

Problem = tuple[str, str]

_KIND: Final = re.compile(r"[a-z][a-z0-9_]*(\.[a-z][a-z0-9_]*)+")
_SERVICE: Final = re.compile(r"[a-z][a-z0-9]*(-[a-z0-9]+)*")
_SHA256: Final = re.compile(r"[0-9a-f]{64}|")
_CONTROL: Final = re.compile(r"[\x00-\x1f\x7f]")
# No text of so few characters has more bytes than any limit of a map allows.
_SURE_CHARACTERS: Final = limits.MAX_MAP_KEY_BYTES // 4
_MIN_STATUS: Final = 0
_MAX_STATUS: Final = 599

# (attribute of Event, field of the contract, limit in bytes)
_TEXTS: Final = (
    ("actor", "actor", limits.MAX_IDENTIFIER_BYTES),
    ("trace_id", "traceId", limits.MAX_IDENTIFIER_BYTES),
    ("transfer_id", "transferId", limits.MAX_IDENTIFIER_BYTES),
    ("partner_reference_no", "partnerReferenceNo", limits.MAX_REFERENCE_BYTES),
    ("bank_partner_reference_no", "bankPartnerReferenceNo", limits.MAX_IDENTIFIER_BYTES),
    ("bank", "bank", limits.MAX_BANK_BYTES),
    ("attempt_id", "attemptId", limits.MAX_IDENTIFIER_BYTES),
    ("client_id", "clientId", limits.MAX_IDENTIFIER_BYTES),
)


def problems_of(event: Event) -> Iterator[Problem]:
    """(field, message) for each reason why the event cannot be stored."""
    if not is_ulid(event.event_id):
        yield "eventId", "must be a ULID in upper case"
    if not 0 < event.occur_us <= limits.MAX_INSTANT_US:
        yield "occurTime", "must be set"
    if not _SERVICE.fullmatch(event.service) or len(event.service) > limits.MAX_SERVICE_BYTES:
        yield "service", "must be a service's name, for example bank-adapter"
    if not _KIND.fullmatch(event.kind) or len(event.kind) > limits.MAX_KIND_BYTES:
        yield "kind", "must be a dotted name in lower case, for example bank.attempt.finished"
    for name, field, limit in _TEXTS:
        text = getattr(event, name)
        # Nearly all are short and plain; the rest is looked at closely.
        if len(text) > limit or not (text.isascii() and text.isprintable()):
            yield from _identifier_problems(text, field=field, limit=limit)
    yield from _exchange_problems(event.request, "request")
    yield from _exchange_problems(event.response, "response")
    yield from _map_problems(event.attributes, "attributes")
    yield from attribute_problems(event)


def _identifier_problems(text: str, *, field: str, limit: int) -> Iterator[Problem]:
    if len(text.encode()) > limit:
        yield field, f"must be at most {limit} bytes"
    elif _CONTROL.search(text):
        yield field, "must not hold control characters"


def _exchange_problems(exchange: Exchange | None, field: str) -> Iterator[Problem]:
    if exchange is None:
        return
    method, target = exchange.method, exchange.target
    yield from _identifier_problems(method, field=f"{field}.method", limit=limits.MAX_METHOD_BYTES)
    yield from _identifier_problems(target, field=f"{field}.target", limit=limits.MAX_TARGET_BYTES)
    if not _MIN_STATUS <= exchange.status <= _MAX_STATUS:
        yield f"{field}.status", "must be an HTTP status or 0"
    if len(exchange.body.encode()) > limits.MAX_BODY_BYTES:
        yield f"{field}.body", f"must be at most {limits.MAX_BODY_BYTES} bytes"
    if not _SHA256.fullmatch(exchange.body_sha256):
        yield f"{field}.bodySha256", "must be 64 lower-case hexadecimal digits"
    yield from _map_problems(exchange.headers, f"{field}.headers")


def _map_problems(entries: Mapping[str, str], field: str) -> Iterator[Problem]:
    if len(entries) > limits.MAX_MAP_ENTRIES:
        yield field, f"must have at most {limits.MAX_MAP_ENTRIES} entries"
        return
    for key, value in entries.items():
        if 0 < len(key) <= _SURE_CHARACTERS and len(value) <= _SURE_CHARACTERS:
            continue
        if not key or len(key.encode()) > limits.MAX_MAP_KEY_BYTES:
            yield field, f"must have keys of 1 to {limits.MAX_MAP_KEY_BYTES} bytes"
        elif len(value.encode()) > limits.MAX_MAP_VALUE_BYTES:
            yield f"{field}.{key}", f"must be at most {limits.MAX_MAP_VALUE_BYTES} bytes"
