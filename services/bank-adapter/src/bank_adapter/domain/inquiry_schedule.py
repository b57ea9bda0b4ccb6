"""When the bank is asked about a transfer again.

Growing delays with a bound, then a person. The defaults follow the rules of
money (section 5): 30 s, 60 s, 2, 5, 10 min, every 10 min to 2 h, hourly to
24 h. A bank's profile may bring its own.
"""

from __future__ import annotations

from dataclasses import dataclass

_MINUTE = 60.0
_HOUR = 3600.0


@dataclass(frozen=True, slots=True, kw_only=True)
class InquirySchedule:
    """Delays in seconds, counted from one inquiry to the next.

    `first_s` are the opening delays, in order; then `repeat_s` until
    `repeat_until_s` after the ambiguity, then `late_s` until `give_up_s`.
    """

    first_s: tuple[float, ...] = (30.0, 60.0, 2 * _MINUTE, 5 * _MINUTE, 10 * _MINUTE)
    repeat_s: float = 10 * _MINUTE
    repeat_until_s: float = 2 * _HOUR
    late_s: float = _HOUR
    give_up_s: float = 24 * _HOUR

    def delay_s(self, *, inquiry_count: int, age_s: float) -> float | None:
        """Seconds to the next inquiry; None when a person must decide."""
        if age_s >= self.give_up_s:
            return None
        if inquiry_count < len(self.first_s):
            return self.first_s[inquiry_count]
        return self.repeat_s if age_s < self.repeat_until_s else self.late_s
