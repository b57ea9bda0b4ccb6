"""The bank's own reference numbers: numeric, in the forms BCA's pages show.

Sequences run on for as long as the books last, so no number appears twice, on any day.
"""

from collections.abc import Iterable

from simulator.clock import jakarta_time, snap_timestamp

_GAP = 1_000_000
_DIGITS = 10


class References:
    """Hands out numbers."""

    def __init__(self) -> None:
        self.sequence = 0

    def resume(self, used: Iterable[str]) -> None:
        """Go on well past the numbers of an earlier life, also those given to inquiries."""
        last = max((int(number[-_DIGITS:]) for number in used if number), default=0)
        if last:
            self.sequence = last + _GAP

    def transfer(self, now_us: int) -> str:
        """22 digits: yyyymmdd, 9977, ten digits of sequence (17, 15, 16, 18, 22, 23)."""
        self.sequence += 1
        date = snap_timestamp(now_us)
        return f"{date[:4]}{date[5:7]}{date[8:10]}9977{self.sequence:010d}"

    def balance(self, now_us: int) -> str:
        """18 digits: yymmddHH, 01, eight digits of sequence (11, 14)."""
        self.sequence += 1
        return f"{jakarta_time(now_us):%y%m%d%H}01{self.sequence:08d}"

    def session(self, now_us: int) -> str:
        """24 digits: yyyymmdd, 42, fourteen digits of sequence (42)."""
        self.sequence += 1
        return f"{jakarta_time(now_us):%Y%m%d}42{self.sequence:014d}"

    def bifast(self, now_us: int) -> str:
        """18 characters: yyyymmdd, CENA, six digits of sequence."""
        return f"{jakarta_time(now_us):%Y%m%d}CENA{self.sequence % 1_000_000:06d}"
