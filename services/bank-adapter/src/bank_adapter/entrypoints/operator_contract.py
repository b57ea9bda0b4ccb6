"""Between the operators' contract and the use cases. Nothing here decides."""

from __future__ import annotations

from datetime import date, datetime

from gerbang.bank_adapter.v1 import operator_service_pb2 as pb
from google.protobuf.timestamp_pb2 import Timestamp

from bank_adapter.application.gather_evidence import Debit, Evidence, StatementEvidence
from bank_adapter.application.ports.ledger import PagePosition
from bank_adapter.application.transfer_request import InvalidFieldError
from bank_adapter.domain.attempt import Attempt
from bank_adapter.domain.bank_notification import BankNotification
from bank_adapter.domain.masking import mask_body
from bank_adapter.domain.operator_decision import OperatorDecision, Resolution
from bank_adapter.domain.transfer import Transfer
from bank_adapter.entrypoints import contract
from bank_adapter.limits import ATTEMPT_PAGE_DEFAULT, ATTEMPT_PAGE_MOST, REPLY_SHOWN_CHARACTERS

_ATTEMPT_PAGES = "attempts"
# What ends a wait for an operator; approval has verbs of its own.
_RESOLUTIONS = frozenset({pb.SETTLED, pb.REJECTED, pb.RESUMED})


def to_resolution(number: int) -> Resolution:
    """Raises InvalidFieldError."""
    if number == pb.RESOLUTION_UNSPECIFIED:
        raise InvalidFieldError("resolution", "is required", missing=True)
    if number not in _RESOLUTIONS:
        raise InvalidFieldError("resolution", "is not a resolution")
    return Resolution(pb.Resolution.Name(pb.Resolution.ValueType(number)))


def to_waiting(transfer: Transfer) -> pb.WaitingTransfer:
    return pb.WaitingTransfer(
        transfer=contract.to_message(transfer),
        client_id=transfer.client_id,
        wait_start_time=contract.to_timestamp(transfer.updated_us),
        send_by_time=contract.to_timestamp(transfer.send_by_us),
    )


def to_evidence(evidence: Evidence) -> pb.TransferEvidence:
    transfer = evidence.transfer
    return pb.TransferEvidence(
        transfer=contract.to_message(transfer, events=evidence.events),
        client_id=transfer.client_id,
        internal_state=transfer.state.value,
        exposed_count=transfer.exposed_count,
        send_by_time=contract.to_timestamp(transfer.send_by_us),
        attempts=[to_attempt(attempt, with_reply=True) for attempt in evidence.attempts],
        decisions=[_decision(decision) for decision in evidence.decisions],
        allowed_resolutions=[pb.Resolution.Value(one.value) for one in evidence.allowed],
        notifications=[_notification(one) for one in evidence.notifications],
        statement=_statement(evidence.statement) if evidence.statement is not None else None,
    )


def to_attempt(attempt: Attempt, *, with_reply: bool = False) -> pb.AttemptEvidence:
    reply = mask_body(attempt.reply_body)[:REPLY_SHOWN_CHARACTERS] if with_reply else ""
    return pb.AttemptEvidence(
        attempt=contract.to_attempt(attempt),
        transfer_id=attempt.transfer_id,
        reason=attempt.reason,
        response_message=attempt.response_message,
        about_attempt_id=attempt.about_attempt_id,
        body_sha256=attempt.message.body_sha256.hex(),
        reply=reply,
    )


def _decision(decision: OperatorDecision) -> pb.OperatorDecision:
    return pb.OperatorDecision(
        sequence=decision.sequence,
        decide_time=contract.to_timestamp(decision.at_us),
        operator=decision.operator,
        resolution=pb.Resolution.Value(decision.resolution.value),
        reason=decision.reason,
    )


def _notification(notification: BankNotification) -> pb.BankNotification:
    return pb.BankNotification(
        receive_time=contract.to_timestamp(notification.received_us),
        service_code=notification.service_code,
        rejected=notification.rejected,
        reject_reason=notification.reject_reason,
        mismatch=notification.mismatch,
        handling=notification.handling.value,
        body=mask_body(notification.body)[:REPLY_SHOWN_CHARACTERS],
    )


def _statement(statement: StatementEvidence) -> pb.StatementEvidence:
    return pb.StatementEvidence(
        first_day=_day(statement.first_day),
        last_day=_day(statement.last_day),
        complete=statement.complete,
        debits=[_debit(debit) for debit in statement.debits],
        problem=statement.problem,
    )


def _debit(debit: Debit) -> pb.StatementDebit:
    line = debit.line
    return pb.StatementDebit(
        amount=contract.to_money(line.amount),
        transaction_time=_instant(line.at) if line.at is not None else None,
        remark=line.remark,
        transaction_id=line.transaction_id,
        names_transfer=debit.names_transfer,
        same_remark=debit.same_remark,
    )


def _day(day: date) -> str:
    return day.isoformat()


def _instant(at: datetime) -> Timestamp:
    instant = Timestamp()
    instant.FromDatetime(at)
    return instant


def attempt_page_size(wanted: int) -> int:
    """Raises InvalidFieldError. 0 is the default, more than the most is the most."""
    if wanted < 0:
        raise InvalidFieldError("pageSize", "must not be negative")
    return min(wanted or ATTEMPT_PAGE_DEFAULT, ATTEMPT_PAGE_MOST)


def to_attempt_token(attempt_id: str) -> str:
    """Empty on the last page."""
    if not attempt_id:
        return ""
    return contract.to_page_token(PagePosition(at_us=0, transfer_id=attempt_id), _ATTEMPT_PAGES)


def from_attempt_token(token: str) -> str:
    """Where the last page ended, or nothing. Raises InvalidPageTokenError."""
    position = contract.from_page_token(token, _ATTEMPT_PAGES)
    return position.transfer_id if position is not None else ""
