"""The gate of the dialect before SNAP: token, API key, timestamp in milliseconds, hex HMAC-SHA256.

The hash is taken over the body without any whitespace, inside strings too. The path is signed with
its query sorted by name and value, percent-encoded as RFC 3986 says.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl, quote, unquote

import orjson

from simulator import fields, signature
from simulator.bank import Bank
from simulator.clock import SECOND_US, parse_instant
from simulator.config import DialectName
from simulator.dialects.bca_legacy.errors import refuse, refused
from simulator.exchange import Call, Refused, Reply, Route
from simulator.fields import Field
from simulator.instructions import Order
from simulator.partners import KnownPartner

_MILLISECONDS = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}\.[0-9]{3}(?:Z|[+-][0-9]{2}:[0-9]{2})"
)
_BEARER = "Bearer "


@dataclass(frozen=True, slots=True, kw_only=True)
class Signed:
    """A signed call: the rules of its fields (none for GET) and a check of the service's own."""

    rules: tuple[Field, ...] = ()
    finer: Callable[[Bank, Call], None] | None = None

    def admit(self, bank: Bank, call: Call, route: Route) -> None:
        """Let the call in with `partner`, `token` and `document` set."""
        partner = _bearer(bank, call)
        if call.headers.get("X-BCA-Key", "") != partner.setting.api_key:
            raise refused("ESB-14-020")
        timestamp = _timestamp(bank, call)
        _check_signature(call, partner, timestamp)
        call.partner = partner
        if route.method == "POST":
            call.document = _parse(call.body)
            _check_fields(call.document, self.rules)
        if self.finer is not None:
            self.finer(bank, call)


def service(
    *,
    code: str,
    method: str,
    path: str,
    gate: Signed,
    perform: Callable[[Bank, Call], Reply],
    order: Callable[[Call], Order] | None = None,
) -> Route:
    """A route of the dialect. `code` is SNAP's for the same service, for faults and counts."""
    return Route(
        service=code,
        dialect=DialectName.BCA_LEGACY,
        path=path,
        method=method,
        admit=gate.admit,
        perform=perform,
        refuse=refuse,
        order=order,
    )


def canonical_url(path: str) -> str:
    """The path in BCA's one form: decoded, the query sorted, all encoded again.

    So a client may write a comma in the path as it likes, but must sign it as %2C.
    """
    bare, mark, query = path.partition("?")
    bare = quote(unquote(bare), safe="/-_.~")
    if not mark:
        return bare
    pairs = sorted(parse_qsl(query, keep_blank_values=True))
    encoded = "&".join(f"{_encode(name)}={_encode(value)}" for name, value in pairs)
    return f"{bare}?{encoded}"


def query_of(call: Call) -> dict[str, str]:
    """The query parameters of a call."""
    return dict(parse_qsl(call.path.partition("?")[2], keep_blank_values=True))


def check_corporate(call: Call, corporate_id: str) -> None:
    """The corporate id in a path, body or header is the caller's own."""
    if corporate_id != call.partner.partner_id:
        raise refused("ESB-14-009", "CorporateID")


def _encode(text: str) -> str:
    return quote(text, safe="-_.~")


def _bearer(bank: Bank, call: Call) -> KnownPartner:
    authorization = call.headers.get("Authorization", "")
    call.token = authorization[len(_BEARER) :] if authorization.startswith(_BEARER) else ""
    client_id = bank.tokens.holder(call.token, call.received_us)
    if client_id is None:
        raise refused("ESB-14-009")
    partner = bank.partners[client_id]
    if partner.setting.dialect is not DialectName.BCA_LEGACY:
        raise refused("ESB-14-009")
    return partner


def _timestamp(bank: Bank, call: Call) -> str:
    timestamp = call.headers.get("X-BCA-Timestamp", "")
    if _MILLISECONDS.fullmatch(timestamp) is None:
        raise refused("ESB-14-003")
    try:
        signed_us = parse_instant(timestamp)
    except ValueError:
        raise refused("ESB-14-003") from None
    if abs(call.received_us - signed_us) > bank.rules.timestamp_tolerance_s * SECOND_US:
        raise refused("ESB-14-003")
    return timestamp


def _check_signature(call: Call, partner: KnownPartner, timestamp: str) -> None:
    text = signature.symmetric_text(
        method=call.method,
        path=canonical_url(call.path),
        token=call.token,
        digest=signature.body_hash(signature.strip_all_whitespace(call.body)),
        timestamp=timestamp,
    )
    expected = signature.legacy_signature(partner.api_secret, text)
    if not signature.same(expected, call.headers.get("X-BCA-Signature", "")):
        raise refused("ESB-14-001")


def _parse(body: bytes) -> dict[str, Any]:
    try:
        document = orjson.loads(body)
    except orjson.JSONDecodeError:
        raise refused("ESB-14-002") from None
    if type(document) is not dict:
        raise refused("ESB-14-002")
    return document


def _check_fields(document: dict[str, Any], rules: tuple[Field, ...]) -> None:
    try:
        fields.check(document, rules)
    except Refused as refusal:
        raise refused("ESB-82-001", refusal.message.partition("[")[2].rstrip("]")) from None
