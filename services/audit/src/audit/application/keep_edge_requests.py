"""Keep what the edge saw: so many a minute, the rest as a number."""

from collections.abc import Callable, Sequence

from servicekit.clock import Clock

from audit import limits
from audit.application.ports import EventLog
from audit.domain.edge_request import EdgeRequest, Quota, event_of, skipped_event
from audit.domain.event import Event


class KeepEdgeRequests:
    """The use case behind Envoy's access log. One for the process."""

    def __init__(self, log: EventLog, clock: Clock, new_id: Callable[[], str]) -> None:
        self._log = log
        self._clock = clock
        self._new_id = new_id
        self._quota = Quota(limits.EDGE_REQUESTS_PER_MINUTE)

    async def run(self, requests: Sequence[EdgeRequest]) -> int:
        """Store them; how many were kept. What raises is lost but for the edge's own log."""
        now_us = self._clock.now_us()
        events: list[Event] = []
        for request in requests:
            kept, skipped = self._quota.admit(now_us)
            if skipped:
                events.append(skipped_event(skipped, at_us=now_us, event_id=self._new_id()))
            if kept:
                events.append(event_of(request, event_id=self._new_id()))
        return await self._log.store(events) if events else 0
