"""The form of an event id: a ULID, 26 characters of Crockford's base 32.

Upper case only, so that one id has one spelling.
"""

import re
from typing import Final

# The first character carries three bits: a larger one would overflow 128 bits.
_FORM: Final = re.compile(r"[0-7][0-9A-HJKMNP-TV-Z]{25}")


def is_ulid(text: str) -> bool:
    return _FORM.fullmatch(text) is not None
