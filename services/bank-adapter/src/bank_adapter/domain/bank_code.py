"""Indonesian banks by their two names: SWIFT's eight characters, the clearing's three digits.

Only pairs on which the public lists agree (fact sheet section 6.11). A wrong
pair could pay a stranger, so what is doubtful is left out, and an installation
adds its bank's own list to the profile.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from types import MappingProxyType

SWIFT_BY_CLEARING: Mapping[str, str] = MappingProxyType(
    {
        "002": "BRINIDJA",  # BRI
        "008": "BMRIIDJA",  # Mandiri
        "009": "BNINIDJA",  # BNI
        "011": "BDINIDJA",  # Danamon
        "013": "BBBAIDJA",  # Permata
        "014": "CENAIDJA",  # BCA
        "016": "IBBKIDJA",  # Maybank
        "022": "BNIAIDJA",  # CIMB Niaga
        "028": "NISPIDJA",  # OCBC
        "153": "SBJKIDJA",  # Sinarmas
        "200": "BTANIDJA",  # BTN
        "426": "MEGAIDJA",  # Mega
        "441": "BBUKIDJA",  # KB Bukopin
    }
)
CLEARING_BY_SWIFT: Mapping[str, str] = MappingProxyType(
    {swift: clearing for clearing, swift in SWIFT_BY_CLEARING.items()}
)

_SWIFT = re.compile(r"[A-Z]{4}ID[A-Z0-9]{2}(?:[A-Z0-9]{3})?", re.ASCII)
_CLEARING = re.compile(r"[0-9]{3}", re.ASCII)
_SWIFT_CHARACTERS = 8


def is_swift(code: str) -> bool:
    """8 characters, or 11 with a branch."""
    return _SWIFT.fullmatch(code) is not None


def is_clearing(code: str) -> bool:
    return _CLEARING.fullmatch(code) is not None


def without_branch(code: str) -> str:
    """A SWIFT code's first eight characters; any other code as it is."""
    return code[:_SWIFT_CHARACTERS] if is_swift(code) else code


def canonical(code: str) -> str:
    """One name for one bank: its SWIFT code where the table knows it."""
    return SWIFT_BY_CLEARING.get(code) or without_branch(code)


def is_one_of(code: str, codes: Collection[str]) -> bool:
    """Whether `code` names one of these banks, in whichever form."""
    return canonical(code) in {canonical(one) for one in codes}
