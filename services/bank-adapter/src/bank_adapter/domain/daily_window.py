"""A stretch of every Jakarta day, in whole minutes; it may run past midnight."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import timedelta

from bank_adapter.domain.bank_day import jakarta

MINUTES_A_DAY = 1440
_MICROSECONDS = 1_000_000
_TEXT = re.compile(r"([0-9]{2}):([0-9]{2})-([0-9]{2}):([0-9]{2})", re.ASCII)
_MINUTES_AN_HOUR = 60


@dataclass(frozen=True, slots=True, kw_only=True)
class DailyWindow:
    """From `start` to before `end`, minutes after midnight.

    `end` may be 1440 (midnight); an `end` before `start` is the next day's.
    """

    start: int
    end: int

    def __post_init__(self) -> None:
        if not 0 <= self.start < MINUTES_A_DAY or not 0 < self.end <= MINUTES_A_DAY:
            raise ValueError("must lie between 00:00 and 24:00")
        if self.start == self.end:
            raise ValueError("must not be empty")

    @classmethod
    def parse(cls, text: str) -> DailyWindow:
        """Reads "08:00-15:30" or "21:00-01:00". Raises ValueError."""
        found = _TEXT.fullmatch(text)
        if found is None:
            raise ValueError('must look like "08:00-15:30"')
        start_hour, start_minute, end_hour, end_minute = (int(part) for part in found.groups())
        if max(start_minute, end_minute) >= _MINUTES_AN_HOUR:
            raise ValueError("an hour has 60 minutes")
        return cls(
            start=start_hour * _MINUTES_AN_HOUR + start_minute,
            end=end_hour * _MINUTES_AN_HOUR + end_minute,
        )

    @property
    def runs_past_midnight(self) -> bool:
        return self.end < self.start

    def holds(self, at_us: int) -> bool:
        """Whether the instant lies inside."""
        return self.holds_minute(_minute(at_us))

    def holds_minute(self, minute: int) -> bool:
        """Whether the minute of the day lies inside."""
        if self.runs_past_midnight:
            return minute >= self.start or minute < self.end
        return self.start <= minute < self.end

    def end_us(self, at_us: int) -> int:
        """The next end after an instant inside the window."""
        at = jakarta(at_us)
        midnight = at.replace(hour=0, minute=0, second=0, microsecond=0)
        days = 1 if self.runs_past_midnight and _minute(at_us) >= self.start else 0
        end = midnight + timedelta(days=days, minutes=self.end)
        return int(end.timestamp()) * _MICROSECONDS

    def __str__(self) -> str:
        return f"{_clock(self.start)}-{_clock(self.end)}"


def _minute(at_us: int) -> int:
    at = jakarta(at_us)
    return at.hour * _MINUTES_AN_HOUR + at.minute


def _clock(minute: int) -> str:
    return f"{minute // _MINUTES_AN_HOUR:02d}:{minute % _MINUTES_AN_HOUR:02d}"
