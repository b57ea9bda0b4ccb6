"""An audit event as a row of the outbox, written in the transaction it tells of."""

from collections.abc import Callable
from dataclasses import dataclass

from gerbang.audit.v1.event_pb2 import Event
from servicekit.clock import Clock
from servicekit.group_commit import Statement
from servicekit.outbox import insert_event

from auth.adapters.tables import OUTBOX
from auth.domain.audit_event import AuditEvent

SERVICE = "auth"

_INSERT = insert_event(OUTBOX)


@dataclass(frozen=True, slots=True, kw_only=True)
class OutboxEvents:
    """Gives events their id and instant."""

    clock: Clock
    new_id: Callable[[], str]

    def statement(self, event: AuditEvent) -> Statement:
        event_id = self.new_id()
        now_us = self.clock.now_us()
        message = to_message(event, event_id=event_id, occur_us=now_us)
        return Statement(
            _INSERT,
            {
                "event_id": event_id,
                "payload": message.SerializeToString(deterministic=True),
                "created_us": now_us,
            },
        )


def to_message(event: AuditEvent, *, event_id: str, occur_us: int) -> Event:
    """The event in the audit's contract."""
    message = Event(
        event_id=event_id,
        service=SERVICE,
        kind=event.kind.value,
        actor=event.actor,
        trace_id=event.trace_id,
        client_id=event.client_id,
        attributes=event.attributes,
    )
    message.occur_time.FromMicroseconds(occur_us)
    if event.target:
        # Neither bodies nor their digests: a digest of a body that holds a
        # password would let it be guessed.
        message.request.method = "POST"
        message.request.target = event.target
        message.response.status = event.status
    return message
