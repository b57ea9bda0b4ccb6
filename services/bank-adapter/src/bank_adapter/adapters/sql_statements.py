"""The ledger's writes, as constants: equal ones are merged into one statement.

Every update stands on a unique key and carries its guard, so that the writer
can count the rows of many at once.
"""

from __future__ import annotations

from typing import Any, Final

from msgspec.structs import asdict, fields
from servicekit.group_commit import Statement
from servicekit.guarded_update import GuardedUpdate
from servicekit.outbox import insert_event
from sqlalchemy import insert

from bank_adapter.adapters.audit_payload import to_payload
from bank_adapter.adapters.sql_tables import attempt, outbox, transfer, transfer_event
from bank_adapter.domain.attempt import Attempt, AttemptResult
from bank_adapter.domain.audit_record import AuditRecord
from bank_adapter.domain.transfer import Transfer, TransferEvent

# What a transfer never changes after it was received.
_FIXED: Final = (
    "transfer_id",
    "client_id",
    "partner_reference_no",
    "idempotency_key",
    "fingerprint",
    "twin",
    "bank",
    "bank_identity",
    "rail_reason",
    "created_us",
    "trace_id",
    "possible_duplicate_of",
    "beneficiary_name_check",
    "limit_names",
)
_CHANGING: Final = tuple(
    field.name for field in fields(Transfer) if field.name not in {*_FIXED, "order"}
)
_ENDING: Final = (
    "result",
    "verdict",
    "reason",
    "ended_us",
    "http_status",
    "response_code",
    "response_message",
    "reply_body",
)

INSERT_TRANSFER: Final = insert(transfer)
INSERT_ATTEMPT: Final = insert(attempt)
INSERT_EVENT: Final = insert(transfer_event)
INSERT_RECORD: Final = insert_event(outbox)

UPDATE_TRANSFER: Final = GuardedUpdate(transfer, keys=("transfer_id", "version"), values=_CHANGING)
# A late answer may still end an attempt that the recovery gave up.
END_ATTEMPT: Final = GuardedUpdate(
    attempt,
    keys=("attempt_id",),
    values=_ENDING,
    among={"result": (AttemptResult.OPEN.value, AttemptResult.LOST.value)},
)


def insert_transfer(new: Transfer) -> Statement:
    order = new.order
    row: dict[str, Any] = {name: getattr(new, name) for name in (*_FIXED, *_CHANGING)}
    row |= {
        "state": new.state.value,
        "bank_partner_reference_no": order.bank_partner_reference_no,
        "rail": order.rail.value,
        "amount_minor": order.amount.minor,
        "currency": order.amount.currency,
        "source_account_no": order.source_account_no,
        "beneficiary_account_no": order.beneficiary_account_no,
        "beneficiary_account_name": order.beneficiary_account_name,
        "beneficiary_bank_code": order.beneficiary_bank_code,
        "beneficiary_email": order.beneficiary_email,
        "remark": order.remark,
        "beneficiary_address": order.beneficiary_address,
        "beneficiary_residence": order.beneficiary_residence,
        "beneficiary_type": order.beneficiary_type,
        "purpose_code": order.purpose_code,
        "economic_activity": order.economic_activity,
        "transaction_purpose": order.transaction_purpose,
        "inquiry_session": order.inquiry_session,
    }
    return Statement(INSERT_TRANSFER, row)


def update_transfer(before: Transfer, after: Transfer) -> Statement:
    values = {f"v_{name}": getattr(after, name) for name in _CHANGING}
    values["v_state"] = after.state.value
    return Statement(
        UPDATE_TRANSFER,
        {"k_transfer_id": before.transfer_id, "k_version": before.version, **values},
    )


def insert_attempt(new: Attempt) -> Statement:
    message = new.message
    return Statement(
        INSERT_ATTEMPT,
        {
            "attempt_id": new.attempt_id,
            "transfer_id": new.transfer_id,
            "kind": new.kind.value,
            "bank_identity": new.bank_identity,
            "external_id": new.external_id,
            "external_day": new.external_day,
            "service_code": message.service_code,
            "method": message.method,
            "path": message.path,
            "body": message.body,
            "body_sha256": message.body_sha256,
            "transaction_date": message.transaction_date,
            "owner_id": new.owner_id,
            "about_attempt_id": new.about_attempt_id,
            "started_us": new.started_us,
            "deadline_us": new.deadline_us,
            **_ending(new),
        },
    )


def end_attempt(ended: Attempt) -> Statement:
    values = {f"v_{name}": value for name, value in _ending(ended).items()}
    return Statement(END_ATTEMPT, {"k_attempt_id": ended.attempt_id, **values})


def insert_transfer_event(line: TransferEvent) -> Statement:
    return Statement(INSERT_EVENT, asdict(line))


def insert_record(record: AuditRecord) -> Statement:
    return Statement(
        INSERT_RECORD,
        {
            "event_id": record.event_id,
            "payload": to_payload(record),
            "created_us": record.at_us,
        },
    )


def _ending(one: Attempt) -> dict[str, Any]:
    return {
        "result": one.result.value,
        "verdict": one.verdict.value if one.verdict is not None else "",
        "reason": one.reason,
        "ended_us": one.ended_us,
        "http_status": one.http_status,
        "response_code": one.response_code,
        "response_message": one.response_message,
        "reply_body": one.reply_body,
    }
