"""Find events for somebody who may see all of them or only his own.

A client's view is narrowed here, once, for lists and single events alike:
what is not his is absent, as if it had never been recorded.
"""

from dataclasses import dataclass, replace

from audit import limits
from audit.application import page_token
from audit.application.ports import EventFilter, EventSearch, Position
from audit.domain.event import StoredEvent
from audit.domain.ulid import is_ulid


@dataclass(frozen=True, slots=True)
class Viewer:
    """Who looks. `client_id` None is an operator, who sees every client."""

    client_id: str | None


@dataclass(frozen=True, slots=True)
class Page:
    events: list[StoredEvent]
    next_token: str


@dataclass(frozen=True, slots=True)
class FindEvents:
    """The use case behind ListEvents and GetEvent."""

    search: EventSearch

    async def page(
        self, criteria: EventFilter, *, viewer: Viewer, page_size: int, token: str
    ) -> Page:
        """One page, oldest first. Raises InvalidPageTokenError."""
        if viewer.client_id is not None:
            if criteria.client_id not in {"", viewer.client_id}:
                return Page(events=[], next_token="")
            criteria = replace(criteria, client_id=viewer.client_id)
        after = page_token.decode(token, criteria) if token else None
        size = min(page_size or limits.DEFAULT_PAGE_SIZE, limits.MAX_PAGE_SIZE)
        events, more = await self._collect(criteria, after=after, size=size)
        if not more:
            return Page(events=events, next_token="")
        return Page(events=events, next_token=page_token.encode(place_of(events[-1]), criteria))

    async def _collect(
        self, criteria: EventFilter, *, after: Position | None, size: int
    ) -> tuple[list[StoredEvent], bool]:
        """Up to `size` events and whether more follow, read in bounded pieces."""
        events: list[StoredEvent] = []
        weight_bytes = 0
        while True:
            # One more than wanted, to know whether the page is the last.
            wanted = min(size - len(events), limits.PAGE_CHUNK_ROWS) + 1
            chunk = await self.search.find(criteria, after=after, limit=wanted)
            for stored in chunk:
                weight_bytes += stored.event.weight_bytes()
                if len(events) == size or (events and weight_bytes > limits.MAX_PAGE_BYTES):
                    return events, True
                events.append(stored)
            if len(chunk) < wanted:
                return events, False
            after = place_of(events[-1])

    async def get(self, event_id: str, *, viewer: Viewer) -> StoredEvent | None:
        if not is_ulid(event_id):
            return None
        criteria = EventFilter(event_id=event_id, client_id=viewer.client_id or "")
        found = await self.search.find(criteria, after=None, limit=1)
        return found[0] if found else None


def place_of(stored: StoredEvent) -> Position:
    """Where a page that ends with this event ends."""
    return Position(occur_us=stored.event.occur_us, sequence=stored.sequence)
