"""The opaque token that says where the next page of a list begins.

Bytes: version, occur time (8, big-endian), chain sequence (8), digest of the
filter (8), in unpadded base64url. It is bound to its filter so that a page of one
search cannot be continued with another. It grants nothing: whoever forges one
still sees only his own events, so it carries no signature.
"""

import base64
import hashlib
import struct
from dataclasses import asdict
from typing import Final

from audit import limits
from audit.application.ports import EventFilter, Position

_VERSION: Final = b"\x02"
_DIGEST_BYTES: Final = 8
_FORM: Final = struct.Struct(f">cQQ{_DIGEST_BYTES}s")


class InvalidPageTokenError(Exception):
    """The token was not made here, or was made for another search."""


def encode(position: Position, criteria: EventFilter) -> str:
    raw = _FORM.pack(_VERSION, position.occur_us, position.sequence, _digest(criteria))
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode("ascii")


def decode(token: str, criteria: EventFilter) -> Position:
    """The position in `token`. Raises InvalidPageTokenError."""
    if len(token) > limits.MAX_PAGE_TOKEN_CHARACTERS:
        raise InvalidPageTokenError
    padding = "=" * (-len(token) % 4)
    try:
        raw = base64.b64decode(token.encode("ascii") + padding.encode(), b"-_", validate=True)
        version, occur_us, sequence, digest = _FORM.unpack(raw)
    except (ValueError, struct.error) as error:
        raise InvalidPageTokenError from error
    if version != _VERSION or digest != _digest(criteria):
        raise InvalidPageTokenError
    position = Position(occur_us=occur_us, sequence=sequence)
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
