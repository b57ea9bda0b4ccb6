"""What may leave the service about an account or a secret: almost nothing.

Bodies go into the audit with account numbers cut to their last four digits
and with secrets removed, and no more of them than the audit takes (a statement can
be long). The digest of the real bytes goes beside them.
"""

from __future__ import annotations

import re

from bank_adapter.limits import AUDITED_BODY_OCTETS

_ACCOUNT = re.compile(
    rb'("[A-Za-z]*[Aa]ccount(?:No|Number)"\s*:\s*")([^"\\]*)(")',
)
_SECRET = re.compile(
    rb'("(?:accessToken|access_token|clientSecret|client_secret|refreshToken)"\s*:\s*")'
    rb'([^"\\]*)(")',
)
_SHOWN = 4

# Headers worth keeping that carry neither a token nor a signature.
_HEADERS = frozenset(
    {"content-type", "x-timestamp", "x-external-id", "x-partner-id", "channel-id", "retry-after"}
)


def mask_account(number: str) -> str:
    """The last four digits behind stars; a short number vanishes altogether."""
    if len(number) <= _SHOWN:
        return "*" * len(number)
    return "*" * (len(number) - _SHOWN) + number[-_SHOWN:]


def mask_body(body: bytes) -> str:
    """The body as text, account numbers masked and secrets replaced."""

    def account(found: re.Match[bytes]) -> bytes:
        masked = mask_account(found[2].decode("utf-8", "replace"))
        return found[1] + masked.encode() + found[3]

    masked = _SECRET.sub(rb"\1***\3", _ACCOUNT.sub(account, body))
    return _cut(masked.decode("utf-8", "replace"))


def _cut(text: str) -> str:
    """As much as the audit takes of a body: it would refuse the whole event for the rest."""
    octets = text.encode() if len(text) * 4 > AUDITED_BODY_OCTETS else b""
    if len(octets) <= AUDITED_BODY_OCTETS:
        return text
    note = f" [{len(octets)} octets, cut here]"
    kept = octets[: AUDITED_BODY_OCTETS - len(note)]
    return kept.decode("utf-8", "ignore") + note


def keep_headers(headers: tuple[tuple[str, str], ...]) -> dict[str, str]:
    """The headers that may be recorded, names in lower case."""
    return {name.lower(): value for name, value in headers if name.lower() in _HEADERS}
