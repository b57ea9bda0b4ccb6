"""Between the contract's messages and the audit's own values.

Nothing is judged here beside what only the wire can get wrong: fields that
the audit sets itself, and times that are no instants.
"""

from typing import Final

from gerbang.audit.v1 import event_pb2
from google.protobuf.timestamp_pb2 import Timestamp
from servicekit.errors import invalid_field

from audit.domain.event import Event, Exchange, StoredEvent

_NANOS_PER_US: Final = 1_000
_US_PER_SECOND: Final = 1_000_000


def micros(timestamp: Timestamp) -> int:
    """Epoch microseconds; a finer time is cut off."""
    return timestamp.seconds * _US_PER_SECOND + timestamp.nanos // _NANOS_PER_US


def timestamp(instant_us: int) -> Timestamp:
    seconds, rest_us = divmod(instant_us, _US_PER_SECOND)
    return Timestamp(seconds=seconds, nanos=rest_us * _NANOS_PER_US)


def event_from_message(message: event_pb2.Event, *, field: str) -> Event:
    """The event a sender sent; `field` is its path in the request."""
    if message.chain_sequence or message.chain_hash or message.HasField("store_time"):
        raise invalid_field(f"{field}.chainSequence", "is set by the audit and not by a sender")
    return Event(
        event_id=message.event_id,
        occur_us=micros(message.occur_time),
        service=message.service,
        kind=message.kind,
        actor=message.actor,
        trace_id=message.trace_id,
        transfer_id=message.transfer_id,
        partner_reference_no=message.partner_reference_no,
        bank_partner_reference_no=message.bank_partner_reference_no,
        bank=message.bank,
        attempt_id=message.attempt_id,
        client_id=message.client_id,
        request=_exchange(message.request) if message.HasField("request") else None,
        response=_exchange(message.response) if message.HasField("response") else None,
        attributes=dict(message.attributes),
    )


def message_from_stored(stored: StoredEvent) -> event_pb2.Event:
    event = stored.event
    message = event_pb2.Event(
        event_id=event.event_id,
        occur_time=timestamp(event.occur_us),
        service=event.service,
        kind=event.kind,
        actor=event.actor,
        trace_id=event.trace_id,
        transfer_id=event.transfer_id,
        partner_reference_no=event.partner_reference_no,
        bank_partner_reference_no=event.bank_partner_reference_no,
        bank=event.bank,
        attempt_id=event.attempt_id,
        client_id=event.client_id,
        attributes=event.attributes,
        chain_sequence=stored.sequence,
        store_time=timestamp(stored.store_us),
        chain_hash=stored.chain_hash.hex(),
    )
    if event.request is not None:
        message.request.CopyFrom(_message(event.request))
    if event.response is not None:
        message.response.CopyFrom(_message(event.response))
    return message


def _exchange(message: event_pb2.Message) -> Exchange:
    return Exchange(
        method=message.method,
        target=message.target,
        status=message.status,
        headers=dict(message.headers),
        body=message.body,
        body_sha256=message.body_sha256,
    )


def _message(exchange: Exchange) -> event_pb2.Message:
    return event_pb2.Message(
        method=exchange.method,
        target=exchange.target,
        status=exchange.status,
        headers=exchange.headers,
        body=exchange.body,
        body_sha256=exchange.body_sha256,
    )
