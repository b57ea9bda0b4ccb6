"""What the use cases need from the world, as small as each needs it.

A store writes a change and the audit events about it in one transaction, and
returns after the commit.
"""

from collections.abc import Mapping, Sequence
from typing import Protocol

from servicekit.secret import Secret

from auth.domain.audit_event import AuditEvent
from auth.domain.client import Client
from auth.domain.operator import Operator
from auth.domain.signing_key import KeyPair, SigningKey


class ChangedElsewhereError(Exception):
    """The row is no longer at the version that the change was made from."""


class AlreadyExistsError(Exception):
    """The identifier is taken."""


class StoreUnavailableError(Exception):
    """The database cannot be used now. Nothing was written, or nobody knows (the text says)."""


class TooBusyError(Exception):
    """A bounded queue is full; the caller may come back."""


class ClientStore(Protocol):
    async def find(self, client_id: str, /) -> Client | None: ...
    async def every(self) -> tuple[Client, ...]: ...
    async def add(self, client: Client, event: AuditEvent, /) -> None:
        """Raises AlreadyExistsError."""

    async def replace(self, client: Client, event: AuditEvent, /) -> None:
        """Writes over version `client.version - 1`; raises ChangedElsewhereError."""


class OperatorStore(Protocol):
    async def find(self, name: str, /) -> Operator | None: ...
    async def every(self) -> tuple[Operator, ...]: ...
    async def add(self, operator: Operator, event: AuditEvent, /) -> None:
        """Raises AlreadyExistsError."""

    async def replace(self, operator: Operator, event: AuditEvent, /) -> None:
        """Writes over version `operator.version - 1`; raises ChangedElsewhereError."""


class SigningKeyStore(Protocol):
    async def every(self) -> tuple[SigningKey, ...]: ...
    async def add(
        self, key: SigningKey, *, revoke: Sequence[str], revoked_us: int, event: AuditEvent
    ) -> None:
        """Adds a key and revokes the named ones; raises AlreadyExistsError on its generation."""


class Journal(Protocol):
    async def record(self, event: AuditEvent) -> None:
        """Returns when the event is durable; the audit learns of it later."""


class SecretHasher(Protocol):
    async def hash(self, secret: Secret[str]) -> str: ...
    async def verify(self, encoded_hash: str | None, secret: Secret[str]) -> bool:
        """Whether they match. None costs the same time as a wrong secret and is False.

        Raises TooBusyError.
        """


class Sealer(Protocol):
    """Encryption at rest.

    The purpose is part of the seal: what was sealed for one row cannot be
    opened as another's.
    """

    def seal(self, clear: bytes, *, purpose: str) -> bytes: ...
    def open(self, sealed: bytes, *, purpose: str) -> bytes:
        """Raises ValueError when the key or the purpose is another."""


class TOTPCodes(Protocol):
    def new_secret(self) -> str:
        """A fresh secret in base32."""

    def matching_step(self, secret: str, code: str, *, now_us: int) -> int | None:
        """The time step that this code belongs to, within the window around now."""


class KeyPairs(Protocol):
    def generate(self) -> KeyPair: ...


class TokenSigner(Protocol):
    def sign(self, claims: Mapping[str, object], key: SigningKey) -> str:
        """A JWT, RS256, with the key's kid in its header."""
