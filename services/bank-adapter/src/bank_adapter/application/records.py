"""Makes the audit's records out of what the use cases know, masked."""

from __future__ import annotations

import hashlib

from bank_adapter.domain.attempt import Attempt
from bank_adapter.domain.audit_record import AuditRecord, Half
from bank_adapter.domain.change import Change
from bank_adapter.domain.conversation import Answer, Send
from bank_adapter.domain.masking import keep_headers, mask_body
from bank_adapter.domain.transfer import Transfer

ACTOR = "bank-adapter"


def request_half(sent: Send) -> Half:
    """A request to the bank, without token and signature."""
    return Half(
        method=sent.method,
        target=sent.path,
        headers=keep_headers(sent.headers),
        body=mask_body(sent.body),
        body_sha256=hashlib.sha256(sent.body).hexdigest(),
    )


def response_half(answer: Answer) -> Half:
    """The bank's answer."""
    return Half(
        status=answer.status,
        headers=keep_headers(tuple(answer.headers.items())),
        body=mask_body(answer.body),
        body_sha256=hashlib.sha256(answer.body).hexdigest(),
    )


def state_changed(
    change: Change,
    *,
    event_id: str,
    at_us: int,
    actor: str,
    request: Half | None = None,
    bank: str = "",
) -> AuditRecord:
    """The transfer moved. With the ERP's request when that moved it."""
    after = change.after
    attributes = _state(after)
    if after.state_reason:
        attributes["reason"] = after.state_reason
    if change.opened is not None:
        attributes |= {
            "serviceCode": change.opened.message.service_code,
            "externalId": change.opened.external_id,
            "bodySha256": change.opened.message.body_sha256.hex(),
        }
    return AuditRecord(
        event_id=event_id,
        kind="transfer.state_changed",
        at_us=at_us,
        actor=actor,
        trace_id=after.trace_id,
        client_id=after.client_id,
        transfer_id=after.transfer_id,
        partner_reference_no=after.partner_reference_no,
        bank_partner_reference_no=after.order.bank_partner_reference_no,
        bank=bank or after.bank,
        attempt_id=change.opened.attempt_id if change.opened is not None else "",
        request=request,
        attributes=attributes,
    )


def resolved_by_operator(
    change: Change, *, event_id: str, trace_id: str, seen_sequence: int
) -> AuditRecord:
    """A person's decision, with the person's own words."""
    after, decision = change.after, change.decision
    if change.before is None or decision is None:
        raise AssertionError("a resolution has a transfer before it and a decision")
    return AuditRecord(
        event_id=event_id,
        kind="transfer.resolved_by_operator",
        at_us=decision.at_us,
        actor=decision.operator,
        trace_id=trace_id,
        client_id=after.client_id,
        transfer_id=after.transfer_id,
        partner_reference_no=after.partner_reference_no,
        bank_partner_reference_no=after.order.bank_partner_reference_no,
        bank=after.bank,
        attributes={
            "resolution": decision.resolution.value,
            "reason": decision.reason,
            "waitedBecause": change.before.state_reason,
            "exposedCount": str(after.exposed_count),
            "seenSequence": str(seen_sequence),
            "sequence": str(decision.sequence),
        },
    )


def attempt_started(transfer: Transfer, attempt: Attempt, *, event_id: str) -> AuditRecord:
    """An inquiry is about to be asked; for payments `state_changed` says it."""
    return AuditRecord(
        event_id=event_id,
        kind="bank.attempt.started",
        at_us=attempt.started_us,
        actor=ACTOR,
        trace_id=transfer.trace_id,
        client_id=transfer.client_id,
        transfer_id=transfer.transfer_id,
        partner_reference_no=transfer.partner_reference_no,
        bank_partner_reference_no=transfer.order.bank_partner_reference_no,
        bank=transfer.bank,
        attempt_id=attempt.attempt_id,
        attributes={
            "attemptKind": attempt.kind.value,
            "serviceCode": attempt.message.service_code,
            "externalId": attempt.external_id,
            "bodySha256": attempt.message.body_sha256.hex(),
        },
    )


def attempt_finished(
    transfer: Transfer,
    attempt: Attempt,
    *,
    event_id: str,
    sent: Send | None = None,
    answer: Answer | None = None,
    after: Transfer | None = None,
) -> AuditRecord:
    """An attempt ended, with what crossed the wire as far as this process knows.

    `after` is the transfer when the same change moved it: this one event then
    tells its state too.
    """
    message = attempt.message
    unsent = Send(method=message.method, path=message.path, headers=(), body=message.body)
    attributes = {
        "attemptKind": attempt.kind.value,
        "serviceCode": message.service_code,
        "externalId": attempt.external_id,
        "result": attempt.result.value,
        "verdict": attempt.verdict.value if attempt.verdict is not None else "",
        "responseCode": attempt.response_code,
        "durationMs": str(max(attempt.ended_us - attempt.started_us, 0) // 1000),
    }
    if attempt.reason:
        attributes["reason"] = attempt.reason
    if after is not None:
        attributes |= _state(after)
    return AuditRecord(
        event_id=event_id,
        kind="bank.attempt.finished",
        at_us=attempt.ended_us,
        actor=ACTOR,
        trace_id=transfer.trace_id,
        client_id=transfer.client_id,
        transfer_id=transfer.transfer_id,
        partner_reference_no=transfer.partner_reference_no,
        bank_partner_reference_no=transfer.order.bank_partner_reference_no,
        bank=transfer.bank,
        attempt_id=attempt.attempt_id,
        request=request_half(sent or unsent),
        response=response_half(answer) if answer is not None else None,
        attributes=attributes,
    )


def _state(transfer: Transfer) -> dict[str, str]:
    """What the audit's charts take from an event that tells a state."""
    return {
        "state": transfer.public_state.value,
        "internalState": transfer.state.value,
        "amount": transfer.order.amount.value,
        "currency": transfer.order.amount.currency,
        "rail": transfer.order.rail.value,
        "sequence": str(transfer.event_count),
    }
