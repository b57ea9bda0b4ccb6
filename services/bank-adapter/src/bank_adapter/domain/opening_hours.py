"""When a rail takes payments: hours on some weekdays, never on a holiday."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from bank_adapter.domain.bank_day import jakarta
from bank_adapter.domain.daily_window import DailyWindow

WEEKDAYS = ("MON", "TUE", "WED", "THU", "FRI", "SAT", "SUN")
WORKING_DAYS = frozenset({0, 1, 2, 3, 4})


@dataclass(frozen=True, slots=True, kw_only=True)
class OpeningHours:
    """Jakarta time. `weekdays` counts from Monday, 0; the window ends the same day."""

    window: DailyWindow
    weekdays: frozenset[int] = WORKING_DAYS
    holidays: frozenset[date] = frozenset()

    def __post_init__(self) -> None:
        if self.window.runs_past_midnight:
            raise ValueError("opening hours must end on the day they begin")

    def open_at(self, at_us: int) -> bool:
        day = jakarta(at_us).date()
        return (
            day.weekday() in self.weekdays and day not in self.holidays and self.window.holds(at_us)
        )

    def closes_us(self, at_us: int) -> int:
        """When it closes, from an instant at which it is open."""
        return self.window.end_us(at_us)

    def __str__(self) -> str:
        days = ",".join(name for day, name in enumerate(WEEKDAYS) if day in self.weekdays)
        return f"{days} {self.window} Jakarta time, not on holidays"
