"""Holds on sending, shared by every process."""

from __future__ import annotations

from typing import Protocol

from bank_adapter.domain.audit_record import AuditRecord
from bank_adapter.domain.hold import Hold


class HoldStore(Protocol):
    """Raises UnavailableError when the database is away."""

    async def all(self) -> tuple[Hold, ...]:
        """Of every scope that ever had one, by scope."""
        ...

    async def save(self, new: Hold, record: AuditRecord) -> bool:
        """Stores it with its audit record if the stored version is `new.version - 1`."""
        ...
