"""An audit record as the contract's bytes, ready for the outbox."""

from __future__ import annotations

from gerbang.audit.v1.event_pb2 import Event, Message
from google.protobuf.timestamp_pb2 import Timestamp

from bank_adapter.domain.audit_record import AuditRecord, Half

_MICROSECONDS = 1_000_000


def to_payload(record: AuditRecord) -> bytes:
    """Serialised gerbang.audit.v1.Event."""
    seconds, micros = divmod(record.at_us, _MICROSECONDS)
    event = Event(
        event_id=record.event_id,
        occur_time=Timestamp(seconds=seconds, nanos=micros * 1000),
        service="bank-adapter",
        kind=record.kind,
        actor=record.actor,
        trace_id=record.trace_id,
        transfer_id=record.transfer_id,
        partner_reference_no=record.partner_reference_no,
        bank_partner_reference_no=record.bank_partner_reference_no,
        bank=record.bank,
        attempt_id=record.attempt_id,
        client_id=record.client_id,
        attributes=record.attributes,
    )
    if record.request is not None:
        event.request.CopyFrom(_message(record.request))
    if record.response is not None:
        event.response.CopyFrom(_message(record.response))
    return event.SerializeToString()


def _message(half: Half) -> Message:
    return Message(
        method=half.method,
        target=half.target,
        status=half.status,
        headers=half.headers,
        body=half.body,
        body_sha256=half.body_sha256,
    )
