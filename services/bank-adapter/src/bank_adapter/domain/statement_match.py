"""Which debit of a statement belongs to which payment.

Only what a line itself shows joins it to a payment: our reference, our remark,
the beneficiary; the amount alone only where a bank's lines show nothing and
the installation says so. Equal lines and equal payments are joined as sets.
What is not certain is left over, never guessed. Pure.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from typing import Final

from bank_adapter.domain.absence import could_be_ours
from bank_adapter.domain.bank_day import jakarta
from bank_adapter.domain.money import Money
from bank_adapter.domain.spending_limit import UNCOUNTED
from bank_adapter.domain.statement_line import NumberedLine, StatementLine
from bank_adapter.domain.states import State
from bank_adapter.domain.transfer import Transfer

# The bank said that the money moved: a debit must be on the statement.
EXPECTED: Final = frozenset({State.SETTLED, State.RECONCILED, State.RETURNED})
# It waits to be sent, so the ledger says.
NOT_SENT: Final = frozenset({State.PREPARED, State.AWAITING_APPROVAL})
# Shorter words of ours stand in other people's lines by chance.
_TELLING_CHARACTERS: Final = 4
_REFERENCE_CHARACTERS: Final = 8


class Basis(StrEnum):
    """What joins a line to a payment, the strongest first."""

    REFERENCE = "REFERENCE"
    REMARK = "REMARK"
    BENEFICIARY = "BENEFICIARY"
    AMOUNT = "AMOUNT"


@dataclass(frozen=True, slots=True, kw_only=True)
class Pair:
    """A debit and the payment that made it."""

    line: NumberedLine
    transfer: Transfer
    basis: Basis


@dataclass(frozen=True, slots=True, kw_only=True)
class Leftover:
    """A debit that no payment explains.

    `resembles` are the payments it may belong to all the same: those that no
    other debit explains, else those that have one already (a second debit).
    """

    line: NumberedLine
    resembles: tuple[Transfer, ...]
    # It may be explained by one of them: nothing is said yet.
    open: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Matching:
    """Every debit is in one of the two."""

    pairs: tuple[Pair, ...]
    leftovers: tuple[Leftover, ...]


def names(line: StatementLine, transfer: Transfer) -> bool:
    """Whether the line holds a reference that no other payment has."""
    references = (
        transfer.order.bank_partner_reference_no,
        transfer.bank_reference_no,
        transfer.network_reference_no,
    )
    return any(
        len(name) >= _REFERENCE_CHARACTERS and (name in line.remark or name == line.transaction_id)
        for name in references
    )


def squeezed(text: str) -> str:
    """Letters and digits only: banks cut, split and join the words they are given."""
    return "".join(char for char in text.upper() if char.isalnum())


def hint(line: StatementLine, transfer: Transfer) -> Basis | None:
    """What in the line's text speaks for the payment; its amount and day are not looked at."""
    if names(line, transfer):
        return Basis.REFERENCE
    written = squeezed(line.remark)
    if _tells(transfer.order.remark, written):
        return Basis.REMARK
    order = transfer.order
    if _tells(order.beneficiary_account_no, written) or _tells(
        order.beneficiary_account_name, written
    ):
        return Basis.BENEFICIARY
    return None


def _tells(ours: str, written: str) -> bool:
    word = squeezed(ours)
    return len(word) >= _TELLING_CHARACTERS and word in written


def match_debits(
    debits: Sequence[NumberedLine],
    transfers: Iterable[Transfer],
    *,
    slack_days: int,
    by_amount: bool = False,
    explained: Collection[str] = frozenset(),
    forgetful: bool = False,
) -> Matching:
    """Joins debits and payments of one account.

    A debit may be dated up to `slack_days` after the payment's last change.
    References join whatever state the payment is in; everything else only
    payments of which the bank said that the money moved. `explained` are the
    ids of payments that have their debit from before. A `forgetful` ledger was
    restored from a copy: a payment that waits to be sent may be one that it
    forgot and was given again, so its debit may be older than itself.
    """
    known = tuple(transfers)
    pairs: list[Pair] = []
    bases = [Basis.REFERENCE, Basis.REMARK, Basis.BENEFICIARY]
    if by_amount:
        bases.append(Basis.AMOUNT)
    for basis in bases:
        taken_lines = {pair.line.line_id for pair in pairs}
        taken = {*explained, *(pair.transfer.transfer_id for pair in pairs)}
        pairs += _join(
            [line for line in debits if line.line_id not in taken_lines],
            [
                one
                for one in known
                if one.transfer_id not in taken
                and (basis is Basis.REFERENCE or one.state in EXPECTED)
            ],
            basis,
            slack_days=slack_days,
        )
    taken = {*explained, *(pair.transfer.transfer_id for pair in pairs)}
    taken_lines = {pair.line.line_id for pair in pairs}
    rest = [line for line in debits if line.line_id not in taken_lines]
    return Matching(
        pairs=tuple(pairs),
        leftovers=_leftovers(rest, known, taken, slack_days=slack_days, forgetful=forgetful),
    )


