"""The shape of X-EXTERNAL-ID: decimal digits, at most 32.

32 digits satisfy every bank of the fact sheet (section 3); a bank that takes
fewer says so in its profile. Allocation is the ledger's, not ours.
"""

from __future__ import annotations

import re

MAX_DIGITS = 32

_DIGITS = re.compile(r"[0-9]+", re.ASCII)


def check(value: str, *, max_digits: int = MAX_DIGITS) -> None:
    """Raises ValueError unless the text may be an X-EXTERNAL-ID."""
    if not _DIGITS.fullmatch(value) or len(value) > max_digits:
        raise ValueError(f"an external id is 1 to {max_digits} decimal digits")
