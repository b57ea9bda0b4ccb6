"""One account's reconciliation with its bank's statement, day by day.

A day is reconciled once it is over. Every run reads the last days as well:
what was unclear then may be clear now.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

from bank_adapter.domain.bank_day import jakarta, start_us

_MINUTE_US = 60_000_000
# What banks write beside money that comes back.
RETURN_WORDS = ("RETUR", "REVERSAL", "KOREKSI", "REFUND")


@dataclass(frozen=True, slots=True, kw_only=True)
class ReconciliationPolicy:
    """When and how a bank's statements are compared with the ledger.

    `at_minute` is the minute of the Jakarta day after which the day before is
    over at the bank. A run reads `days` days. A settled payment that is on no
    statement `missing_days` days after it settled contradicts the bank.
    `accounts` are compared also when no payment of theirs is known.
    `by_amount` lets amount and day alone join a line and a payment. Words are
    letters and digits: what banks write beside money that comes back, and
    beside debits of their own.
    """

    at_minute: int = 6 * 60
    days: int = 5
    missing_days: int = 3
    accounts: tuple[str, ...] = ()
    by_amount: bool = False
    return_words: tuple[str, ...] = RETURN_WORDS
    expected_words: tuple[str, ...] = ()
    retry_s: float = 900.0

    def due_day(self, at_us: int) -> date:
        """The newest day that is over at the bank."""
        return (jakarta(at_us) - timedelta(minutes=self.at_minute)).date() - timedelta(days=1)

    def over_us(self, day: date) -> int:
        """The instant at which a day is over at the bank."""
        return start_us(day + timedelta(days=1)) + self.at_minute * _MINUTE_US

    def first_day(self, day: date) -> date:
        """The first of the days that a run for `day` reads."""
        return day - timedelta(days=self.days - 1)


class Progress(StrEnum):
    """How far a day is; the names are part of the contract."""

    # Somebody works on it, or died doing so.
    RUNNING = "RUNNING"
    # The bank gave no statement; it is tried again.
    FAILED = "FAILED"
    DONE = "DONE"


@dataclass(frozen=True, slots=True, kw_only=True)
class Tally:
    """What one run counted over all the days it read.

    Debits, and those of them that payments explain; payments reconciled by this
    run; settled payments that no debit explains yet; debits that a payment may
    explain; debits that nobody knows; payments that a person must look at
    because of this run; credits that look like money coming back, new ones.
    """

    debit_count: int = 0
    matched_count: int = 0
    reconciled_count: int = 0
    unmatched_count: int = 0
    unclear_count: int = 0
    unknown_count: int = 0
    contradicted_count: int = 0
    returned_count: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Reconciliation:
    """What came of one account's day. `version` guards every change.

    `first_day` to `day` (yyyymmdd) were read; `tally` is of the last run;
    `complete` is whether the bank gave all its lines.
    """

    bank: str
    account_no: str
    day: int
    version: int
    progress: Progress
    first_day: int
    started_us: int
    # Until when the day is claimed, or when it is tried again; 0 when done.
    next_action_us: int = 0
    ended_us: int = 0
    complete: bool = False
    tally: Tally = Tally()
    problem: str = ""
