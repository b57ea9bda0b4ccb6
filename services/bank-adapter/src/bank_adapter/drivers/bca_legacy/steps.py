"""What this dialect asks of the signer beyond SNAP's steps.

The signer builds the string to sign itself and keeps the secrets; both steps
are answered with a Signature.
"""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import dataclass
from typing import TypeAlias, TypeVar

from bank_adapter.domain.conversation import Reply, Send

ResultT = TypeVar("ResultT")


@dataclass(frozen=True, slots=True, kw_only=True)
class SignLegacy:
    """HMAC-SHA256, lower-case hex, over `METHOD:path:token:digest:timestamp`.

    `body_sha256` is the digest of the body with all white space removed.
    """

    key_id: str
    method: str
    path: str
    access_token: str
    body_sha256: bytes
    timestamp: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AuthorizeClient:
    """Base64 of `client_id:client_secret`; the secret stays with the signer."""

    key_id: str
    client_id: str


LegacyConversation: TypeAlias = Generator[SignLegacy | AuthorizeClient | Send, Reply, ResultT]
