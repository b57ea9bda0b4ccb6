"""How the pages write time, money, states and JSON.

Times are Jakarta's and say so. Numbers in a JSON body are shown as they were
received, digit for digit: nothing here parses a number.
"""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone
from typing import Final

from audit.domain.transfer_state import TransferState

JAKARTA: Final = timezone(timedelta(hours=7), "WIB")
_US_PER_MS: Final = 1_000
_US_PER_SECOND: Final = 1_000_000
_US_PER_MINUTE: Final = 60 * _US_PER_SECOND
_US_PER_HOUR: Final = 60 * _US_PER_MINUTE
_US_PER_DAY: Final = 24 * _US_PER_HOUR

_TOKEN: Final = re.compile(
    r'(?P<text>"(?:[^"\\]|\\.)*")|(?P<mark>[{}\[\],:])|(?P<word>[^\s{}\[\],:"]+)'
)
_INDENT: Final = "  "


# What an operator calls the kinds met most; the others show as they are spelt.
KIND_WORDS: Final = {
    "api.call": "Client asked and was answered",
    "transfer.state_changed": "State changed",
    "transfer.resolved_by_operator": "A person decided",
    "bank.attempt.started": "Question to the bank begun",
    "bank.attempt.finished": "Exchange with the bank ended",
    "bank.account.asked": "Bank asked about an account",
    "bank.token.requested": "Bank asked for a token",
    "bank.callback": "Bank called us",
    "bank.circuit.opened": "Bank left alone for a while",
    "bank.circuit.closed": "Bank used again",
    "signer.signed": "Request signed",
    "signer.signature_refused": "Signature refused",
    "auth.token_issued": "Token given to a client",
    "auth.token_refused": "Token refused",
    "auth.operator_logged_in": "Operator signed in",
    "auth.operator_refused": "Operator refused at sign-in",
    "edge.request": "Request seen at the edge",
}


def kind_words(kind: str) -> str:
    return KIND_WORDS.get(kind, kind)


def jakarta(instant_us: int) -> datetime:
    # Through whole seconds: a float would round microseconds.
    seconds, rest_us = divmod(instant_us, _US_PER_SECOND)
    moment = datetime.fromtimestamp(seconds, UTC) + timedelta(microseconds=rest_us)
    return moment.astimezone(JAKARTA)


def instant(instant_us: int) -> str:
    """As 21 Nov 2026 22:55:03.123 WIB."""
    moment = jakarta(instant_us)
    return f"{moment:%d %b %Y %H:%M:%S}.{moment.microsecond // _US_PER_MS:03} WIB"


def instant_short(instant_us: int) -> str:
    """As 21 Nov 2026 22:55:03; for places that name the zone themselves."""
    return f"{jakarta(instant_us):%d %b %Y %H:%M:%S}"


def duration(length_us: int) -> str:
    """Two units at most: 12 ms, 3.4 s, 5 min 2 s, 3 h 10 min, 2 d 4 h."""
    if length_us < _US_PER_SECOND:
        return f"{length_us // _US_PER_MS} ms"
    if length_us < _US_PER_MINUTE:
        return f"{length_us / _US_PER_SECOND:.1f} s"
    for unit_us, name, part_us, part_name in (
        (_US_PER_DAY, "d", _US_PER_HOUR, "h"),
        (_US_PER_HOUR, "h", _US_PER_MINUTE, "min"),
        (_US_PER_MINUTE, "min", _US_PER_SECOND, "s"),
    ):
        if length_us >= unit_us:
            whole, rest_us = divmod(length_us, unit_us)
            return f"{whole} {name} {rest_us // part_us} {part_name}"
    raise AssertionError(length_us)


def money(amount_minor: int, currency: str) -> str:
    """As IDR 1,250,000.00."""
    whole, hundredths = divmod(amount_minor, 100)
    return f"{currency} {whole:,}.{hundredths:02}"


def state_class(state: TransferState | str) -> str:
    """The CSS class that colours a state: state-needs-operator."""
    return "state-" + str(state).lower().replace("_", "-")


def state_name(state: TransferState | str) -> str:
    """NEEDS_OPERATOR as "Needs operator"."""
    return str(state).replace("_", " ").capitalize()


@dataclass(frozen=True, slots=True)
class Piece:
    """A run of text of one kind: space, key, text, word or mark."""

    kind: str
    text: str


def json_pieces(body: str) -> list[Piece] | None:
    """A JSON body, indented and cut into kinds for colouring; None if it is no JSON."""
    try:
        # Only asked whether it is JSON; numbers stay text.
        json.loads(body, parse_float=str, parse_int=str)
    except (ValueError, RecursionError):
        return None
    return list(_pieces(body))


def _pieces(body: str) -> Iterator[Piece]:
    depth = 0
    tokens = [(match.lastgroup, match.group()) for match in _TOKEN.finditer(body)]
    for index, (kind, text) in enumerate(tokens):
        following = tokens[index + 1][1] if index + 1 < len(tokens) else ""
        if kind == "text":
            yield Piece("key" if following == ":" else "text", text)
        elif kind == "word":
            yield Piece("word", text)
        elif text in "[{":
            yield Piece("mark", text)
            depth += 1
            if following not in ("]", "}"):
                yield _new_line(depth)
        elif text in "]}":
            depth -= 1
            if tokens[index - 1][1] not in ("[", "{"):
                yield _new_line(depth)
            yield Piece("mark", text)
        elif text == ",":
            yield Piece("mark", text)
            yield _new_line(depth)
        else:
            yield Piece("mark", ": ")


def _new_line(depth: int) -> Piece:
    return Piece("space", "\n" + _INDENT * depth)
