"""How one bank wants other banks named, whichever form the ERP gave.

A profile's table goes first, then the house's own (domain/bank_code.py). What
neither knows is refused or passed on, as the profile says.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from bank_adapter.domain.bank_code import (
    CLEARING_BY_SWIFT,
    SWIFT_BY_CLEARING,
    canonical,
    is_clearing,
    is_swift,
    without_branch,
)
from bank_adapter.snap.text import InvalidOrderError

FIELD = "beneficiaryBankCode"

_AT_THE_BANK = re.compile(r"[A-Z0-9]{3,11}", re.ASCII)


class Form(StrEnum):
    """The form that a bank wants. EITHER: as it was given."""

    SWIFT = "SWIFT"
    CLEARING = "CLEARING"
    EITHER = "EITHER"


class Unknown(StrEnum):
    """What becomes of a code in the other form that no table knows."""

    REFUSE = "REFUSE"
    PASS = "PASS"  # noqa: S105  a word


@dataclass(frozen=True, slots=True, kw_only=True)
class BankCodes:
    """`table`: what an ERP may write -> what this bank wants. Raises ValueError."""

    form: Form = Form.EITHER
    unknown: Unknown = Unknown.REFUSE
    table: Mapping[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for ours, theirs in self.table.items():
            if not is_swift(ours) and not is_clearing(ours):
                raise ValueError(f"table: {ours} is neither a SWIFT code nor 3 digits")
            if not _AT_THE_BANK.fullmatch(theirs):
                raise ValueError(f"table: {ours} must become 3 to 11 capital letters and digits")

    def write(self, code: str) -> str:
        """The code as this bank wants it. Raises InvalidOrderError."""
        if not is_swift(code) and not is_clearing(code):
            raise InvalidOrderError(FIELD, "must be a SWIFT code of 8 or 11 characters or 3 digits")
        code = without_branch(code)
        for name in (code, canonical(code), CLEARING_BY_SWIFT.get(code, "")):
            if name in self.table:
                return self.table[name]
        if self.form is Form.EITHER or is_swift(code) is (self.form is Form.SWIFT):
            return code
        other = SWIFT_BY_CLEARING if self.form is Form.SWIFT else CLEARING_BY_SWIFT
        if code in other:
            return other[code]
        if self.unknown is Unknown.PASS:
            return code
        wanted = "SWIFT code" if self.form is Form.SWIFT else "3 digits"
        raise InvalidOrderError(FIELD, f"is in no table of bank codes; give the bank's {wanted}")


AS_GIVEN = BankCodes()
