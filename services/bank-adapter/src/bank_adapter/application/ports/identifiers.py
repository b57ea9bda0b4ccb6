"""Where new ids come from. Time and randomness stay behind this port."""

from __future__ import annotations

from typing import Protocol


class Identifiers(Protocol):
    def transfer_id(self) -> str: ...

    def attempt_id(self) -> str: ...

    def event_id(self) -> str: ...

    def external_id(self, at_us: int) -> str:
        """X-EXTERNAL-ID: 32 digits, Jakarta time to the millisecond and 15 random digits."""
        ...

    def bank_reference(self, at_us: int) -> str:
        """A bankPartnerReferenceNo: numeric, random enough for a restored backup."""
        ...
