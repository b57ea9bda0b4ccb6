"""SNAP's timestamps: ISO 8601 in Jakarta time, 25 characters.

Written strictly (the header text is part of what is signed), read leniently:
banks print malformed dates, and a date never decides about money. Reads no
clock.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta, timezone

# Western Indonesian time has no summer time; a fixed offset is the zone.
JAKARTA = timezone(timedelta(hours=7), "WIB")

_LENIENT = re.compile(
    r"(\d{4})-(\d{2})-(\d{2})[T ](\d{2}):(\d{2}):(\d{2})(?:[.,](\d{1,9}))?"
    r"(Z|[+-]\d{2}:?\d{2}0*)?",
    re.ASCII,
)


def write(at: datetime, *, milliseconds: bool = False, utc: bool = False) -> str:
    """The instant as "2026-11-21T10:30:05+07:00", or with ".123" of a second.

    `utc` writes "2026-11-21T03:30:05Z", as some providers do.

    Fractions are cut, not rounded, so a text never lies in the future. Raises
    ValueError when `at` has no zone.
    """
    if at.tzinfo is None:
        raise ValueError("a timestamp needs an aware instant")
    timespec = "milliseconds" if milliseconds else "seconds"
    if utc:
        return at.astimezone(UTC).isoformat(timespec=timespec).replace("+00:00", "Z")
    return at.astimezone(JAKARTA).isoformat(timespec=timespec)


def read(text: str) -> datetime | None:
    """The instant, or None. Without a zone the text is taken as Jakarta time."""
    found = _LENIENT.fullmatch(text.strip())
    if found is None:
        return None
    year, month, day, hour, minute, second = (int(part) for part in found.groups()[:6])
    microsecond = int((found[7] or "").ljust(6, "0")[:6])
    try:
        zone = _zone(found[8])
        return datetime(year, month, day, hour, minute, second, microsecond, zone)
    except ValueError:
        return None


def _zone(text: str | None) -> timezone:
    if text is None:
        return JAKARTA
    if text == "Z":
        return timezone(timedelta(0))
    digits = text[1:].replace(":", "")
    offset = timedelta(hours=int(digits[:2]), minutes=int(digits[2:4]))
    return timezone(-offset if text[0] == "-" else offset)
