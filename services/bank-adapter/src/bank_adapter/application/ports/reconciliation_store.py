"""Statements that were compared with the ledger, day by day and line by line."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Protocol

from bank_adapter.application.ports.ledger import PagePosition
from bank_adapter.domain.audit_record import AuditRecord
from bank_adapter.domain.kept_line import KeptLine, LineKind
from bank_adapter.domain.reconciliation import Reconciliation
from bank_adapter.domain.transfer import Transfer


@dataclass(frozen=True, slots=True, kw_only=True)
class LineFilter:
    """Which kept lines. Empty means any."""

    bank: str
    account_no: str
    day: date
    kinds: frozenset[LineKind] = frozenset()


class ReconciliationStore(Protocol):
    """Every method may raise UnavailableError."""

    async def accounts(self, bank: str, *, since: date, until: date) -> tuple[str, ...]:
        """Source accounts with payments or reconciliations of those days."""
        ...

    async def transfers(
        self, bank: str, account_no: str, *, first_day: date, last_day: date, after_id: str = ""
    ) -> tuple[Transfer, ...]:
        """Payments created on those days, oldest first, one page; an empty page is the end."""
        ...

    async def kept(
        self, bank: str, account_no: str, *, first_day: date, last_day: date
    ) -> tuple[KeptLine, ...]:
        """Every line kept of those days."""
        ...

    async def keep(self, lines: Sequence[KeptLine], records: Sequence[AuditRecord]) -> None:
        """Stores lines and what the audit is told of them, all or none.

        Raises OvertakenError when one is stored in another way already.
        """
        ...

    async def load(self, bank: str, account_no: str, day: date) -> Reconciliation | None: ...

    async def save(self, new: Reconciliation, records: Sequence[AuditRecord] = ()) -> bool:
        """Stores it if the stored version is `new.version - 1`; else changes nothing."""
        ...

    async def days(
        self, *, first_day: date, last_day: date, after: PagePosition | None, limit: int
    ) -> tuple[Reconciliation, ...]:
        """By day, bank and account; `after` is the day, and "bank:account" of the last one."""
        ...

    async def lines(
        self, wanted: LineFilter, *, after: PagePosition | None, limit: int
    ) -> tuple[KeptLine, ...]:
        """By the bank's time; `after` is the time of the last one and its id in hex."""
        ...
