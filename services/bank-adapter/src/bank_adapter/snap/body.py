"""Request bodies: rendered once, minified, UTF-8.

The bytes made here are stored, hashed, signed and sent; nothing below renders
again. Keys keep the order given, `/` and non-ASCII characters stay unescaped
(fact sheet section 1.2). Every leaf is a string: SNAP has no numbers here.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import TypeAlias

from bank_adapter.domain.money import Money

Field: TypeAlias = "str | Mapping[str, Field] | Sequence[Field]"

_WHITESPACE = b" \t\r\n"
_QUOTE = ord('"')
_BACKSLASH = ord("\\")


def render(fields: Mapping[str, Field]) -> bytes:
    """Minified JSON. Raises ValueError for text that UTF-8 cannot carry."""
    text = json.dumps(fields, separators=(",", ":"), ensure_ascii=False, allow_nan=False)
    return text.encode("utf-8")


def money(amount: Money) -> dict[str, Field]:
    """SNAP's money object."""
    return {"value": amount.value, "currency": amount.currency}


def given(**fields: str) -> dict[str, Field]:
    """The fields that are not empty, in the order written."""
    return {name: text for name, text in fields.items() if text}


def asked(body: bytes, *names: str) -> str:
    """The first of these top-level strings of a body that `render` made."""
    fields = json.loads(body)
    found = (fields.get(name) for name in names)
    return next((value for value in found if isinstance(value, str)), "")


def minify(raw: bytes) -> bytes:
    """Strips white space outside JSON strings and changes nothing else.

    For text that somebody else rendered (a bank's notification). Blanks inside
    strings stay: BCA's virtual accounts are padded with them.
    """
    kept = bytearray()
    inside = escaped = False
    for byte in raw:
        if inside:
            kept.append(byte)
            if escaped:
                escaped = False
            elif byte == _BACKSLASH:
                escaped = True
            elif byte == _QUOTE:
                inside = False
        elif byte not in _WHITESPACE:
            kept.append(byte)
            inside = byte == _QUOTE
    return bytes(kept)
