"""The signer's other half: whether a signature is good that somebody else made."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Protocol


class Finding(StrEnum):
    """What the signer found."""

    GOOD = "GOOD"
    WRONG = "WRONG"
    # Good, but this very signature was accepted before.
    REPLAYED = "REPLAYED"
    # Its timestamp is too far from now.
    STALE = "STALE"
    # What was received has no form that could be signed.
    MALFORMED = "MALFORMED"


class NoFindingError(Exception):
    """The signer could not say: it is away, or its keys or grants are not in order."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TokenProof:
    """RSA over `client_key|timestamp`, by the bank's private key."""

    key_id: str
    client_key: str
    timestamp: str
    signature: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CallProof:
    """HMAC-SHA512 over method, path, token, body digest and timestamp.

    `body` is exactly what was received; the signer takes its digest.
    """

    key_id: str
    method: str
    path: str
    access_token: str = field(repr=False)
    timestamp: str
    signature: str
    body: bytes = field(repr=False)


class SignatureCheck(Protocol):
    async def check(self, proof: TokenProof | CallProof, *, trace_id: str) -> Finding:
        """Raises NoFindingError."""
        ...
