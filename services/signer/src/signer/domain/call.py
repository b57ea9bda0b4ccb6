"""The calls that are signed, by meaning, and their strings to sign.

Callers name method, path, digest, token and time; only this file puts them
together. Each class checks itself when made, strictly enough that no two
different calls share a string: a token holds no colon (RFC 6750 b64token), a
client key no bar, and digest and timestamp have fixed shapes.
"""

import re
from dataclasses import dataclass, field

from signer.domain.refusal import invalid
from signer.domain.scheme import Scheme
from signer.domain.timestamp import instant_us
from signer.limits import (
    ACCESS_TOKEN_MAX_CHARS,
    CLIENT_KEY_MAX_CHARS,
    PATH_MAX_CHARS,
    SHA256_BYTES,
)

METHODS = frozenset({"GET", "POST", "PUT", "PATCH", "DELETE"})

_CLIENT_KEY = re.compile(r"[!-{}~]+", re.ASCII)  # printable, no blank, no bar
_CLIENT_ID = re.compile(r"[!-9;-~]+", re.ASCII)  # printable, no blank, no colon
_PATH = re.compile(r"/(?!/)[!-\"$-~]*", re.ASCII)  # printable, no blank, no fragment
_BEARER = re.compile(r"[A-Za-z0-9._~+/-]+=*", re.ASCII)


def _check_client_key(value: str) -> None:
    if not _CLIENT_KEY.fullmatch(value) or len(value) > CLIENT_KEY_MAX_CHARS:
        raise invalid(
            "client_key",
            f"must be 1 to {CLIENT_KEY_MAX_CHARS} printable ASCII characters without blank or bar",
        )


def _check_method(value: str) -> None:
    if value not in METHODS:
        raise invalid("method", f"must be one of {', '.join(sorted(METHODS))}, in upper case")


def _check_path(value: str) -> None:
    if not _PATH.fullmatch(value) or len(value) > PATH_MAX_CHARS:
        raise invalid(
            "path",
            f'must start with one "/" and be at most {PATH_MAX_CHARS} printable ASCII characters,'
            " percent-encoded, without a fragment",
        )


def _check_access_token(value: str) -> None:
    if not _BEARER.fullmatch(value) or len(value) > ACCESS_TOKEN_MAX_CHARS:
        raise invalid(
            "access_token", f"must be a bearer token of at most {ACCESS_TOKEN_MAX_CHARS} characters"
        )


def _check_digest(value: bytes) -> None:
    if len(value) != SHA256_BYTES:
        raise invalid("body_sha256", f"must be {SHA256_BYTES} bytes")


@dataclass(frozen=True, slots=True, kw_only=True)
class SNAPToken:
    """An access token request (services 73 and 74): `clientKey|timestamp`."""

    client_key: str
    timestamp: str

    def __post_init__(self) -> None:
        _check_client_key(self.client_key)
        instant_us(self.timestamp, field="timestamp")

    @property
    def scheme(self) -> Scheme:
        return Scheme.SNAP_TOKEN_ASYMMETRIC

    def string_to_sign(self) -> bytes:
        return f"{self.client_key}|{self.timestamp}".encode("ascii")


@dataclass(frozen=True, slots=True, kw_only=True)
class SNAPTransactionSymmetric:
    """A transaction, type 1: `METHOD:path:accessToken:digest:timestamp`."""

    method: str
    path: str
    access_token: str = field(repr=False)
    body_sha256: bytes
    timestamp: str

    def __post_init__(self) -> None:
        _check_method(self.method)
        _check_path(self.path)
        _check_access_token(self.access_token)
        _check_digest(self.body_sha256)
        instant_us(self.timestamp, field="timestamp")

    @property
    def scheme(self) -> Scheme:
        return Scheme.SNAP_TRANSACTION_SYMMETRIC

    def string_to_sign(self) -> bytes:
        return (
            f"{self.method}:{self.path}:{self.access_token}"
            f":{self.body_sha256.hex()}:{self.timestamp}"
        ).encode("ascii")


@dataclass(frozen=True, slots=True, kw_only=True)
class SNAPTransactionAsymmetric:
    """A transaction, type 2: `METHOD:path:digest:timestamp`. It carries no token."""

    method: str
    path: str
    body_sha256: bytes
    timestamp: str

    def __post_init__(self) -> None:
        _check_method(self.method)
        _check_path(self.path)
        _check_digest(self.body_sha256)
        instant_us(self.timestamp, field="timestamp")

    @property
    def scheme(self) -> Scheme:
        return Scheme.SNAP_TRANSACTION_ASYMMETRIC

    def string_to_sign(self) -> bytes:
        return (f"{self.method}:{self.path}:{self.body_sha256.hex()}:{self.timestamp}").encode(
            "ascii"
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class BCALegacy(SNAPTransactionSymmetric):
    """A call of BCA's API before SNAP.

    The string is that of a symmetric SNAP transaction; the digest is taken
    over a body without any whitespace, and the algorithm is HMAC-SHA256.
    """

    @property
    def scheme(self) -> Scheme:
        return Scheme.BCA_LEGACY_SYMMETRIC


@dataclass(frozen=True, slots=True, kw_only=True)
class BasicClientCredentials:
    """An OAuth client's Basic credentials (RFC 7617): `client_id:secret`.

    Not a signature: the answer holds the secret, because the bank wants it so.
    """

    client_id: str

    def __post_init__(self) -> None:
        if not _CLIENT_ID.fullmatch(self.client_id) or len(self.client_id) > CLIENT_KEY_MAX_CHARS:
            raise invalid(
                "client_id",
                f"must be 1 to {CLIENT_KEY_MAX_CHARS} printable ASCII characters"
                " without blank or colon",
            )

    @property
    def scheme(self) -> Scheme:
        return Scheme.BASIC_CLIENT_CREDENTIALS

    def string_to_sign(self) -> bytes:
        """What stands before the secret."""
        return f"{self.client_id}:".encode("ascii")


Call = SNAPToken | SNAPTransactionSymmetric | SNAPTransactionAsymmetric | BCALegacy
"""What others sign too, and we may be asked to verify."""

Signable = Call | BasicClientCredentials
