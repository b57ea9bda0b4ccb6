"""The signer, as the use cases see it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from bank_adapter.domain.conversation import Signature, SignStep

__all__ = ["NotSigned", "SignStep", "Signer"]


@dataclass(frozen=True, slots=True, kw_only=True)
class NotSigned:
    """No signature. `refused` when the signer said no rather than nothing."""

    reason: str
    refused: bool


class Signer(Protocol):
    async def sign(self, step: SignStep, *, attempt_id: str) -> Signature | NotSigned:
        """Never raises for what the signer or the wire does."""
        ...
