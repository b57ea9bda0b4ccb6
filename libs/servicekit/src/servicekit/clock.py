"""Time as an argument. Nothing else in the house may ask the system for it."""

import time
from typing import Final, Protocol

# Linux's CLOCK_MONOTONIC stands still while a (virtual) machine is suspended;
# a sender that slept must know that it did. Elsewhere there is only that one.
_CLOCK: Final = getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC)


class Clock(Protocol):
    """What a part may know about time."""

    def now_us(self) -> int:
        """Microseconds since 1970-01-01T00:00:00Z."""
        ...

    def monotonic(self) -> float:
        """Seconds that never run backwards; only differences mean anything.

        They run on while the process is stopped and the machine suspended.
        """
        ...


class SystemClock:
    """The machine's own clock."""

    __slots__ = ()

    def now_us(self) -> int:
        return time.time_ns() // 1000

    def monotonic(self) -> float:
        return time.clock_gettime(_CLOCK)
