"""A line of a bank's statement that is kept: as evidence, or because nobody knows it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from bank_adapter.domain.bank_day import as_number
from bank_adapter.domain.money import Money
from bank_adapter.domain.statement_line import NumberedLine


class LineKind(StrEnum):
    """What a kept line shows; the names are part of the contract."""

    # The debit of the payment it names.
    DEBIT = "DEBIT"
    # Money coming back to the payment it names.
    RETURN = "RETURN"
    # A debit that may yet be explained by the payment it resembles.
    UNCLEAR = "UNCLEAR"
    # A debit that no payment of ours explains.
    UNKNOWN = "UNKNOWN"
    # A debit that the installation expects beside payments: a fee, a tax.
    EXPECTED = "EXPECTED"


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptLine:
    """Appended; only what explains it is filled in later, once.

    `day` is the Jakarta day, yyyymmdd; `at_us` the bank's own time. With
    DEBIT and RETURN `transfer_id` is the payment, otherwise one that the line
    resembles, or nothing. `basis` is what joined them, see statement_match.
    """

    line_id: bytes
    bank: str
    account_no: str
    day: int
    at_us: int
    amount: Money
    debit: bool
    remark: str
    transaction_id: str
    kind: LineKind
    found_us: int
    transfer_id: str = ""
    basis: str = ""
    # What is stored about it so far; None for a line that is new.
    before: LineKind | None = None

    @property
    def explained(self) -> bool:
        return self.kind in {LineKind.DEBIT, LineKind.RETURN}


def keep(
    numbered: NumberedLine,
    kind: LineKind,
    *,
    bank: str,
    account_no: str,
    found_us: int,
    transfer_id: str = "",
    basis: str = "",
    before: LineKind | None = None,
) -> KeptLine:
    """The line as it is stored."""
    line, day = numbered.line, numbered.day
    return KeptLine(
        line_id=numbered.line_id,
        bank=bank,
        account_no=account_no,
        day=as_number(day),
        at_us=int(numbered.at.timestamp() * 1_000_000),
        amount=line.amount,
        debit=line.debit,
        remark=line.remark,
        transaction_id=line.transaction_id,
        kind=kind,
        found_us=found_us,
        transfer_id=transfer_id,
        basis=basis,
        before=before,
    )
