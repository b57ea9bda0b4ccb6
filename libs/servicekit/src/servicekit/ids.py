"""Identifiers that sort by the time they were made (ULID)."""

import secrets
import threading
from collections.abc import Callable

from servicekit.clock import Clock

_TIME_BYTES = 6
_RANDOM_BYTES = 10
# Crockford's base 32, two characters at a time: 10 bits each.
_ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_PAIRS = tuple(first + second for first in _ALPHABET for second in _ALPHABET)
_PAIR_BITS = 10
_SHIFTS = tuple(range(120, -1, -_PAIR_BITS))
_PAIR_MASK = (1 << _PAIR_BITS) - 1


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
    return ulid_of(milliseconds, random_bytes(_RANDOM_BYTES))


def ulid_of(milliseconds: int, tail: bytes) -> str:
    """The ULID of a time since 1970 and 10 bytes."""
    number = int.from_bytes(milliseconds.to_bytes(_TIME_BYTES, "big") + tail, "big")
    return "".join([_PAIRS[number >> shift & _PAIR_MASK] for shift in _SHIFTS])
