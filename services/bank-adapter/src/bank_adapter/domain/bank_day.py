"""The bank's day: the Jakarta calendar, which has no daylight saving."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta, timezone

JAKARTA = timezone(timedelta(hours=7), "WIB")
_MICROSECONDS = 1_000_000


def jakarta(at_us: int) -> datetime:
    """The instant as an aware Jakarta time, to the microsecond."""
    seconds, micros = divmod(at_us, _MICROSECONDS)
    return datetime.fromtimestamp(seconds, tz=UTC).astimezone(JAKARTA).replace(microsecond=micros)


def bank_day(at_us: int) -> int:
    """The Jakarta calendar day as yyyymmdd."""
    return as_number(jakarta(at_us).date())


def end_of_bank_day_us(at_us: int) -> int:
    """The next Jakarta midnight."""
    midnight = jakarta(at_us).replace(hour=0, minute=0, second=0, microsecond=0)
    return int((midnight + timedelta(days=1)).timestamp()) * _MICROSECONDS


def as_number(day: date) -> int:
    """The day as yyyymmdd."""
    return day.year * 10_000 + day.month * 100 + day.day


def as_day(number: int) -> date:
    """The day of a yyyymmdd. Raises ValueError."""
    return date(number // 10_000, number // 100 % 100, number % 100)


def start_us(day: date) -> int:
    """Its first instant in Jakarta."""
    midnight = datetime(day.year, day.month, day.day, tzinfo=JAKARTA)
    return int(midnight.timestamp()) * _MICROSECONDS
