"""Windows of the Jakarta day, past midnight too."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from bank_adapter.domain.daily_window import DailyWindow
from bank_adapter.domain.opening_hours import OpeningHours


def us(text: str) -> int:
    return int(datetime.fromisoformat(f"{text}+07:00").astimezone(UTC).timestamp()) * 1_000_000


@pytest.mark.parametrize(
    ("window", "at", "inside"),
    [
        ("08:00-15:30", "07:59", False),
        ("08:00-15:30", "08:00", True),
        ("08:00-15:30", "15:29", True),
        ("08:00-15:30", "15:30", False),
        ("21:00-01:00", "20:59", False),
        ("21:00-01:00", "21:00", True),
        ("21:00-01:00", "00:59", True),
        ("21:00-01:00", "01:00", False),
        ("00:00-24:00", "23:59", True),
    ],
)
def test_window_holds_its_start_and_not_its_end(window: str, at: str, *, inside: bool) -> None:
    assert DailyWindow.parse(window).holds(us(f"2026-11-21T{at}")) is inside


@pytest.mark.parametrize(
    ("window", "at", "end"),
    [
        ("08:00-15:30", "2026-11-21T09:00", "2026-11-21T15:30"),
        ("21:00-01:00", "2026-11-21T23:59", "2026-11-22T01:00"),
        ("21:00-01:00", "2026-11-22T00:10", "2026-11-22T01:00"),
        ("00:00-24:00", "2026-12-31T12:00", "2027-01-01T00:00"),
    ],
)
def test_end_is_the_next_one(window: str, at: str, end: str) -> None:
    assert DailyWindow.parse(window).end_us(us(at)) == us(end)


@pytest.mark.parametrize(
    "text", ["", "8:00-15:30", "08:00", "24:00-01:00", "08:00-08:00", "08:00-25:00", "08:60-09:00"]
)
def test_text_that_is_no_window_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"must|hour"):
        DailyWindow.parse(text)


def test_window_says_itself_as_it_was_written() -> None:
    assert str(DailyWindow.parse("21:05-01:00")) == "21:05-01:00"


def test_opening_hours_do_not_run_past_midnight() -> None:
    with pytest.raises(ValueError, match="the day they begin"):
        OpeningHours(window=DailyWindow.parse("21:00-01:00"))
