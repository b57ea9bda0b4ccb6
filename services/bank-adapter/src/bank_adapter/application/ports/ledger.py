"""The ledger: transfers, attempts and events, durable."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from bank_adapter.domain.attempt import Attempt
from bank_adapter.domain.audit_record import AuditRecord
from bank_adapter.domain.bank_notification import BankNotification
from bank_adapter.domain.change import Change
from bank_adapter.domain.states import State
from bank_adapter.domain.transfer import Transfer, TransferEvent


class AlreadyThereError(Exception):
    """A unique id of a new row is taken: the request's key or one of ours."""


class LimitReachedError(Exception):
    """A limit of the day had no room left for the new transfer."""


class OvertakenError(Exception):
    """The stored version is another: somebody changed the transfer first."""


class UnavailableError(Exception):
    """The database cannot be asked now; nothing was written."""


class OutcomeUnknownError(UnavailableError):
    """The database did not say whether the change was committed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TransferFilter:
    """What a list asks for. Empty and zero mean "any". Bounds are exclusive."""

    client_id: str
    partner_reference_no: str = ""
    states: frozenset[State] = frozenset()
    bank: str = ""
    created_after_us: int = 0
    created_before_us: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class PagePosition:
    """Where the last page ended: the sort key and the id that breaks ties."""

    at_us: int
    transfer_id: str


class Ledger(Protocol):
    """Reads and guarded writes. Every method may raise UnavailableError."""

    async def apply(self, change: Change) -> None:
        """Writes a change in one transaction, durable when it returns.

        Raises AlreadyThereError, LimitReachedError, OvertakenError or
        OutcomeUnknownError.
        """
        ...

    async def record(self, records: Sequence[AuditRecord]) -> None:
        """Puts events into the outbox alone."""
        ...

    async def get(self, transfer_id: str) -> Transfer | None: ...

    async def find_by_key(self, client_id: str, idempotency_key: str) -> Transfer | None: ...

    async def find_by_reference(
        self, client_id: str, partner_reference_no: str
    ) -> Transfer | None: ...

    async def twins(self, client_id: str, twin: bytes, *, limit: int) -> tuple[Transfer, ...]:
        """The client's transfers with the same twin digest: an unresolved one, then the newest."""
        ...

    async def attempt(self, attempt_id: str) -> Attempt | None: ...

    async def attempts(self, transfer_id: str) -> tuple[Attempt, ...]:
        """Oldest first."""
        ...

    async def events(self, transfer_id: str) -> tuple[TransferEvent, ...]:
        """Oldest first."""
        ...

    async def notifications(self, transfer_id: str) -> tuple[BankNotification, ...]:
        """What the bank told us about it, oldest first."""
        ...

    async def list_newest(
        self, wanted: TransferFilter, *, after: PagePosition | None, limit: int
    ) -> tuple[Transfer, ...]:
        """By creation, newest first."""
        ...

    async def list_changed(
        self, wanted: TransferFilter, *, after: PagePosition, before_us: int, limit: int
    ) -> tuple[Transfer, ...]:
        """By last change, oldest first, changed before `before_us`."""
        ...

    async def due(self, state: State, *, now_us: int, limit: int) -> tuple[Transfer, ...]:
        """Transfers in a state whose next action is due, longest due first."""
        ...

    async def ownerless(self, *, now_us: int, limit: int) -> tuple[Transfer, ...]:
        """SENDING transfers past their deadline or whose owner's lease ended."""
        ...

    async def overdue_inquiries(self, *, now_us: int, limit: int) -> tuple[Attempt, ...]:
        """OPEN inquiries past their deadline."""
        ...
