"""A bank's answer as JSON, read tolerantly and without ever raising.

Numbers are kept as their text, so `responseCode` and `expiresIn` read the same
as string or number and no float appears. Unknown fields are ignored. What
cannot be read becomes a reply whose `fault` says why. It judges nothing.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TypeAlias

from bank_adapter.domain.conversation import Answer
from bank_adapter.snap.response_code import ResponseCode, parse

# JSON with numbers as text.
Value: TypeAlias = "str | bool | list[Value] | dict[str, Value] | None"

MESSAGE_CHARACTERS = 150
REFERENCE_CHARACTERS = 64

_REDIRECTS = range(300, 400)


class _ContradictionError(ValueError):
    """One object gives the same key two different values."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SNAPReply:
    """An answer taken apart.

    `fault` is empty, or REDIRECT, NOT_JSON, NOT_AN_OBJECT, REPEATED_KEY or
    NO_RESPONSE_CODE; `code` is None exactly when there is a fault.
    """

    http_status: int
    code: ResponseCode | None = None
    message: str = ""
    fields: Mapping[str, Value] = field(default_factory=dict)
    fault: str = ""


def read_object(answer: Answer) -> tuple[dict[str, Value], str]:
    """The answer's JSON object and "", or {} and the fault. Never raises."""
    if answer.status in _REDIRECTS:
        return {}, "REDIRECT"
    try:
        document = _decode(answer.body)
    except _ContradictionError:
        return {}, "REPEATED_KEY"
    except (ValueError, RecursionError):
        return {}, "NOT_JSON"
    if not isinstance(document, dict):
        return {}, "NOT_AN_OBJECT"
    return document, ""


def read_reply(answer: Answer) -> SNAPReply:
    """Reads the answer. Never raises, whatever the bytes are."""
    document, fault = read_object(answer)
    if fault:
        return SNAPReply(http_status=answer.status, fault=fault)
    code = parse(text(document, "responseCode"))
    return SNAPReply(
        http_status=answer.status,
        code=code,
        message=plain(text(document, "responseMessage"), MESSAGE_CHARACTERS),
        fields=document,
        fault="" if code else "NO_RESPONSE_CODE",
    )


def text(fields: Mapping[str, Value], *names: str) -> str:
    """The first of these fields that is a non-empty string, else "". Stripped."""
    for name in names:
        value = fields.get(name)
        if isinstance(value, str) and value.strip():
            return value.strip()
    return ""


def inner(fields: Mapping[str, Value], *names: str) -> dict[str, Value]:
    """The first of these fields that is an object or a list with one in front.

    BCA's table of balances says array and its sample shows an object: both are
    read. Without either the answer is {}.
    """
    for name in names:
        value = fields.get(name)
        if isinstance(value, list):
            value = next((entry for entry in value if isinstance(entry, dict)), None)
        if isinstance(value, dict):
            return value
    return {}


def reference(fields: Mapping[str, Value], *names: str) -> str:
    """The first of these fields as a bank reference: ASCII, fit for its column."""
    found = plain(text(fields, *names), REFERENCE_CHARACTERS)
    return "".join(character if character.isascii() else "?" for character in found)


def network_reference(fields: Mapping[str, Value]) -> str:
    """BI-FAST's id, or the trace number of a clearing."""
    found = reference(inner(fields, "additionalInfo"), "bifastId", "traceNo")
    return found or reference(fields, "bifastId", "traceNo")


def plain(value: str, limit: int) -> str:
    """Text of the bank made fit for a log line and a database column.

    Control characters and halves of surrogate pairs become "?", so a bank can
    neither break a log line nor a UTF-8 column.
    """
    return "".join(character if character.isprintable() else "?" for character in value[:limit])


def _decode(body: bytes) -> Value:
    decoded: Value = json.loads(
        body.decode("utf-8-sig"),
        parse_int=str,
        parse_float=str,
        parse_constant=_refuse_constant,
        object_pairs_hook=_object,
    )
    return decoded


def _refuse_constant(name: str) -> str:
    raise ValueError(f"{name} is not JSON")


def _object(pairs: list[tuple[str, Value]]) -> dict[str, Value]:
    # Which of two contradicting values a bank means is not ours to guess.
    read: dict[str, Value] = {}
    for name, value in pairs:
        if name in read and read[name] != value:
            raise _ContradictionError(name)
        read[name] = value
    return read
