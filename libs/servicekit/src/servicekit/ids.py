"""Identifiers that sort by the time they were made (ULID)."""

import secrets
import threading
from collections.abc import Callable

from ulid import ULID

from servicekit.clock import Clock

_TIME_BYTES = 6
_RANDOM_BYTES = 10


class RandomPool:
    """The system's random bytes, fetched a few thousand at a time.

    Each system call gives the interpreter's lock away, which under load costs
    more than everything else about an id. For ids only: a key or a token takes
    its bytes from the system itself.
    """

    def __init__(self, octets: int = 4096) -> None:
        self._octets = octets
        self._lock = threading.Lock()
        self._pool = b""
        self._taken = 0

    def __call__(self, count: int) -> bytes:
        """`count` bytes that were never given before."""
        with self._lock:
            if self._taken + count > len(self._pool):
                self._pool = secrets.token_bytes(max(self._octets, count))
                self._taken = 0
            start, self._taken = self._taken, self._taken + count
            return self._pool[start : self._taken]


random_for_ids = RandomPool()


def new_ulid(clock: Clock, random_bytes: Callable[[int], bytes] = random_for_ids) -> str:
    """A new ULID: 26 characters of Crockford's base 32, upper case.

    Two made in the same millisecond sort in no particular order.
    """
    milliseconds = clock.now_us() // 1000
    return str(ULID(milliseconds.to_bytes(_TIME_BYTES, "big") + random_bytes(_RANDOM_BYTES)))
