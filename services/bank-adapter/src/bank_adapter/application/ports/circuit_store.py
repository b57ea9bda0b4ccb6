"""Which banks are left alone for a while, shared by every process."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True, kw_only=True)
class Circuit:
    """A bank's circuit. Closed while `reason` is empty; `version` guards changes."""

    reason: str = ""
    open_until_us: int = 0
    version: int = 0


class CircuitStore(Protocol):
    """Raises UnavailableError when the database is away."""

    async def load(self, bank_identity: str) -> Circuit: ...

    async def save(self, bank_identity: str, circuit: Circuit) -> bool:
        """Stores the circuit if the stored version is `circuit.version - 1`."""
        ...
