"""SNAP's seven digits: HTTP status (3), service code (2), case code (2).

Banks write it as a JSON string or a JSON number (fact sheet section 5); the
reply reader hands over the text of either.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

_SEVEN_DIGITS = re.compile(r"([0-9]{3})([0-9]{2})([0-9]{2})", re.ASCII)


@dataclass(frozen=True, slots=True)
class ResponseCode:
    """A response code taken apart: 4041711 is ResponseCode(404, "17", "11")."""

    http: int
    service: str
    case: str

    def __str__(self) -> str:
        return f"{self.http}{self.service}{self.case}"


def parse(text: str) -> ResponseCode | None:
    """The code, or None when the text is not seven digits."""
    found = _SEVEN_DIGITS.fullmatch(text)
    return None if found is None else ResponseCode(int(found[1]), found[2], found[3])
