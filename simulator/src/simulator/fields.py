"""Rules for the fields of a request body, made once and checked for every call.

A rule names a path of one or two members, a pattern and whether the field is mandatory. A blank
or null optional field counts as absent, as banks do.
"""

import re
from dataclasses import dataclass
from typing import Any

from simulator import codes
from simulator.exchange import Refused

ACCOUNT_10 = re.compile(r"[0-9]{10}")
AMOUNT = re.compile(r"(?:0|[1-9][0-9]{0,12})\.[0-9]{2}")
CURRENCY = re.compile(r"[A-Z]{3}")
TIMESTAMP_25 = re.compile(
    r"[0-9]{4}-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12][0-9]|3[01])"
    r"T(?:[01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9][+-][0-9]{2}:[0-9]{2}"
)
REFERENCE = re.compile(r"[\x21-\x7e]{1,64}")
NUMERIC_REFERENCE = re.compile(r"[0-9]{1,64}")
REMARK_36 = re.compile(r"[A-Za-z0-9 ]{1,36}")
EMAIL_50 = re.compile(r"(?=.{3,50}\Z)[^@\s]+@[^@\s]+")
BANK_CODE_8 = re.compile(r"[A-Z]{4}ID[A-Z0-9]{2}|[0-9]{3}")
TWO_DIGITS = re.compile(r"[0-9]{2}")


@dataclass(frozen=True, slots=True)
class Field:
    """One field: `amount.value` has head `amount` and tail `value`."""

    name: str
    pattern: re.Pattern[str]
    mandatory: bool
    head: str
    tail: str


def required(name: str, pattern: re.Pattern[str]) -> Field:
    head, _, tail = name.partition(".")
    return Field(name, pattern, mandatory=True, head=head, tail=tail)


def optional(name: str, pattern: re.Pattern[str]) -> Field:
    head, _, tail = name.partition(".")
    return Field(name, pattern, mandatory=False, head=head, tail=tail)


def text(maximum: int) -> re.Pattern[str]:
    """Anything printable up to `maximum` characters."""
    return re.compile(rf"[^\x00-\x1f\x7f]{{1,{maximum}}}")


def money(name: str) -> tuple[Field, Field]:
    """The two members of a mandatory money object."""
    return required(f"{name}.value", AMOUNT), required(f"{name}.currency", CURRENCY)


def check(document: dict[str, Any], fields: tuple[Field, ...]) -> None:
    """Raise Refused 400/01 or 400/02 naming the first field that is wrong."""
    for field in fields:
        value = document.get(field.head)
        if field.tail and value is not None:
            if type(value) is not dict:
                raise Refused(400, "01", codes.bad_format(field.head))
            value = value.get(field.tail)
        if value is None or value == "":
            if field.mandatory:
                raise Refused(400, "02", codes.missing_field(field.name))
            continue
        if type(value) is not str or field.pattern.fullmatch(value) is None:
            raise Refused(400, "01", codes.bad_format(field.name))


def member(document: dict[str, Any], head: str, tail: str = "") -> str:
    """A checked text, or "" when it is absent."""
    value = document.get(head)
    if tail:
        value = value.get(tail) if type(value) is dict else None
    return value if type(value) is str else ""
