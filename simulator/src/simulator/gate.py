"""The gate of a SNAP dialect: who calls, is it signed, is it fresh, is its form right.

The order of the checks is fixed: nothing of the body is believed before the signature, and no
X-EXTERNAL-ID is used up by a stranger. Tokens, signatures and secrets are never logged.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import orjson

from simulator import codes, fields, signature
from simulator.bank import Bank
from simulator.clock import SECOND_US, jakarta_day, parse_instant
from simulator.config import DialectName
from simulator.exchange import Call, Refused, Reply, Route
from simulator.instructions import Order
from simulator.partners import KnownPartner

TIMESTAMP_ANY = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}"
    r"(?:\.[0-9]{1,6})?(?:Z|[+-][0-9]{2}:[0-9]{2})"
)
DIGITS_32 = re.compile(r"[0-9]{1,32}")
DIGITS_36 = re.compile(r"[0-9]{1,36}")
_JSON_TYPES = frozenset({"application/json", "application/json; charset=utf-8"})
_BEARER = "Bearer "


@dataclass(frozen=True, slots=True, kw_only=True)
class Signed:
    """A signed SNAP service: its fields, and what a refusal repeats or leaves blank."""

    dialect: DialectName
    fields: tuple[fields.Field, ...]
    echoed: tuple[str, ...]
    produced: tuple[str, ...]
    external_id: re.Pattern[str] = DIGITS_36
    finer: Callable[[Bank, Call], None] | None = None

    def admit(self, bank: Bank, call: Call, _route: Route) -> None:
        """Let the call in with `partner`, `token`, `external_id` and `document` set."""
        if call.headers.get("Content-Type", "").lower() not in _JSON_TYPES:
            raise Refused(400, "01", codes.bad_format("Content-Type"))
        timestamp = check_timestamp(bank, call)
        partner = _bearer(bank, call, self.dialect)
        _check_signature(bank, call, partner, timestamp)
        check_freshness(bank, call, timestamp)
        _check_identity(call, partner)
        call.partner = partner
        self._use_external_id(bank, call)
        call.document = _parse(call.body)
        fields.check(call.document, self.fields)
        if self.finer is not None:
            self.finer(bank, call)

    def refuse(self, _bank: Bank, call: Call, route: Route, refused: Refused) -> Reply:
        """A refusal in BCA's manner: produced fields blank, the request's own repeated."""
        body: dict[str, Any] = {
            "responseCode": codes.response_code(refused.status, route.service, refused.case),
            "responseMessage": refused.message,
        }
        document = call.document or _glance(call.body)
        for name in self.produced:
            body[name] = ""
        for name in self.echoed:
            body[name] = document.get(name, "")
        if refused.status == 401:  # noqa: PLR2004 - HTTP
            body["data"] = {}
        return Reply(refused.status, body)

    def _use_external_id(self, bank: Bank, call: Call) -> None:
        external_id = call.headers.get("X-EXTERNAL-ID", "")
        if not external_id:
            raise Refused(400, "02", codes.missing_field("X-EXTERNAL-ID"))
        if self.external_id.fullmatch(external_id) is None:
            raise Refused(400, "01", codes.bad_format("X-EXTERNAL-ID"))
        day = jakarta_day(call.received_us)
        if not bank.use_external_id(call.partner.client_id, external_id, day):
            raise Refused(409, "00")
        call.external_id = external_id


def service(
    *,
    code: str,
    path: str,
    gate: Signed,
    perform: Callable[[Bank, Call], Reply],
    order: Callable[[Call], Order] | None = None,
) -> Route:
    """A route of a signed SNAP service, always POST."""
    return Route(
        service=code,
        dialect=gate.dialect,
        path=path,
        method="POST",
        admit=gate.admit,
        perform=perform,
        refuse=gate.refuse,
        order=order,
    )


def check_timestamp(bank: Bank, call: Call) -> str:
    """The X-TIMESTAMP as sent, if its form is right: 25 characters, or any ISO form if lenient."""
    pattern = TIMESTAMP_ANY if bank.rules.lenient_timestamps else fields.TIMESTAMP_25
    timestamp = call.headers.get("X-TIMESTAMP", "")
    if not timestamp:
        raise Refused(400, "02", codes.missing_field("X-TIMESTAMP"))
    if pattern.fullmatch(timestamp) is None:
        raise Refused(400, "01", codes.bad_format("X-TIMESTAMP"))
    return timestamp


def check_freshness(bank: Bank, call: Call, timestamp: str) -> None:
    """Refuse a clock that is further away than the tolerance, either way."""
    try:
        signed_us = _instant(timestamp)
    except ValueError:
        raise Refused(400, "01", codes.bad_format("X-TIMESTAMP")) from None
    if abs(call.received_us - signed_us) > bank.rules.timestamp_tolerance_s * SECOND_US:
        raise Refused(401, "00", "Unauthorized. [Timestamp]")


@lru_cache(maxsize=1024)
def _instant(timestamp: str) -> int:
    """Calls of one second share their timestamp, so parsing it once is enough."""
    return parse_instant(timestamp)


def _bearer(bank: Bank, call: Call, dialect: DialectName) -> KnownPartner:
    authorization = call.headers.get("Authorization", "")
    if not authorization.startswith(_BEARER):
        raise Refused(401, "01")
    call.token = authorization[len(_BEARER) :]
    client_id = bank.tokens.holder(call.token, call.received_us)
    if client_id is None:
        raise Refused(401, "01")
    partner = bank.partners[client_id]
    if partner.setting.dialect is not dialect:
        raise Refused(401, "01")
    return partner


def _check_signature(bank: Bank, call: Call, partner: KnownPartner, timestamp: str) -> None:
    received = call.headers.get("X-SIGNATURE", "")
    if not received:
        raise Refused(400, "02", codes.missing_field("X-SIGNATURE"))
    hashed = [signature.minify(call.body)]
    if not bank.rules.strict_body:
        hashed.append(call.body)
    for body in hashed:
        text = signature.symmetric_text(
            method=call.method,
            path=call.path,
            token=call.token,
            digest=signature.body_hash(body),
            timestamp=timestamp,
        )
        for secret in partner.secrets:
            if signature.same(signature.symmetric_signature(secret, text), received):
                return
    raise Refused(401, "00")


def _check_identity(call: Call, partner: KnownPartner) -> None:
    partner_id = call.headers.get("X-PARTNER-ID", "")
    if not partner_id:
        raise Refused(400, "02", codes.missing_field("X-PARTNER-ID"))
    if partner_id != partner.partner_id:
        raise Refused(401, "00", "Unauthorized. [Unknown client]")
    channel_id = call.headers.get("CHANNEL-ID", "")
    if not channel_id:
        raise Refused(400, "02", codes.missing_field("CHANNEL-ID"))
    if channel_id != partner.channel_id:
        raise Refused(400, "01", codes.bad_format("CHANNEL-ID"))


def _parse(body: bytes) -> dict[str, Any]:
    try:
        document = orjson.loads(body)
    except orjson.JSONDecodeError:
        raise Refused(400, "00") from None
    if type(document) is not dict:
        raise Refused(400, "00")
    return document


def _glance(body: bytes) -> dict[str, Any]:
    """What a refusal can repeat of a body that was not admitted."""
    try:
        return _parse(body)
    except Refused:
        return {}
