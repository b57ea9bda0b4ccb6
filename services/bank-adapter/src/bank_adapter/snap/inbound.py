"""The other direction: what a bank must send when it calls us.

The roles swap: the bank asks us for a token, then signs its notification. Here
only the shape is checked, and refusals are written in SNAP's own codes;
whether a signature, token or moment is right is for the signer and the
application to say.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from bank_adapter.domain.conversation import Answer
from bank_adapter.snap import timestamp
from bank_adapter.snap.body import Field, minify, render
from bank_adapter.snap.external_id import check
from bank_adapter.snap.reply import Value, read_object, text

TOKEN_SERVICE = "73"  # noqa: S105  a service code

# 36 in the standard; wider than what we send ourselves.
EXTERNAL_ID_DIGITS = 36
_BEARER = "Bearer "


class RefusedCallError(Exception):
    """The call is refused with this HTTP status, case code and message."""

    def __init__(self, http: int, case: str, message: str) -> None:
        super().__init__(message)
        self.http = http
        self.case = case
        self.message = message


@dataclass(frozen=True, slots=True, kw_only=True)
class TokenRequest:
    """A bank asks us for a token; the signature is over `client_key|timestamp`."""

    client_key: str
    timestamp: str
    at: datetime
    signature: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SignedCall:
    """A bank's signed call. `body_sha256` is of the body as minified text."""

    access_token: str = field(repr=False)
    timestamp: str
    at: datetime
    signature: str
    partner_id: str
    external_id: str
    channel_id: str
    body_sha256: bytes


def token_request(headers: Mapping[str, str], body: bytes) -> TokenRequest:
    """Reads a token request. Header names are lower-case. Raises RefusedCallError."""
    moment, at = _moment(headers)
    request = TokenRequest(
        client_key=_header(headers, "X-CLIENT-KEY"),
        timestamp=moment,
        at=at,
        signature=_header(headers, "X-SIGNATURE"),
    )
    # Before 2024 the standard spelt the field in small letters.
    grant = text(json_object(body), "grantType", "granttype")
    if grant != "client_credentials":
        raise RefusedCallError(400, "01", "Invalid Field Format grantType")
    return request


def signed_call(headers: Mapping[str, str], body: bytes) -> SignedCall:
    """Reads a signed call's headers. Raises RefusedCallError."""
    authorization = _header(headers, "Authorization")
    if not authorization.startswith(_BEARER):
        raise RefusedCallError(401, "01", "Invalid Token (B2B)")
    moment, at = _moment(headers)
    external_id = _header(headers, "X-EXTERNAL-ID")
    try:
        check(external_id, max_digits=EXTERNAL_ID_DIGITS)
    except ValueError as error:
        raise RefusedCallError(400, "01", "Invalid Field Format X-EXTERNAL-ID") from error
    return SignedCall(
        access_token=authorization.removeprefix(_BEARER).strip(),
        timestamp=moment,
        at=at,
        signature=_header(headers, "X-SIGNATURE"),
        partner_id=_header(headers, "X-PARTNER-ID"),
        external_id=external_id,
        channel_id=headers.get("channel-id", "").strip(),
        body_sha256=hashlib.sha256(minify(body)).digest(),
    )


def json_object(body: bytes) -> dict[str, Value]:
    """The call's JSON object. Raises RefusedCallError."""
    fields, fault = read_object(Answer(status=200, headers={}, body=body))
    if fault:
        raise RefusedCallError(400, "00", "Bad Request")
    return fields


def reply(*, http: int, service_code: str, case: str, message: str, **more: str) -> bytes:
    """The body of our answer: `{"responseCode":"2007600",...}`."""
    fields: dict[str, Field] = {
        "responseCode": f"{http}{service_code}{case}",
        "responseMessage": message,
        **more,
    }
    return render(fields)


def _header(headers: Mapping[str, str], name: str) -> str:
    value = headers.get(name.lower(), "").strip()
    if not value:
        raise RefusedCallError(400, "02", f"Invalid Mandatory Field {name}")
    return value


def _moment(headers: Mapping[str, str]) -> tuple[str, datetime]:
    moment = _header(headers, "X-TIMESTAMP")
    at = timestamp.read(moment)
    if at is None:
        raise RefusedCallError(400, "01", "Invalid Field Format X-TIMESTAMP")
    return moment, at
