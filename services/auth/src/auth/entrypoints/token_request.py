"""Reads a token request: a form or JSON, credentials by Basic or in the body.

A form follows RFC 6749: parameters nobody knows are ignored. JSON is the
house's own addition and follows the house: an unknown member is refused.
"""

import base64
import binascii
import json
import re
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote_plus

from servicekit.secret import Secret

from auth.domain.invalid_value import InvalidValueError
from auth.domain.names import check_identifier
from auth.domain.scope import parse_scope
from auth.entrypoints.form import (
    FORM_TYPE,
    FormError,
    has_control_characters,
    media_type,
    parse_form,
)
from auth.entrypoints.token_error import (
    INVALID_CLIENT,
    MALFORMED_SCOPE,
    NO_CREDENTIALS,
    UNSUPPORTED_GRANT,
    TokenRequestError,
    invalid_request,
)
from auth.limits import (
    MAX_AUTHORIZATION_CHARACTERS,
    MAX_CLIENT_SECRET_CHARACTERS,
    MAX_TOKEN_BODY_BYTES,
)

JSON_TYPE = "application/json"
_MEMBERS = frozenset({"grant_type", "client_id", "client_secret", "scope"})
# What may be repeated to the client when it names its own parameter.
_PRINTABLE_NAME = re.compile(r"[A-Za-z0-9_.-]{1,64}")


@dataclass(frozen=True, slots=True, kw_only=True)
class TokenRequest:
    """A well-formed request; nothing in it has been checked against a client."""

    client_id: str
    secret: Secret[str]
    scopes: frozenset[str] | None


def parse_token_request(
    body: bytes, *, content_type: str, authorization: str | None
) -> TokenRequest:
    """Raises TokenRequestError with the answer to give."""
    if len(body) > MAX_TOKEN_BODY_BYTES:
        raise invalid_request(
            "BODY_TOO_LARGE", f"the body exceeds {MAX_TOKEN_BODY_BYTES} bytes", status=413
        )
    parameters = _parameters(body, content_type)
    client_id, secret = _credentials(parameters, authorization)
    if "grant_type" not in parameters:
        raise invalid_request("MISSING_FIELD", "grant_type must be given", field="grant_type")
    if parameters["grant_type"] != "client_credentials":
        raise TokenRequestError(UNSUPPORTED_GRANT)
    scopes = None
    if "scope" in parameters:
        try:
            scopes = parse_scope(parameters["scope"])
        except InvalidValueError:
            raise TokenRequestError(MALFORMED_SCOPE) from None
    return TokenRequest(client_id=client_id, secret=Secret(secret), scopes=scopes)


def _parameters(body: bytes, content_type: str) -> dict[str, str]:
    match media_type(content_type):
        case "application/x-www-form-urlencoded":
            return _form_parameters(body)
        case "application/json":
            return _json_parameters(body)
        case _:
            raise invalid_request(
                "UNSUPPORTED_CONTENT_TYPE", f"the body must be {FORM_TYPE} or {JSON_TYPE}, in UTF-8"
            )


def _form_parameters(body: bytes) -> dict[str, str]:
    try:
        return parse_form(body)
    except FormError as error:
        if error.repeated is None:
            raise invalid_request("INVALID_FIELD", error.message) from None
        raise _repeated(error.repeated) from None


def _json_parameters(body: bytes) -> dict[str, str]:
    try:
        members = json.loads(body.decode("utf-8"), object_pairs_hook=_once_each)
    except (ValueError, RecursionError):
        raise invalid_request("MALFORMED_JSON", "the body is not JSON") from None
    if not isinstance(members, dict):
        raise invalid_request("MALFORMED_JSON", "the body must be a JSON object")
    for name, value in members.items():
        field = _printable(name)
        if name not in _MEMBERS:
            raise invalid_request("UNKNOWN_FIELD", "the field is not known", field=field)
        if not isinstance(value, str) or has_control_characters(value):
            raise invalid_request("INVALID_FIELD", "the field must be text", field=field)
    return {name: value for name, value in members.items() if value}


def _once_each(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    members: dict[str, Any] = {}
    for name, value in pairs:
        if name in members:
            raise _repeated(name)
        members[name] = value
    return members


def _repeated(name: str) -> TokenRequestError:
    return invalid_request("REPEATED_FIELD", "given more than once", field=_printable(name))


def _printable(name: str) -> str:
    return name if _PRINTABLE_NAME.fullmatch(name) else "(unprintable name)"


def _credentials(parameters: dict[str, str], authorization: str | None) -> tuple[str, str]:
    """Client id and secret from the one place that the request shows them in."""
    body_id, body_secret = parameters.get("client_id"), parameters.get("client_secret")
    if authorization is not None:
        if body_secret is not None:
            raise invalid_request(
                "INVALID_FIELD",
                "credentials stand in the Authorization header and in the body; send one of them",
                field="client_secret",
            )
        client_id, secret = _basic(authorization)
        if body_id is not None and body_id != client_id:
            raise invalid_request(
                "INVALID_FIELD",
                "client_id differs from the one in the Authorization header",
                field="client_id",
            )
    elif body_id is not None and body_secret is not None:
        client_id, secret = body_id, body_secret
    else:
        raise TokenRequestError(NO_CREDENTIALS)
    if not _could_exist(client_id, secret):
        raise TokenRequestError(INVALID_CLIENT)
    return client_id, secret


def _basic(authorization: str) -> tuple[str, str]:
    """RFC 7617, each half percent-encoded as a form value (RFC 6749 section 2.3.1)."""
    scheme, _, encoded = authorization.partition(" ")
    if scheme.lower() != "basic" or len(authorization) > MAX_AUTHORIZATION_CHARACTERS:
        raise TokenRequestError(INVALID_CLIENT)
    try:
        pair = base64.b64decode(encoded.strip(" "), validate=True).decode("ascii")
        client_id, colon, secret = pair.partition(":")
        if not colon:
            raise TokenRequestError(INVALID_CLIENT)
        return unquote_plus(client_id, errors="strict"), unquote_plus(secret, errors="strict")
    except (binascii.Error, UnicodeDecodeError):
        raise TokenRequestError(INVALID_CLIENT) from None


def _could_exist(client_id: str, secret: str) -> bool:
    """Whether any client could have these. The answer is public knowledge, so it may be quick.

    What fails here costs no hash and leaves no row, only a line in the log.
    """
    try:
        check_identifier("client_id", client_id)
    except InvalidValueError:
        return False
    return secret.isascii() and 0 < len(secret) <= MAX_CLIENT_SECRET_CHARACTERS
