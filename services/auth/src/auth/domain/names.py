"""The grammar of the names that identify clients and operators.

They travel in headers, log lines and certificates, so they are narrow on purpose.
"""

import re

from auth.domain.invalid_value import InvalidValueError
from auth.limits import MAX_NAME_CHARACTERS

DEMO_CLIENT_ID = "demo-erp"

_IDENTIFIER = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?")


def check_identifier(field: str, value: str) -> None:
    """Raise unless `value` is 1 to 63 of a-z, 0-9 and inner hyphens."""
    if not _IDENTIFIER.fullmatch(value):
        raise InvalidValueError(
            field,
            f"{value!r} is not 1 to 63 lower-case letters, digits or hyphens, "
            "beginning and ending with a letter or digit",
        )


def check_display_name(field: str, value: str) -> None:
    """Raise unless `value` is a printable text of 1 to 120 characters."""
    if not value.strip() or len(value) > MAX_NAME_CHARACTERS or not value.isprintable():
        raise InvalidValueError(
            field, f"must be 1 to {MAX_NAME_CHARACTERS} printable characters, not only blanks"
        )
