"""The bank's clock: the machine's, moved by an offset that a test may set, read in Jakarta time.

Jakarta has one offset from UTC all year, so its calendar day is plain arithmetic.
"""

import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta, timezone
from functools import lru_cache

JAKARTA = timezone(timedelta(hours=7))
SECOND_US = 1_000_000
DAY_US = 24 * 3600 * SECOND_US
_JAKARTA_US = 7 * 3600 * SECOND_US


def _system_us() -> int:
    return time.time_ns() // 1000


class Clock:
    """Microseconds since 1970 (UTC), plus an offset set over the administrative API."""

    def __init__(self, source: Callable[[], int] = _system_us) -> None:
        self._source = source
        self.offset_us = 0

    def now_us(self) -> int:
        return self._source() + self.offset_us


def jakarta_day(instant_us: int) -> int:
    """The number of the Jakarta calendar day; it changes at midnight there."""
    return (instant_us + _JAKARTA_US) // DAY_US


def jakarta_time(instant_us: int) -> datetime:
    """The same instant as an aware datetime of Jakarta, cut to whole seconds."""
    return datetime.fromtimestamp(instant_us // SECOND_US, JAKARTA)


def snap_timestamp(instant_us: int) -> str:
    """The 25 characters of SNAP: 2026-11-21T10:30:05+07:00."""
    return _timestamp_of_second(instant_us // SECOND_US)


@lru_cache(maxsize=16)
def _timestamp_of_second(second: int) -> str:
    return datetime.fromtimestamp(second, JAKARTA).isoformat()


def parse_instant(text: str) -> int:
    """Read an ISO 8601 instant with a zone as microseconds since 1970.

    Raises ValueError when it is no date or names no zone.
    """
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None:
        raise ValueError("an instant names its zone")
    return int(
        (moment.astimezone(UTC) - datetime(1970, 1, 1, tzinfo=UTC)) / timedelta(microseconds=1)
    )
