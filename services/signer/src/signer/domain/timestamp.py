"""X-TIMESTAMP: its shapes and its distance from now.

The text is signed as it stands and never rewritten (snap-facts 1.4). Time
itself arrives as an argument.
"""

import re
from datetime import UTC, datetime
from enum import StrEnum
from functools import lru_cache

from signer.domain.refusal import Reason, Refusal, invalid

_SHAPE = re.compile(
    r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(?P<milliseconds>\.\d{3})?(?:Z|[+-]\d{2}:\d{2})",
    re.ASCII,
)
_REMEMBERED = 256  # texts; a call's is read twice, and the calls of one second share theirs
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class TimestampForm(StrEnum):
    """Which of the two SNAP spellings a bank takes."""

    SECONDS = "seconds"
    MILLISECONDS = "milliseconds"
    ANY = "any"


def instant_us(text: str, *, field: str, form: TimestampForm = TimestampForm.ANY) -> int:
    """Microseconds since 1970 of an ISO 8601 timestamp with a zone.

    Raises:
        Refusal: INVALID_FIELD, when the shape is wrong, the instant does not
            exist or the form is not the profile's.
    """
    try:
        instant, has_milliseconds = _read(text)
    except _UnreadableError as unreadable:
        raise invalid(field, str(unreadable)) from None
    if form is TimestampForm.SECONDS and has_milliseconds:
        raise invalid(field, "must have no milliseconds for this key")
    if form is TimestampForm.MILLISECONDS and not has_milliseconds:
        raise invalid(field, "must have milliseconds for this key")
    return instant


class _UnreadableError(ValueError):
    """The text is no timestamp; the message says why."""


@lru_cache(maxsize=_REMEMBERED)
def _read(text: str) -> tuple[int, bool]:
    """Microseconds, and whether milliseconds were written. Raises _UnreadableError."""
    shape = _SHAPE.fullmatch(text)
    if shape is None:
        raise _UnreadableError("must look like 2026-11-21T10:30:24+07:00")
    try:
        since = datetime.fromisoformat(text) - _EPOCH
    except (ValueError, OverflowError):
        raise _UnreadableError("is not a real date and time") from None
    instant = (since.days * 86_400 + since.seconds) * 1_000_000 + since.microseconds
    return instant, shape["milliseconds"] is not None


def check_fresh(instant: int, *, now_us: int, tolerance_s: int) -> None:
    """Refuses an instant further from now than the tolerance, both ways.

    Raises:
        Refusal: TIMESTAMP_OUT_OF_RANGE.
    """
    if abs(now_us - instant) > tolerance_s * 1_000_000:
        raise Refusal(
            Reason.TIMESTAMP_OUT_OF_RANGE,
            f"the timestamp is more than {tolerance_s} s away from the signer's clock",
        )