def dated_alike(line: NumberedLine, transfer: Transfer, *, slack_days: int) -> bool:
    """Whether amount, direction and day of the line can be the payment's debit."""
    last_day = jakarta(transfer.updated_us).date() + timedelta(days=slack_days)
    since = jakarta(transfer.created_us)
    return line.day <= last_day and could_be_ours(
        line.line, amount=transfer.order.amount, since=since
    )


def _join(
    lines: Sequence[NumberedLine],
    transfers: Sequence[Transfer],
    basis: Basis,
    *,
    slack_days: int,
) -> list[Pair]:
    """Pairs on one basis; a group with fewer debits than payments stays apart."""
    by_amount: dict[Money, list[NumberedLine]] = defaultdict(list)
    for line in lines:
        by_amount[line.line.amount].append(line)
    choices: dict[str, list[NumberedLine]] = {}
    for transfer in transfers:
        fitting = [
            line
            for line in by_amount.get(transfer.order.amount, ())
            if dated_alike(line, transfer, slack_days=slack_days)
            and _holds(line.line, transfer, basis)
        ]
        if fitting:
            choices[transfer.transfer_id] = fitting
    wanted = {one.transfer_id: one for one in transfers}
    pairs: list[Pair] = []
    for group in _groups(choices):
        pairs += _pair_group([wanted[one] for one in group], choices, basis)
    return pairs


def _holds(line: StatementLine, transfer: Transfer, basis: Basis) -> bool:
    if basis is Basis.AMOUNT:
        return True
    if basis is Basis.REFERENCE:
        return names(line, transfer)
    return hint(line, transfer) is basis


def _groups(choices: dict[str, list[NumberedLine]]) -> list[list[str]]:
    """Payments that compete for the same debits, directly or through others."""
    users: dict[bytes, list[str]] = defaultdict(list)
    for transfer_id, lines in choices.items():
        for line in lines:
            users[line.line_id].append(transfer_id)
    groups: list[list[str]] = []
    unseen = dict.fromkeys(choices)
    while unseen:
        first = next(iter(unseen))
        del unseen[first]
        group, reached = [], [first]
        while reached:
            one = reached.pop()
            group.append(one)
            for line in choices[one]:
                for other in users.pop(line.line_id, ()):
                    if other in unseen:
                        del unseen[other]
                        reached.append(other)
        groups.append(group)
    return groups


def _pair_group(
    group: Sequence[Transfer], choices: dict[str, list[NumberedLine]], basis: Basis
) -> list[Pair]:
    """One debit for each payment, or none for any: which one lacks its debit is not known."""
    free = {line.line_id for one in group for line in choices[one.transfer_id]}
    if len(free) < len(group):
        return []
    # The longest remark chooses first: "INV 11" is not to lose its line to "INV 1".
    ordered = sorted(group, key=lambda one: (-len(one.order.remark), one.created_us))
    pairs: list[Pair] = []
    for transfer in ordered:
        line = next((one for one in choices[transfer.transfer_id] if one.line_id in free), None)
        if line is not None:
            free.discard(line.line_id)
            pairs.append(Pair(line=line, transfer=transfer, basis=basis))
    return pairs


def _leftovers(
    rest: Sequence[NumberedLine],
    transfers: Sequence[Transfer],
    explained: Collection[str],
    *,
    slack_days: int,
    forgetful: bool,
) -> tuple[Leftover, ...]:
    by_amount: dict[Money, list[Transfer]] = defaultdict(list)
    for transfer in transfers:
        by_amount[transfer.order.amount].append(transfer)
    left: list[Leftover] = []
    for line in rest:
        alike = [
            one
            for one in by_amount.get(line.line.amount, ())
            if (
                dated_alike(line, one, slack_days=slack_days)
                or (forgetful and one.state in NOT_SENT)
            )
            and hint(line.line, one) is not None
        ]
        waiting = tuple(
            one for one in alike if one.transfer_id not in explained and one.state not in UNCOUNTED
        )
        left.append(Leftover(line=line, resembles=waiting or tuple(alike), open=bool(waiting)))
    return tuple(left)
