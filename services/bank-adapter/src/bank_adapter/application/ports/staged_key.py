"""A staged version of a signing key, as its probe sees it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Protocol

from bank_adapter.domain.conversation import Signature, SignStep


@dataclass(frozen=True, slots=True, kw_only=True)
class StagedKey:
    """Which version is tried, and who asked for it."""

    key_id: str
    version: int
    operator: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SignedStep:
    """What a staged version signed, and for which attempt."""

    step: SignStep
    attempt_id: str
    signature: Signature = field(repr=False)


class SignerSaidNoError(Exception):
    """The signer refused, or could not be asked. `reason` is of the closed list."""

    def __init__(self, reason: str, message: str, *, refused: bool) -> None:
        super().__init__(message)
        self.reason = reason
        self.message = message
        self.refused = refused


class StagedKeys(Protocol):
    async def sign(self, key: StagedKey, step: SignStep, *, attempt_id: str) -> Signature:
        """Raises SignerSaidNoError."""
        ...

    async def report(
        self, key: StagedKey, signed: SignedStep, *, accepted: bool, response_code: str
    ) -> None:
        """Tells the signer what the bank answered. Raises SignerSaidNoError."""
        ...
