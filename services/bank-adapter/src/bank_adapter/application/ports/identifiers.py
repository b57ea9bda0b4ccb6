"""Where new ids come from. Time and randomness stay behind this port."""

from __future__ import annotations

from typing import Protocol


class Identifiers(Protocol):
    def transfer_id(self) -> str: ...

    def attempt_id(self) -> str: ...

    def event_id(self) -> str: ...

    def external_id(self, at_us: int, *, digits: int = 32) -> str:
        """X-EXTERNAL-ID, at most `digits` wide: the end of Jakarta's time, 15 random digits."""
        ...

    def bank_reference(self, at_us: int, *, digits: int = 24) -> str:
        """A bankPartnerReferenceNo, at most `digits` wide: the end of Jakarta's date, and
        16 random digits that a restored backup cannot repeat.
        """  # noqa: D205  one sentence
        ...
