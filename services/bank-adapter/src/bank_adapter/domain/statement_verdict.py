"""What a statement proves beyond its pairs: money that came back, debits that are missing.

Both are narrow on purpose. A debit of the same amount that nobody explains may
be the missing one, and money of the same amount may come from anywhere. Pure.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from bank_adapter.domain.absence import proves_absence
from bank_adapter.domain.bank_day import jakarta
from bank_adapter.domain.reconciling import is_judged
from bank_adapter.domain.statement_line import NumberedLine, StatementLine
from bank_adapter.domain.statement_match import Basis, hint, squeezed
from bank_adapter.domain.states import State
from bank_adapter.domain.transfer import Transfer


def not_shown(
    transfer: Transfer,
    unexplained: Iterable[StatementLine],
    *,
    first_day: date,
    last_day: date,
    missing_days: int,
) -> bool:
    """Whether complete statements of those days show that the payment was never debited.

    `unexplained` are their debits that belong to no payment: one of the same
    amount may be the one that is looked for.
    """
    settled_on = jakarta(transfer.updated_us).date()
    since = jakarta(transfer.created_us)
    return (
        is_judged(transfer)
        and since.date() >= first_day
        and settled_on + timedelta(days=missing_days) <= last_day
        and proves_absence(unexplained, complete=True, amount=transfer.order.amount, since=since)
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Debited:
    """A payment and when the bank debited it."""

    transfer: Transfer
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Return:
    """A credit that looks like a payment coming back, and whose it may be."""

    line: NumberedLine
    basis: Basis
    transfers: tuple[Transfer, ...]


def find_returns(
    credits_: Sequence[NumberedLine],
    debited: Sequence[Debited],
    *,
    words: Collection[str],
) -> tuple[Return, ...]:
    """Credits that name a reference, or have a word for a return beside a remark or name.

    Of payments that came back already, each takes one credit and no more.
    """
    found: list[Return] = []
    taken: set[str] = set()
    for credit in credits_:
        alike = {
            one.transfer.transfer_id: (one.transfer, basis)
            for one in debited
            if one.transfer.transfer_id not in taken
            and one.transfer.order.amount == credit.line.amount
            and credit.day >= one.at.date()
            and (basis := hint(credit.line, one.transfer)) is not None
        }
        named = [one for one, basis in alike.values() if basis is Basis.REFERENCE]
        worded = any(word in squeezed(credit.line.remark) for word in words)
        if not alike or not (named or worded):
            continue
        wanted = named or [one for one, _ in alike.values()]
        back = [one for one in wanted if one.state is State.RETURNED]
        chosen = tuple(back[:1] or wanted)
        if back or named or len(chosen) == 1:
            taken.add(chosen[0].transfer_id)
        basis = Basis.REFERENCE if named else alike[chosen[0].transfer_id][1]
        found.append(Return(line=credit, basis=basis, transfers=chosen))
    return tuple(found)
