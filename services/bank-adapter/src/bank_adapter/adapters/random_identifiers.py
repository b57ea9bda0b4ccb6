"""New ids: ULIDs of our own, digits for the bank."""

from __future__ import annotations

import secrets

from servicekit.clock import Clock
from servicekit.ids import new_ulid, random_for_ids

from bank_adapter.domain.bank_day import jakarta

_EXTERNAL_RANDOM_DIGITS = 15
_REFERENCE_RANDOM_DIGITS = 16
_BANK_TOKEN_OCTETS = 32


class RandomIdentifiers:
    """Implements the port application.ports.identifiers.Identifiers."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock

    def transfer_id(self) -> str:
        return new_ulid(self._clock)

    def attempt_id(self) -> str:
        return new_ulid(self._clock)

    def event_id(self) -> str:
        return new_ulid(self._clock)

    def external_id(self, at_us: int, *, digits: int = 32) -> str:
        at = jakarta(at_us)
        moment = at.strftime("%Y%m%d%H%M%S") + f"{at.microsecond // 1000:03d}"
        return _id(moment, random_digits=_EXTERNAL_RANDOM_DIGITS, digits=digits)

    def bank_reference(self, at_us: int, *, digits: int = 24) -> str:
        day = jakarta(at_us).strftime("%Y%m%d")
        return _id(day, random_digits=_REFERENCE_RANDOM_DIGITS, digits=digits)


def _id(moment: str, *, random_digits: int, digits: int) -> str:
    """Where a bank takes less, the moment loses its front before chance loses anything."""
    room = max(0, digits - random_digits)
    return moment[max(0, len(moment) - room) :] + _digits(min(random_digits, digits))


def _digits(count: int) -> str:
    # 128 bits leave no bias that a reference could show.
    return f"{int.from_bytes(random_for_ids(16)) % 10**count:0{count}d}"


def new_bank_token() -> str:
    """An opaque token for a bank that calls us: 256 random bits."""
    return secrets.token_urlsafe(_BANK_TOKEN_OCTETS)
