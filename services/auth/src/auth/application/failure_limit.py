"""A limit on failed attempts, for each key and for all keys together.

An attempt takes a place before it is judged and gives it back when it was
right, so a thousand guesses at once cannot all be judged before the first is
counted. Memory is bounded; when it is full, the key that waited longest is
forgotten, and the limit over all keys still stands.
"""

from collections import OrderedDict
from dataclasses import dataclass

from servicekit.clock import Clock

from auth.limits import (
    FAILURE_REFILL_OVERALL_S,
    FAILURE_REFILL_PER_KEY_S,
    FAILURES_OVERALL,
    FAILURES_PER_KEY,
    MAX_TRACKED_KEYS,
)


@dataclass(slots=True)
class _Bucket:
    """Places left, refilled evenly over time up to `size`."""

    size: int
    refill_s: float
    places: float
    seen_s: float

    def refill(self, now_s: float) -> None:
        self.places = min(self.size, self.places + (now_s - self.seen_s) / self.refill_s)
        self.seen_s = now_s

    def wait_s(self) -> float:
        return max(0.0, (1.0 - self.places) * self.refill_s)


class FailureLimit:
    """Counts attempts by key. Not for use from several threads."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._overall = _Bucket(
            FAILURES_OVERALL, FAILURE_REFILL_OVERALL_S, FAILURES_OVERALL, clock.monotonic()
        )
        self._by_key: OrderedDict[str, _Bucket] = OrderedDict()

    def take(self, key: str) -> float:
        """Take a place for an attempt: 0.0, or the seconds to wait when none is left."""
        now_s = self._clock.monotonic()
        bucket = self._bucket(key, now_s)
        bucket.refill(now_s)
        self._overall.refill(now_s)
        wait_s = max(bucket.wait_s(), self._overall.wait_s())
        if wait_s > 0.0:
            return wait_s
        bucket.places -= 1.0
        self._overall.places -= 1.0
        return 0.0

    def give_back(self, key: str) -> None:
        """Return the place of an attempt that was right, or that was never judged."""
        self._overall.places = min(self._overall.size, self._overall.places + 1.0)
        bucket = self._by_key.get(key)
        if bucket is not None:
            bucket.places = min(bucket.size, bucket.places + 1.0)

    def _bucket(self, key: str, now_s: float) -> _Bucket:
        bucket = self._by_key.get(key)
        if bucket is None:
            bucket = _Bucket(FAILURES_PER_KEY, FAILURE_REFILL_PER_KEY_S, FAILURES_PER_KEY, now_s)
            self._by_key[key] = bucket
            if len(self._by_key) > MAX_TRACKED_KEYS:
                self._by_key.popitem(last=False)
        else:
            self._by_key.move_to_end(key)
        return bucket
