"""A request as the edge saw it, and how many of them are worth keeping.

The edge refuses before any service hears of a request; without these events
nobody could show later who knocked. They carry no body, no query and no
account number. Whoever knocks decides how often, and the log can never be
shortened, so only so many a minute are kept and the rest are counted.
"""

import re
from dataclasses import dataclass, field
from typing import Final

from audit import limits
from audit.domain.event import Event, Exchange

KIND: Final = "edge.request"
SKIPPED_KIND: Final = "edge.requests_skipped"
SERVICE: Final = "edge"
_MINUTE_US: Final = 60_000_000
# An account number is 10 to 16 digits; four may be shown (masking of the house).
_LONG_NUMBER: Final = re.compile(r"[0-9]{2,}(?=[0-9]{4})")
_CONTROL: Final = re.compile(r"[^\x20-\x7e]")


@dataclass(frozen=True, slots=True, kw_only=True)
class EdgeRequest:
    """What the edge tells about one request. `route` is empty where none matched."""

    at_us: int
    method: str
    route: str
    path: str
    status: int
    details: str
    source: str
    origin: str
    client_id: str
    operator: str
    trace_id: str
    duration_ms: int


def event_of(request: EdgeRequest, *, event_id: str) -> Event:
    """The event; every text is cut to what an event may hold."""
    attributes = {
        "source": request.source,
        "details": request.details,
        "durationMs": str(request.duration_ms),
        "operator": request.operator,
    }
    headers = {"origin": _clean(request.origin, limits.MAX_HEADER_BYTES)} if request.origin else {}
    return Event(
        event_id=event_id,
        occur_us=request.at_us,
        service=SERVICE,
        kind=KIND,
        actor=_clean(request.client_id or request.operator, limits.MAX_IDENTIFIER_BYTES),
        trace_id=_clean(request.trace_id, limits.MAX_IDENTIFIER_BYTES),
        client_id=_clean(request.client_id, limits.MAX_IDENTIFIER_BYTES),
        request=Exchange(
            method=_clean(request.method, limits.MAX_METHOD_BYTES),
            target=request.route or masked_path(request.path),
            headers=headers,
        ),
        response=Exchange(status=request.status),
        attributes={
            name: _clean(text, limits.MAX_HEADER_BYTES) for name, text in attributes.items() if text
        },
    )


def masked_path(path: str) -> str:
    """A path nobody routed: without its query, long numbers down to four digits."""
    bare = _clean(path.partition("?")[0], limits.MAX_PATH_BYTES)
    return _LONG_NUMBER.sub(lambda digits: "*" * len(digits[0]), bare)


def _clean(text: str, size: int) -> str:
    return _CONTROL.sub("?", text)[:size]


@dataclass(slots=True)
class Quota:
    """How many are kept in the minute that runs, and how many were not."""

    per_minute: int
    _minute: int = 0
    _kept: int = field(default=0)
    _skipped: int = field(default=0)

    def admit(self, now_us: int) -> tuple[bool, int]:
        """Whether to keep one more now, and how many the minute before went without."""
        minute = now_us // _MINUTE_US
        skipped_before = 0
        if minute != self._minute:
            skipped_before, self._skipped = self._skipped, 0
            self._minute, self._kept = minute, 0
        if self._kept >= self.per_minute:
            self._skipped += 1
            return False, skipped_before
        self._kept += 1
        return True, skipped_before


def skipped_event(count: int, *, at_us: int, event_id: str) -> Event:
    """Says that so many were not kept; the edge's own log has them."""
    return Event(
        event_id=event_id,
        occur_us=at_us,
        service=SERVICE,
        kind=SKIPPED_KIND,
        attributes={"count": str(count)},
    )
