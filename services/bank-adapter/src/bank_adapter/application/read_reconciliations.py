"""Shows people what came of comparing statements with the ledger."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

from servicekit.clock import Clock

from bank_adapter.application.bank import Banks, UnknownBankError
from bank_adapter.application.ports.ledger import PagePosition
from bank_adapter.application.ports.reconciliation_store import LineFilter, ReconciliationStore
from bank_adapter.application.transfer_request import InvalidFieldError
from bank_adapter.domain.bank_day import jakarta
from bank_adapter.domain.kept_line import KeptLine
from bank_adapter.domain.reconciliation import Reconciliation
from bank_adapter.domain.states import State
from bank_adapter.domain.transfer import Transfer

# The bank says, or said, that their money moved.
_PAID = frozenset({State.SETTLED})


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountDay:
    """One account's Jakarta day."""

    bank: str
    account_no: str
    day: date


class ReadReconciliations:
    """The reading verbs of ReconciliationService."""

    def __init__(self, *, store: ReconciliationStore, banks: Banks, clock: Clock) -> None:
        self._store = store
        self._banks = banks
        self._clock = clock

    async def days(
        self,
        *,
        first_day: date | None,
        last_day: date | None,
        after: PagePosition | None,
        limit: int,
    ) -> tuple[tuple[Reconciliation, ...], PagePosition | None]:
        """By day, bank and account; the last week unless told otherwise."""
        last = last_day or jakarta(self._clock.now_us()).date()
        first = first_day or last - timedelta(days=7)
        found = await self._store.days(first_day=first, last_day=last, after=after, limit=limit + 1)
        shown = found[:limit]
        if len(found) <= limit:
            return shown, None
        end = shown[-1]
        return shown, PagePosition(at_us=end.day, transfer_id=f"{end.bank}:{end.account_no}")

    async def lines(
        self, wanted: LineFilter, *, after: PagePosition | None, limit: int
    ) -> tuple[tuple[KeptLine, ...], PagePosition | None]:
        """Kept lines of one account and day, by the bank's time. Raises InvalidFieldError."""
        self._check(wanted.bank)
        found = await self._store.lines(wanted, after=after, limit=limit + 1)
        shown = found[:limit]
        if len(found) <= limit:
            return shown, None
        end = shown[-1]
        return shown, PagePosition(at_us=end.at_us, transfer_id=end.line_id.hex())

    async def unmatched(
        self, about: AccountDay, *, after_id: str
    ) -> tuple[tuple[Transfer, ...], str]:
        """Settled payments created on the day that no debit explains: one page.

        A page may be empty although more follow. Raises InvalidFieldError.
        """
        self._check(about.bank)
        page = await self._store.transfers(
            about.bank,
            about.account_no,
            first_day=about.day,
            last_day=about.day,
            after_id=after_id,
        )
        wanted = tuple(one for one in page if one.state in _PAID)
        return wanted, page[-1].transfer_id if page else ""

    def _check(self, bank_id: str) -> None:
        try:
            self._banks.find(bank_id)
        except UnknownBankError:
            raise InvalidFieldError("bank", "is not configured here") from None
