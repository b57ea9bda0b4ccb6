"""Rate and burst limits of the keys, on the process's own clock."""

from collections.abc import Mapping

from servicekit.clock import Clock

from signer.domain.rate_limit import Bucket, RateLimit
from signer.domain.refusal import Reason, Refusal


class RateLimits:
    """One bucket a key, made at its first use. A replica counts for itself."""

    def __init__(
        self, limits: Mapping[str, RateLimit], *, default: RateLimit, clock: Clock
    ) -> None:
        self._limits = limits
        self._default = default
        self._clock = clock
        self._buckets: dict[str, Bucket] = {}

    def take(self, key_id: str) -> None:
        """Call only for keys that exist. Raises Refusal RATE_LIMITED."""
        now_s = self._clock.monotonic()
        bucket = self._buckets.get(key_id)
        if bucket is None:
            bucket = Bucket(self._limits.get(key_id, self._default), now_s=now_s)
            self._buckets[key_id] = bucket
        if not bucket.take(now_s=now_s):
            raise Refusal(Reason.RATE_LIMITED, f"key {key_id!r} is used faster than allowed")
