"""What one fault does to one request, as data.

The server reads a plan at fixed points: before the request is carried out, after it, and while the
answer is written. A plan holds no state; the book of faults decides when it applies.
"""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import Any


class Wire(StrEnum):
    """How the answer leaves the bank."""

    WHOLE = "whole"
    CLOSED = "closed"
    CUT_IN_HEADERS = "cut in headers"
    CUT_IN_BODY = "cut in body"
    SLOW = "slow"
    EMPTY = "empty"
    HUGE = "huge"
    HTML = "html"
    REDIRECT = "redirect"


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """An answer in place of the bank's own. `response_code` replaces the composed one."""

    status: int
    case: str
    message: str | None = None
    response_code: str | None = None


class Known(StrEnum):
    """What already stands under the reference of a payment that comes in now."""

    SAME = "same"
    OTHER_AMOUNT = "other amount"


@dataclass(frozen=True, slots=True, kw_only=True)
class Pending:
    """A payment that stays 03 for a number of status inquiries and then becomes final."""

    inquiries: int
    final: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """One fault, ready to be applied.

    `carries_out` False means nothing is booked; then `remembers_failure` says whether a status
    inquiry will know the payment as failed (06) or not at all.
    """

    kind: str
    wait_before_s: float = 0.0
    wait_after_s: float = 0.0
    carries_out: bool = True
    remembers_failure: bool = False
    revokes_token: bool = False
    known_as: Known | None = None
    answer: Answer | None = None
    pending: Pending | None = None
    late_rejection_s: float | None = None
    status_shown: str = ""
    rewrite: Callable[[dict[str, Any]], None] | None = None
    wire: Wire = Wire.WHOLE
    size_bytes: int = 0
    location: str = ""
