"""The bench as a proof: what clients were told, held against the bank's ledger.

Speed that pays twice is no speed. Every broken rule is a line of text; an
empty list is the only good result.
"""

from __future__ import annotations

from collections.abc import Sequence

from installation import Installation
from load_transfers import FIRST_AMOUNT
from transfer_steps import StepResult

SHOWN = 10
MINOR_UNITS = 100


def broken_rules(installation: Installation, steps: Sequence[StepResult]) -> list[str]:
    """Every payment told SETTLED is one standing debit of its amount, and no more were made.

    A payment without such an answer (an error, or PENDING) may have been
    debited once, never twice.
    """
    real = [step for step in steps if step.what == "gateway"]
    booked = installation.bank.references()
    broken = [wrong for step in real for wrong in step.load.wrong]
    told: set[str] = set()
    for step in real:
        for number, reference in step.load.settled.items():
            told.add(reference)
            found = booked.get(reference)
            if found is None:
                broken.append(f"{reference} was told SETTLED and is not in the bank's ledger")
            elif (found["debits"], found["standing"]) != (1, 1):
                broken.append(f"{reference} was told SETTLED: {found}")
            elif found["amountMinor"] != (FIRST_AMOUNT + int(number)) * MINOR_UNITS:
                broken.append(f"{reference} has another amount: {found}")
    broken += [
        f"{name}: {one['debits']} debits" for name, one in booked.items() if one["debits"] > 1
    ]
    untold = len(booked.keys() - told)
    unsettled = sum(step.load.asked - len(step.load.settled) for step in real)
    if untold > unsettled:
        broken.append(f"the bank has {untold} payments that no client asked for and was not told")
    if len(told) != sum(len(step.load.settled) for step in real):
        broken.append("two payments were told the same bank reference")
    broken += [
        f"{step.connections} connections: events were not shipped in time"
        for step in real
        if not step.shipped
    ]
    if not installation.bank.books_balance():
        broken.append("the bank's books do not balance")
    if len(broken) > SHOWN:
        broken[SHOWN:] = [f"and {len(broken) - SHOWN} more"]
    return broken
