"""When the bank is asked about a transfer again.

Growing delays with a bound, then a person. The defaults follow the rules of
money (section 5): 30 s, 60 s, 2, 5, 10 min, every 10 min to 2 h, hourly to
24 h. A bank may have its own, for single rails too, and hours in which it is
not asked: at the end of its day what it says of a payment is not reliable.
"""

from __future__ import annotations

from dataclasses import dataclass

from bank_adapter.domain.daily_window import MINUTES_A_DAY, DailyWindow

_MICROSECONDS = 1_000_000
_MINUTE = 60.0
_HOUR = 3600.0


@dataclass(frozen=True, slots=True, kw_only=True)
class InquirySchedule:
    """Delays in seconds, counted from one inquiry to the next.

    `first_s` are the opening delays, in order; then `repeat_s` until
    `repeat_until_s` after the ambiguity, then `late_s` until `give_up_s`.
    In `pauses` nothing is asked; what would be due then waits for their end.
    """

    first_s: tuple[float, ...] = (30.0, 60.0, 2 * _MINUTE, 5 * _MINUTE, 10 * _MINUTE)
    repeat_s: float = 10 * _MINUTE
    repeat_until_s: float = 2 * _HOUR
    late_s: float = _HOUR
    give_up_s: float = 24 * _HOUR
    pauses: tuple[DailyWindow, ...] = ()

    def __post_init__(self) -> None:
        if all(
            any(pause.holds_minute(minute) for pause in self.pauses)
            for minute in range(MINUTES_A_DAY)
        ):
            raise ValueError("the pauses leave no time to ask")

    def next_us(self, *, at_us: int, inquiry_count: int, age_s: float) -> int | None:
        """The instant of the next inquiry; None when a person must decide."""
        delay_s = self.delay_s(inquiry_count=inquiry_count, age_s=age_s)
        if delay_s is None:
            return None
        next_us = at_us + int(delay_s * _MICROSECONDS)
        return self.pause_until_us(next_us) or next_us

    def pause_until_us(self, at_us: int) -> int | None:
        """The end of the pause that an instant lies in; None outside."""
        end_us = at_us
        # Pauses may touch each other: the end of one may lie inside the next.
        while (pause := next((one for one in self.pauses if one.holds(end_us)), None)) is not None:
            end_us = pause.end_us(end_us)
        return end_us if end_us != at_us else None

    def delay_s(self, *, inquiry_count: int, age_s: float) -> float | None:
        """Seconds to the next inquiry; None when a person must decide."""
        if age_s >= self.give_up_s:
            return None
        if inquiry_count < len(self.first_s):
            return self.first_s[inquiry_count]
        return self.repeat_s if age_s < self.repeat_until_s else self.late_s
