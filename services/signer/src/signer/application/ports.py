"""What the verbs need from outside, as protocols and plain values."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from servicekit.secret import Secret

from signer.domain.journal import Entry, Head, Record
from signer.domain.key_profile import KeyProfile, Material
from signer.domain.key_version import KeyVersion
from signer.domain.scheme import Algorithm


class Custody(StrEnum):
    """Where private material lives."""

    SOFTWARE = "software"
    """Encrypted in our own table."""
    PKCS11 = "pkcs11"
    """In a token; our table holds a sealed reference."""


class KeyHandle(Protocol):
    """A key that can be used and not read."""

    @property
    def slow(self) -> bool:
        """Whether `sign` is too slow for the event loop."""
        ...

    def sign(self, algorithm: Algorithm, message: bytes) -> bytes: ...

    def verify(self, algorithm: Algorithm, message: bytes, signature: bytes) -> bool:
        """Compares in constant time where a secret is involved."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyMaterial:
    """Key material on its way into custody."""

    kind: Material
    secret: Secret[bytes]
    """RSA private: PKCS#8 DER. HMAC: the secret's bytes. RSA public: empty."""
    public_key: bytes
    """SubjectPublicKeyInfo in DER; empty for a secret."""
    fingerprint: str
    """What is shown and stored."""
    digest: str
    """RSA: SHA-256 of SubjectPublicKeyInfo; HMAC: SHA-256 of the secret. Never stored."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredVersion:
    """A version with what custody keeps for it (empty once destroyed)."""

    version: KeyVersion
    custody: Custody
    kept: Secret[bytes]


@dataclass(frozen=True, slots=True, kw_only=True)
class StoreContent:
    """Everything in the key store, decrypted and checked, at one revision."""

    revision: int
    profiles: Mapping[str, KeyProfile]
    versions: tuple[StoredVersion, ...]

    def versions_of(self, key_id: str) -> tuple[StoredVersion, ...]:
        """Oldest first."""
        return tuple(stored for stored in self.versions if stored.version.key_id == key_id)


@dataclass(frozen=True, slots=True, kw_only=True)
class StoreChange:
    """Rows to write, and the journal's records of it, in one transaction."""

    base_revision: int
    """The revision the change was made from; another one refuses the write."""
    records: tuple[Record, ...]
    profiles: tuple[KeyProfile, ...] = ()
    versions: tuple[StoredVersion, ...] = ()


class KeyStoreChanged(Exception):  # noqa: N818 - a condition to try again on
    """Someone else wrote to the key store since it was read."""


class KeyStore(Protocol):
    """Blocking; called from threads and from the command line."""

    def revision(self) -> int: ...

    def load(self) -> StoreContent: ...

    def write(self, change: StoreChange) -> None:
        """Raises KeyStoreChanged."""
        ...


class CustodyError(Exception):
    """A token is missing, closed or lacks a key. The text says which."""


class KeyCustody(Protocol):
    """Blocking; where material is kept and handles come from."""

    @property
    def kind(self) -> Custody: ...

    def generate_rsa(self, *, label: str, bits: int) -> "Kept": ...

    def generate_hmac(self, *, label: str, size_bytes: int) -> "Kept": ...

    def keep(self, material: KeyMaterial, *, label: str) -> "Kept": ...

    def open(self, stored: StoredVersion, kind: Material) -> KeyHandle: ...

    def forget(self, stored: StoredVersion) -> None:
        """Removes the material for good. Doing it twice is no error."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """What custody gives back for material it took or made."""

    kept: Secret[bytes]
    public_key: bytes
    fingerprint: str
    digest: str


class Journal(Protocol):
    async def append(self, records: Sequence[Record]) -> None:
        """Returns when the records are on disk.

        Raises:
            Refusal: UNAVAILABLE, when that is not known to be so. The caller
                must then answer nothing.
        """
        ...


class ReplayGuard(Protocol):
    async def take(self, key_id: str, signature: bytes, *, fresh_until_us: int) -> bool:
        """False when this key's signature was taken before.

        Raises:
            Refusal: UNAVAILABLE, when that cannot be known now.
        """
        ...


class JournalReader(Protocol):
    """Blocking."""

    def page(self, *, after: int, limit: int) -> tuple[Head, list[Entry]]:
        """The head, and entries in order from the one behind `after`."""
        ...
