"""Scopes: what a client may do, and how a request for fewer of them is read.

The list is closed. A scope is compared whole; nothing here looks inside one.
"""

import re
from collections.abc import Iterable

from auth.domain.invalid_value import InvalidValueError

KNOWN_SCOPES = frozenset(
    {
        "transfers.write",
        "transfers.read",
        "transfers.operate",
        "accounts.read",
        "audit.read",
        "audit.verify",
    }
)

# RFC 6749 section 3.3: printable ASCII without blank, quote and backslash.
_SCOPE_TOKEN = re.compile(r"[\x21\x23-\x5B\x5D-\x7E]+")


def check_scopes(scopes: Iterable[str]) -> None:
    """Raise unless every scope is one that the house knows."""
    for scope in scopes:
        if scope not in KNOWN_SCOPES:
            raise InvalidValueError(
                "scope", f"{scope!r} is not one of {', '.join(sorted(KNOWN_SCOPES))}"
            )


def parse_scope(text: str) -> frozenset[str]:
    """The scopes of a request's `scope` parameter: tokens parted by one blank each."""
    tokens = text.split(" ")
    if not all(_SCOPE_TOKEN.fullmatch(token) for token in tokens):
        raise InvalidValueError("scope", "must be scope names parted by single blanks")
    return frozenset(tokens)


def grant(*, asked: frozenset[str] | None, held: frozenset[str]) -> frozenset[str] | None:
    """What a token may carry: all that is held, or the asked part; None if more is asked."""
    if asked is None:
        return held
    return asked if asked <= held else None
