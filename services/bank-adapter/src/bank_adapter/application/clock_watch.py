"""Compares our clock with the bank's, because every signature carries a time.

A bank's answer shows its clock (`X-TIMESTAMP`, else `Date`). Beyond the
allowed skew nothing that moves money is sent until an answer to a token
request, which moves none, shows that the clocks agree again.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

from servicekit.clock import Clock
from servicekit.log import get_logger

from bank_adapter.domain.conversation import Answer

_MICROSECONDS = 1_000_000
log = get_logger()


@dataclass(frozen=True, slots=True)
class _Seen:
    skew_s: float
    at: float


class ClockWatch:
    """One observation a bank identity, the newest."""

    def __init__(self, *, clock: Clock, allowed_s: float, believed_s: float = 30.0) -> None:
        self._clock = clock
        self._allowed_s = allowed_s
        self._believed_s = believed_s
        self._seen: dict[str, _Seen] = {}

    def saw(self, bank_identity: str, answer: Answer | None) -> None:
        """Learns from an answer; one that shows no time teaches nothing."""
        theirs = _time_of(answer) if answer is not None else None
        if theirs is None:
            return
        skew_s = theirs.timestamp() - self._clock.now_us() / _MICROSECONDS
        self._seen[bank_identity] = _Seen(skew_s, self._clock.monotonic())
        if abs(skew_s) > self._allowed_s:
            log.error("clock differs from the bank's", bank=bank_identity, skew_s=round(skew_s))

    def skewed(self, bank_identity: str) -> bool:
        """Whether the newest answer showed too large a difference."""
        seen = self._seen.get(bank_identity)
        return seen is not None and abs(seen.skew_s) > self._allowed_s

    def stale(self, bank_identity: str) -> bool:
        """Whether it is time to look again."""
        seen = self._seen.get(bank_identity)
        return seen is None or self._clock.monotonic() - seen.at > self._believed_s


def _time_of(answer: Answer) -> datetime | None:
    for name, read in (("x-timestamp", datetime.fromisoformat), ("date", parsedate_to_datetime)):
        text = answer.headers.get(name, "")
        try:
            found = read(text) if text else None
        except ValueError:
            continue
        if found is not None:
            return found if found.tzinfo is not None else found.replace(tzinfo=UTC)
    return None
