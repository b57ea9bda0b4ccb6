"""Between the reconciliations' contract and the use cases. Nothing here decides."""

from __future__ import annotations

from datetime import date

from gerbang.bank_adapter.v1 import reconciliation_service_pb2 as pb

from bank_adapter.application.transfer_request import InvalidFieldError
from bank_adapter.domain.bank_day import as_day
from bank_adapter.domain.kept_line import KeptLine, LineKind
from bank_adapter.domain.reconciliation import Reconciliation
from bank_adapter.entrypoints import contract


def to_day(text: str, field: str) -> date | None:
    """None for an empty text. Raises InvalidFieldError."""
    if not text:
        return None
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise InvalidFieldError(field, "must be a day, 2026-11-21") from None


def required_day(text: str, field: str) -> date:
    """Raises InvalidFieldError."""
    day = to_day(text, field)
    if day is None:
        raise InvalidFieldError(field, "is required", missing=True)
    return day


def required(text: str, field: str) -> str:
    """Raises InvalidFieldError."""
    if not text:
        raise InvalidFieldError(field, "is required", missing=True)
    return text


def to_kinds(number: int) -> frozenset[LineKind]:
    """Empty means every kind. Raises InvalidFieldError."""
    if number == pb.KeptLine.KIND_UNSPECIFIED:
        return frozenset()
    if number not in pb.KeptLine.Kind.values():
        raise InvalidFieldError("kind", "is not a kind of line")
    name = pb.KeptLine.Kind.Name(pb.KeptLine.Kind.ValueType(number))
    return frozenset({LineKind(name)})


def to_reconciliation(one: Reconciliation) -> pb.Reconciliation:
    return pb.Reconciliation(
        bank=one.bank,
        account_no=one.account_no,
        day=as_day(one.day).isoformat(),
        first_day=as_day(one.first_day).isoformat(),
        progress=pb.Reconciliation.Progress.Value(one.progress.value),
        start_time=contract.to_timestamp(one.started_us),
        end_time=contract.to_timestamp(one.ended_us) if one.ended_us else None,
        complete=one.complete,
        debit_count=one.tally.debit_count,
        matched_count=one.tally.matched_count,
        reconciled_count=one.tally.reconciled_count,
        unmatched_count=one.tally.unmatched_count,
        unclear_count=one.tally.unclear_count,
        unknown_count=one.tally.unknown_count,
        contradicted_count=one.tally.contradicted_count,
        returned_count=one.tally.returned_count,
        problem=one.problem,
    )


def to_line(line: KeptLine) -> pb.KeptLine:
    return pb.KeptLine(
        kind=pb.KeptLine.Kind.Value(line.kind.value),
        amount=contract.to_money(line.amount),
        debit=line.debit,
        transaction_time=contract.to_timestamp(line.at_us),
        remark=line.remark,
        transaction_id=line.transaction_id,
        transfer_id=line.transfer_id,
        basis=line.basis,
        find_time=contract.to_timestamp(line.found_us),
        line_id=line.line_id.hex(),
    )
