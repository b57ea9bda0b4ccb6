"""Amounts as the bank keeps them: integer minor units (sen), written with two decimals.

No float is ever made of an amount. Signs and blanks never pass.
"""

import re

SNAP_AMOUNT = re.compile(r"(?:0|[1-9][0-9]{0,12})\.[0-9]{2}")
"""BCA's 13.2: at most 13 digits, a point, two digits, no leading zero."""


def parse(text: str) -> int:
    """Read "10000.00" as 1000000 minor units.

    Raises ValueError for every other form.
    """
    if SNAP_AMOUNT.fullmatch(text) is None:
        raise ValueError("an amount is digits, a point and two decimals")
    return int(text.replace(".", ""))


def render(minor: int) -> str:
    """Write 1000000 minor units as "10000.00"; a negative balance keeps its sign."""
    sign = "-" if minor < 0 else ""
    whole, cents = divmod(abs(minor), 100)
    return f"{sign}{whole}.{cents:02d}"


def document(minor: int, currency: str) -> dict[str, str]:
    """The money object of SNAP: {"value": "10000.00", "currency": "IDR"}."""
    return {"value": render(minor), "currency": currency}
