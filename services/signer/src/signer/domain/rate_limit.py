"""How many signatures a key may make: a token bucket. Time arrives as an argument."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class RateLimit:
    per_second: float
    burst: int

    def __post_init__(self) -> None:
        if self.per_second <= 0 or self.burst < 1:
            raise ValueError("a rate limit needs a positive rate and a burst of at least 1")


class Bucket:
    """Starts full; refills at the limit's rate up to its burst."""

    __slots__ = ("_at_s", "_left", "_limit")

    def __init__(self, limit: RateLimit, *, now_s: float) -> None:
        self._limit = limit
        self._left = float(limit.burst)
        self._at_s = now_s

    def take(self, *, now_s: float) -> bool:
        """Takes one token if there is one."""
        elapsed_s = max(0.0, now_s - self._at_s)
        self._at_s = now_s
        self._left = min(self._limit.burst, self._left + elapsed_s * self._limit.per_second)
        if self._left < 1:
            return False
        self._left -= 1
        return True
