"""What the audit is told about statements that were compared with the ledger."""

from __future__ import annotations

from bank_adapter.application.records import ACTOR
from bank_adapter.domain.audit_record import AuditRecord
from bank_adapter.domain.kept_line import KeptLine
from bank_adapter.domain.masking import mask_account
from bank_adapter.domain.reconciliation import Reconciliation


def unknown_debit(line: KeptLine, *, event_id: str) -> AuditRecord:
    """Money left the account and no payment of ours explains it."""
    return AuditRecord(
        event_id=event_id,
        kind="bank.statement.unknown_debit",
        at_us=line.found_us,
        actor=ACTOR,
        bank=line.bank,
        attributes={
            "accountNo": mask_account(line.account_no),
            "day": str(line.day),
            "amount": line.amount.value,
            "currency": line.amount.currency,
            "lineId": line.line_id.hex(),
            "resembles": line.transfer_id,
        },
    )


def reconciled(day: Reconciliation, *, event_id: str, actor: str, trace_id: str) -> AuditRecord:
    """A day was compared, or the bank gave no statement."""
    return AuditRecord(
        event_id=event_id,
        kind="bank.statement.reconciled",
        at_us=day.ended_us,
        actor=actor,
        trace_id=trace_id,
        bank=day.bank,
        attributes={
            "accountNo": mask_account(day.account_no),
            "day": str(day.day),
            "firstDay": str(day.first_day),
            "progress": day.progress.value,
            "complete": str(day.complete).lower(),
            "debits": str(day.tally.debit_count),
            "matched": str(day.tally.matched_count),
            "reconciled": str(day.tally.reconciled_count),
            "unmatched": str(day.tally.unmatched_count),
            "unclear": str(day.tally.unclear_count),
            "unknown": str(day.tally.unknown_count),
            "contradicted": str(day.tally.contradicted_count),
            "returned": str(day.tally.returned_count),
            "problem": day.problem,
        },
    )
