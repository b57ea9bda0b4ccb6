"""What banks that call us leave behind: the tokens we gave them, their notifications."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from bank_adapter.domain.audit_record import AuditRecord
from bank_adapter.domain.bank_notification import BankNotification, Handling
from bank_adapter.domain.transfer import Transfer


@dataclass(frozen=True, slots=True, kw_only=True)
class InboundToken:
    """A token we gave a bank: only its SHA-256 (hex) is kept."""

    token_sha256: str
    bank: str
    expires_us: int


class InboundStore(Protocol):
    """Every method may raise UnavailableError (ports/ledger.py)."""

    async def add_token(self, token: InboundToken, record: AuditRecord, *, now_us: int) -> None:
        """Stores it with its event; forgets tokens that expired a while ago."""
        ...

    async def find_token(self, token_sha256: str) -> InboundToken | None: ...

    async def add_notification(self, new: BankNotification, record: AuditRecord) -> None:
        """Stores it with its event. Raises AlreadyThereError for a replay."""
        ...

    async def has_signature(self, bank: str, signature_sha256: str) -> bool:
        """Whether a notification with this signature was stored."""
        ...

    async def waiting(self, *, limit: int) -> tuple[BankNotification, ...]:
        """Notifications nobody acted upon yet, oldest first."""
        ...

    async def close(self, notification_id: str, handling: Handling, *, at_us: int) -> None:
        """Says what became of a waiting notification."""
        ...

    async def find_transfer(
        self, bank_identity: str, bank_partner_reference_no: str
    ) -> Transfer | None: ...

    async def find_transfers_by_external_id(
        self, bank_identity: str, prefix: str, *, limit: int
    ) -> tuple[Transfer, ...]:
        """Transfers with a payment message whose X-EXTERNAL-ID begins so."""
        ...
