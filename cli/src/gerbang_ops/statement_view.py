"""Statements and what is left on either side of them, as a person reads it."""

from __future__ import annotations

from collections.abc import Sequence

from gerbang.bank_adapter.v1 import reconciliation_service_pb2 as pb
from gerbang.bank_adapter.v1.transfer_pb2 import Transfer
from rich.console import Console

from gerbang_ops.output import moment, print_table

_SIDES = (
    (pb.KeptLine.UNKNOWN, "Debits that no transfer explains"),
    (pb.KeptLine.UNCLEAR, "Debits that a transfer may explain"),
    (pb.KeptLine.RETURN, "Money that came back, or looks like it"),
    (pb.KeptLine.EXPECTED, "The bank's own debits"),
    (pb.KeptLine.DEBIT, "Debits of transfers"),
)


def print_days(out: Console, days: Sequence[pb.Reconciliation]) -> None:
    if not days:
        out.print("No day was reconciled.")
        return
    rows = [
        (
            day.day,
            day.bank,
            day.account_no,
            pb.Reconciliation.Progress.Name(day.progress) + ("" if day.complete else " (partial)"),
            str(day.debit_count),
            str(day.matched_count),
            str(day.unmatched_count),
            str(day.unclear_count),
            str(day.unknown_count),
            str(day.contradicted_count),
            day.problem,
        )
        for day in days
    ]
    headings = (
        "day",
        "bank",
        "account",
        "progress",
        "debits",
        "matched",
        "transfers without debit",
        "unclear",
        "unknown",
        "need a person",
        "problem",
    )
    print_table(out, headings, rows)


def print_account_day(
    out: Console, lines: Sequence[pb.KeptLine], unmatched: Sequence[Transfer]
) -> None:
    """What is wrong first, what is right last."""
    for kind, heading in _SIDES:
        shown = [line for line in lines if line.kind == kind]
        if not shown:
            continue
        bad = kind == pb.KeptLine.UNKNOWN
        out.print(f"{heading}: {len(shown)}", style="bold red" if bad else "bold")
        rows = [
            (
                moment(line.transaction_time),
                f"{line.amount.currency} {line.amount.value}",
                line.transfer_id or "-",
                line.basis,
                f"{line.remark} {line.transaction_id}",
            )
            for line in shown
        ]
        print_table(out, ("at", "amount", "transfer", "by", "the bank's text"), rows)
    if unmatched:
        out.print(f"Settled transfers without a debit: {len(unmatched)}", style="bold")
        rows = [
            (
                one.transfer_id,
                moment(one.create_time),
                f"{one.amount.currency} {one.amount.value}",
                one.partner_reference_no,
                one.remark,
            )
            for one in unmatched
        ]
        print_table(out, ("transfer", "created", "amount", "reference", "remark"), rows)
    if not lines and not unmatched:
        out.print("Nothing on either side.")
