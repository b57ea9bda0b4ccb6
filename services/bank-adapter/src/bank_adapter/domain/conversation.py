"""The shape of a talk with a bank: steps out, replies in.

A driver writes a conversation as a generator. It yields what it needs done (a
signature, one HTTP message) and is sent what came of it; it does no I/O
itself. It only ever receives success: when the signer or the wire fails, the
runner ends the conversation and says so in the reading, because what such a
failure means for the money is the same for every bank.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Generator
from dataclasses import dataclass, field
from typing import TypeVar

ResultT = TypeVar("ResultT")


@dataclass(frozen=True, slots=True, kw_only=True)
class SignToken:
    """Ask for SNAP's token signature: SHA256withRSA over `client|timestamp`."""

    key_id: str
    client_key: str
    timestamp: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SignTransaction:
    """Ask for SNAP's symmetric transaction signature (HMAC-SHA512)."""

    key_id: str
    method: str
    path: str
    access_token: str
    body_sha256: bytes
    timestamp: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SignTransactionAsymmetric:
    """Ask for SNAP's asymmetric transaction signature (SHA256withRSA)."""

    key_id: str
    method: str
    path: str
    body_sha256: bytes
    timestamp: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SignLegacy:
    """Ask for the signature of BCA's API before SNAP (HMAC-SHA256, lower-case hex).

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
    """Ask for Basic credentials: base64 of `client_id:secret`.

    Answered with a Signature, which holds the secret as long as the message
    that carries it.
    """

    key_id: str
    client_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Send:
    """Send exactly these bytes, once. Header names are sent as written."""

    method: str
    path: str
    headers: tuple[tuple[str, str], ...]
    body: bytes


@dataclass(frozen=True, slots=True)
class Signature:
    """The signer's answer: the header's value."""

    value: str = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """A complete HTTP answer. Header names are lower-case."""

    status: int
    headers: dict[str, str]
    body: bytes


SignStep = SignToken | SignTransaction | SignTransactionAsymmetric | SignLegacy | AuthorizeClient
Step = SignStep | Send
Reply = Signature | Answer
Conversation = Generator[Step, Reply, ResultT]


def read_by(talk: Conversation[Answer], read: Callable[[Answer], ResultT]) -> Conversation[ResultT]:
    """The same talk, ended by what is read from its answer."""
    return read((yield from talk))


@dataclass(frozen=True, slots=True, kw_only=True)
class WireMessage:
    """The part of a message that is stored before anything is signed or sent.

    `service_code` is SNAP's two digits; `body` is minified and is hashed,
    signed and sent as these same bytes. `transaction_date` is the text inside
    the body that an inquiry must repeat, empty where the service has none.
    """

    service_code: str
    method: str
    path: str
    body: bytes
    transaction_date: str = ""

    @property
    def body_sha256(self) -> bytes:
        return hashlib.sha256(self.body).digest()
