"""Money: a decimal string outside, integer minor units inside.

No float ever touches an amount. The shape is SNAP BI's `value` (digits, a
point, two decimals); the upper bound is BCA's 13 digits before the point.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

_VALUE = re.compile(r"(0|[1-9][0-9]{0,12})\.([0-9]{2})", re.ASCII)
_CURRENCY = re.compile(r"[A-Z]{3}", re.ASCII)


class InvalidMoneyError(ValueError):
    """The text is not an amount; `field` is "value" or "currency"."""

    def __init__(self, field: str, message: str) -> None:
        super().__init__(message)
        self.field = field


@dataclass(frozen=True, slots=True)
class Money:
    """An amount in minor units (hundredths) of a currency (ISO 4217)."""

    minor: int
    currency: str

    def __post_init__(self) -> None:
        if self.minor < 0:
            raise InvalidMoneyError("value", "must not be negative")
        if not _CURRENCY.fullmatch(self.currency):
            raise InvalidMoneyError("currency", "must be three capital letters, for example IDR")

    @classmethod
    def parse(cls, value: str, currency: str) -> Money:
        """Reads "1250000.00" and "IDR". Raises InvalidMoneyError."""
        found = _VALUE.fullmatch(value)
        if found is None:
            raise InvalidMoneyError(
                "value",
                "must be digits, a point and two decimals, for example 1250000.00",
            )
        return cls(int(found[1]) * 100 + int(found[2]), currency)

    @property
    def value(self) -> str:
        """The amount as SNAP writes it."""
        return f"{self.minor // 100}.{self.minor % 100:02d}"
