"""What an ESB error code means for the money (fact sheet section 8).

As in SNAP's table: what is not listed is UNKNOWN. The faults of the server
(5xx), of which the sheet infers that some moved no money, are not listed.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from bank_adapter.domain.verdict import Reading, Verdict
from bank_adapter.snap.reply import MESSAGE_CHARACTERS, Value, inner, plain, text


def _rows(verdict: Verdict, http: int, *codes: str) -> dict[tuple[int, str], Verdict]:
    return {(http, f"ESB-{code}"): verdict for code in codes}


SIGNALS: Mapping[tuple[int, str], Verdict] = MappingProxyType(
    {
        **_rows(Verdict.REFUSED_TOKEN, 401, "14-009"),
        **_rows(Verdict.REFUSED, 401, "14-008"),
        # The gate's own codes name us and our message, not the payment: no
        # transfer is rejected for a wrong key or clock of ours.
        **_rows(Verdict.REFUSED, 400, "14-001", "14-002", "14-003", "14-004", "14-015"),
        **_rows(Verdict.REFUSED, 400, "14-016", "14-020", "14-021", "14-022"),
        **_rows(Verdict.REFUSED, 403, "14-019"),
        **_rows(Verdict.REJECTED, 400, "82-001", "82-002", "82-004", "82-020"),
        **_rows(Verdict.REJECTED, 400, *(f"82-{number:03d}" for number in range(8, 15))),
        **_rows(Verdict.REJECTED, 402, "82-019"),
        **_rows(Verdict.REJECTED, 403, "82-006", "82-015", "82-018", "82-021"),
        **_rows(Verdict.REJECTED, 404, "82-022"),
        # TransactionID is not unique: the first message of it may have paid.
        **_rows(Verdict.DUPLICATE, 400, "82-003"),
    }
)
SUCCESS = 200
CODE_CHARACTERS = 7
NOT_FOUND = (404, "ESB-99-127")


def short(code: str) -> str:
    """An ESB code in the width of SNAP's: "82-019"."""
    return "".join(filter(str.isascii, plain(code.removeprefix("ESB-"), CODE_CHARACTERS)))


def failure(status: int, fields: Mapping[str, Value], fault: str) -> Reading:
    """The verdict on an answer that is not the success of its service."""
    code = text(fields, "ErrorCode")
    known = SIGNALS.get((status, code))
    words = inner(fields, "ErrorMessage")
    return Reading(
        verdict=known or Verdict.UNKNOWN,
        http_status=status,
        response_code=short(code),
        response_message=plain(text(words, "English", "Indonesian"), MESSAGE_CHARACTERS),
        reason="" if known else fault or "NOT_IN_TABLE",
    )
