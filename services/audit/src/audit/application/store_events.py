"""Take a sender's batch into the log, whole or not at all.

Acknowledged means committed. Sending a batch again stores nothing twice.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from audit import limits
from audit.application.ports import EventLog
from audit.domain.event import Event
from audit.domain.event_rules import problems_of


class UnfitBatchError(Exception):
    """A batch that can never be stored; `field` is its path in the request."""

    def __init__(self, field: str, message: str) -> None:
        super().__init__(f"{field} {message}")
        self.field = field
        self.message = message


@dataclass(frozen=True, slots=True)
class StoreEvents:
    """The use case behind IngestEvents."""

    log: EventLog

    async def run(self, events: Sequence[Event], *, sender: str) -> int:
        """Store `events` sent by the service `sender`; how many were new.

        Raises UnfitBatchError for the first event that breaks a rule.
        """
        if len(events) > limits.MAX_EVENTS_PER_BATCH:
            raise UnfitBatchError(
                "events", f"must hold at most {limits.MAX_EVENTS_PER_BATCH} events"
            )
        for index, event in enumerate(events):
            for field, message in problems_of(event):
                raise UnfitBatchError(f"events[{index}].{field}", message)
            if event.service != sender:
                # One service cannot write history in another's name.
                raise UnfitBatchError(f"events[{index}].service", "must name the sender itself")
        if not events:
            return 0
        return await self.log.store(events)
