"""Identifiers that sort by the time they were made (ULID)."""

import secrets
from collections.abc import Callable

from ulid import ULID

from servicekit.clock import Clock

_TIME_BYTES = 6
_RANDOM_BYTES = 10


def new_ulid(clock: Clock, random_bytes: Callable[[int], bytes] = secrets.token_bytes) -> str:
    """A new ULID: 26 characters of Crockford's base 32, upper case.

    Two made in the same millisecond sort in no particular order.
    """
    milliseconds = clock.now_us() // 1000
    return str(ULID(milliseconds.to_bytes(_TIME_BYTES, "big") + random_bytes(_RANDOM_BYTES)))
