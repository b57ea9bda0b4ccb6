"""The opaque token that says where the next page of a list begins.

Bytes: version, occur time (8, big-endian), digest of the filter (8), event id
(26), in unpadded base64url. It is bound to its filter so that a page of one
search cannot be continued with another. It grants nothing: whoever forges one
still sees only his own events, so it carries no signature.
"""

import base64
import binascii
import hashlib
from dataclasses import asdict
from typing import Final

from audit import limits
from audit.application.ports import EventFilter, Position
from audit.domain.ulid import LENGTH, is_ulid

_VERSION: Final = b"\x01"
_DIGEST_BYTES: Final = 8
_BYTES: Final = 1 + 8 + _DIGEST_BYTES + LENGTH


class InvalidPageTokenError(Exception):
    """The token was not made here, or was made for another search."""


def encode(position: Position, criteria: EventFilter) -> str:
    raw = (
        _VERSION
        + position.occur_us.to_bytes(8, "big")
        + _digest(criteria)
        + position.event_id.encode("ascii")
    )
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode("ascii")


def decode(token: str, criteria: EventFilter) -> Position:
    """The position in `token`. Raises InvalidPageTokenError."""
    if len(token) > limits.MAX_PAGE_TOKEN_CHARACTERS:
        raise InvalidPageTokenError
    padding = "=" * (-len(token) % 4)
    try:
        raw = base64.b64decode(token.encode("ascii") + padding.encode(), b"-_", validate=True)
        event_id = raw[-LENGTH:].decode("ascii")
    except (binascii.Error, ValueError) as error:
        raise InvalidPageTokenError from error
    if len(raw) != _BYTES or raw[:1] != _VERSION or not is_ulid(event_id):
        raise InvalidPageTokenError
    if raw[9 : 9 + _DIGEST_BYTES] != _digest(criteria):
        raise InvalidPageTokenError
    position = Position(occur_us=int.from_bytes(raw[1:9], "big"), event_id=event_id)
    # One position has one spelling: unused bits of the last digit must be 0.
    if encode(position, criteria) != token:
        raise InvalidPageTokenError
    return position


def _digest(criteria: EventFilter) -> bytes:
    digest = hashlib.sha256()
    for name, value in sorted(asdict(criteria).items()):
        text = f"{name}={value}".encode()
        digest.update(len(text).to_bytes(4, "big") + text)
    return digest.digest()[:_DIGEST_BYTES]
