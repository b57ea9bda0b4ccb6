"""Why a person did something, in the person's own words."""

from __future__ import annotations

from bank_adapter.application.transfer_request import InvalidFieldError
from bank_adapter.limits import REASON_LEAST_CHARACTERS, REASON_MOST_CHARACTERS


def check_reason(reason: str) -> None:
    """Raises InvalidFieldError for a text that says nothing or is no line."""
    if not reason:
        raise InvalidFieldError("reason", "is required", missing=True)
    fits = REASON_LEAST_CHARACTERS <= len(reason) <= REASON_MOST_CHARACTERS
    if not fits or not reason.isprintable() or reason.isspace():
        raise InvalidFieldError(
            "reason",
            f"must be one line of {REASON_LEAST_CHARACTERS} to {REASON_MOST_CHARACTERS} characters",
        )
