"""Rules for the fields of an order: refused when the bank would refuse them.

Nothing is altered: no cutting, no replacing, no change of case. A payment says
at the bank what the ERP said, or it is not made. Each check raises
InvalidOrderError with the contract's JSON path.
"""

from __future__ import annotations

import re
from collections.abc import Collection
from datetime import date

from bank_adapter.domain.money import Money
from bank_adapter.domain.rail import Rail

_PLAIN = re.compile(r"[A-Za-z0-9 ]*", re.ASCII)
_DIGITS = re.compile(r"[0-9]+", re.ASCII)
_ALPHANUMERIC = re.compile(r"[A-Za-z0-9]+", re.ASCII)
_EMAIL = re.compile(r"[^@\s,;<>\"]+@[^@\s,;<>\"]+\.[^@\s,;<>\"]+", re.ASCII)


class InvalidOrderError(ValueError):
    """The order cannot be rendered for this bank.

    `field` is the contract's JSON path, for example "beneficiaryAccountNo".
    """

    def __init__(self, field: str, message: str) -> None:
        super().__init__(message)
        self.field = field


def require(field: str, value: str) -> None:
    """Refuses an empty value."""
    if not value:
        raise InvalidOrderError(field, "is required by this bank for this kind of transfer")


def plain_text(field: str, value: str, *, limit: int) -> None:
    """ASCII letters, digits and blanks; what BCA calls no special characters."""
    if len(value) > limit:
        raise InvalidOrderError(field, f"must be at most {limit} characters for this bank")
    if not _PLAIN.fullmatch(value):
        raise InvalidOrderError(field, "must be letters A to Z, digits and blanks for this bank")


def free_text(field: str, value: str, *, limit: int) -> None:
    """Printable characters of any script."""
    if len(value) > limit:
        raise InvalidOrderError(field, f"must be at most {limit} characters for this bank")
    if not value.isprintable():
        raise InvalidOrderError(field, "must not contain control characters")


def days(first_day: date, last_day: date, *, limit: int) -> None:
    """The period of a statement: at least one day, both ends included."""
    if not 1 <= (last_day - first_day).days + 1 <= limit:
        raise InvalidOrderError("fromDate", f"must begin 1 to {limit} days before toDate ends")


def exact_digits(field: str, value: str, *, digits: int) -> None:
    """An account number of fixed width."""
    if len(value) != digits or not _DIGITS.fullmatch(value):
        raise InvalidOrderError(field, f"must be exactly {digits} digits for this bank")


def numeric(field: str, value: str, *, limit: int) -> None:
    """A reference of digits only."""
    if len(value) > limit or not _DIGITS.fullmatch(value):
        raise InvalidOrderError(field, f"must be 1 to {limit} digits for this bank")


def account(field: str, value: str, *, limit: int) -> None:
    """Another bank's account number, whose width we cannot know."""
    if len(value) > limit or not _ALPHANUMERIC.fullmatch(value):
        raise InvalidOrderError(field, f"must be 1 to {limit} letters and digits")


def email(field: str, value: str, *, limit: int) -> None:
    """Empty, or one address."""
    if not value:
        return
    if len(value) > limit or not _EMAIL.fullmatch(value):
        raise InvalidOrderError(field, f"must be one e-mail address of at most {limit} characters")


def amount(value: Money, *, currencies: Collection[str]) -> None:
    """More than nothing, in a currency that the bank moves."""
    if value.currency not in currencies:
        allowed = ", ".join(sorted(currencies))
        raise InvalidOrderError("amount.currency", f"must be one of {allowed} for this bank")
    if value.minor == 0:
        raise InvalidOrderError("amount.value", "must be more than zero")


def within(value: Money, *, limit_minor: int, rail: Rail) -> None:
    """The rail's upper limit at this bank."""
    if value.minor > limit_minor:
        raise InvalidOrderError("amount.value", f"is over the limit of {rail.value} at this bank")
