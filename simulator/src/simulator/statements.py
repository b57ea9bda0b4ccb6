"""The movements of one account, made from the entries of the ledger and nothing else.

A debit is a line when it is booked, also while the payment is pending; money that comes back is a
line of its own. So every statement adds up to the balance.
"""

from dataclasses import dataclass

from simulator.bank import Bank
from simulator.clock import jakarta_time
from simulator.ledger import Entry, EntryStatus

_NAMES = {"17": "TRSF E-BANKING", "18": "TRSF ANTAR BANK", "22": "RTGS", "23": "LLG", "33": "VA"}
_MARKS = {"17": "FTSCY", "18": "FTFVA", "22": "ATRTG", "23": "ATLLG", "33": "FTVAC"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One movement; `change_minor` is negative for a debit."""

    at_us: int
    change_minor: int
    remark: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Statement:
    """The movements of a period, oldest first, between two balances."""

    starting_minor: int
    ending_minor: int
    lines: tuple[Line, ...]


def statement(bank: Bank, number: str, *, from_us: int, until_us: int) -> Statement:
    """The statement of an account for [from_us, until_us)."""
    account = bank.ledger.accounts[number]
    lines = sorted(
        (line for entry in bank.ledger.entries for line in _lines(bank, entry, number)),
        key=lambda line: line.at_us,
    )
    starting = account.opening_minor + sum(
        line.change_minor for line in lines if line.at_us < from_us
    )
    within = tuple(line for line in lines if from_us <= line.at_us < until_us)
    ending = starting + sum(line.change_minor for line in within)
    return Statement(starting_minor=starting, ending_minor=ending, lines=within)


def _lines(bank: Bank, entry: Entry, number: str) -> list[Line]:
    """What an entry means for one account: none, one or two lines."""
    returned = entry.status in {EntryStatus.REVERSED, EntryStatus.RETURNED}
    lines: list[Line] = []
    if entry.debit_account == number:
        remark = _remark(bank, entry, "DB", entry.credit_account)
        lines.append(Line(at_us=entry.booked_us, change_minor=-entry.amount_minor, remark=remark))
        if returned:
            lines.append(
                Line(
                    at_us=entry.closed_us,
                    change_minor=entry.amount_minor,
                    remark=f"KR OTOMATIS RETUR {remark}",
                )
            )
    elif entry.credit_account == number:
        remark = _remark(bank, entry, "CR", entry.debit_account)
        if entry.status is EntryStatus.BOOKED:
            at_us = entry.closed_us or entry.booked_us
            lines.append(Line(at_us=at_us, change_minor=entry.amount_minor, remark=remark))
        elif entry.status is EntryStatus.RETURNED:
            lines += (
                Line(at_us=entry.booked_us, change_minor=entry.amount_minor, remark=remark),
                Line(
                    at_us=entry.closed_us,
                    change_minor=-entry.amount_minor,
                    remark=f"DB OTOMATIS RETUR {remark}",
                ),
            )
    return lines


def _remark(bank: Bank, entry: Entry, side: str, other: str) -> str:
    """Name of the transaction, channel, the partner's remark and the other's name, as BCA joins."""
    account = bank.ledger.accounts.get(other)
    name = account.name if account is not None else other
    when = jakarta_time(entry.booked_us)
    service = entry.service
    return (
        f"{_NAMES.get(service, 'TRSF')} {side} {when:%m%d}/{_MARKS.get(service, 'FT')}/WS95051 "
        f"{entry.remark} {name}"
    )
