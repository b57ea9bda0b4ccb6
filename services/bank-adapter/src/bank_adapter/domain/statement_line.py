"""One movement of an account, as a bank's statement shows it."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime

from bank_adapter.domain.bank_day import JAKARTA
from bank_adapter.domain.money import Money


@dataclass(frozen=True, slots=True, kw_only=True)
class StatementLine:
    """`at` is None when the bank's date cannot be read."""

    amount: Money
    debit: bool
    at: datetime | None
    remark: str = ""
    transaction_id: str = ""

    @property
    def day(self) -> date | None:
        """The Jakarta day."""
        return self.at.astimezone(JAKARTA).date() if self.at is not None else None


@dataclass(frozen=True, slots=True, kw_only=True)
class NumberedLine:
    """A line of a known day under an id that it has in every statement.

    SHA-256 of account, line and its number among the equal lines of the day:
    read again tomorrow, or in another order, it is the same line.
    """

    line_id: bytes
    line: StatementLine
    day: date
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountStatement:
    """The lines of whole days of one account, both included, each line once.

    `complete`: every line of every day was read and has a date.
    """

    bank_id: str
    account_no: str
    first_day: date
    last_day: date
    lines: tuple[NumberedLine, ...]
    complete: bool


def number_lines(
    bank_id: str, account_no: str, lines: Iterable[StatementLine]
) -> tuple[NumberedLine, ...]:
    """The lines whose date can be read, oldest first."""
    seen: Counter[tuple[str, ...]] = Counter()
    numbered: list[NumberedLine] = []
    for line in lines:
        if line.at is None or line.day is None:
            continue
        facts = (
            bank_id,
            account_no,
            line.at.astimezone(JAKARTA).isoformat(),
            line.amount.value,
            line.amount.currency,
            "DEBIT" if line.debit else "CREDIT",
            line.remark,
            line.transaction_id,
        )
        seen[facts] += 1
        line_id = hashlib.sha256("\x1f".join((*facts, str(seen[facts]))).encode()).digest()
        numbered.append(NumberedLine(line_id=line_id, line=line, day=line.day, at=line.at))
    return tuple(sorted(numbered, key=lambda one: (one.at, one.line_id)))
