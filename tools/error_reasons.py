"""What each error reason means and what the caller does: the words behind docs/errors.md.

The list itself is gerbang.common.v1.ErrorReason; a reason without words here, or
words without a reason, stops the generator. Whether any part gives a reason is
looked up in the sources.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from gerbang.common.v1.error_reason_pb2 import ErrorReason

ROOT = Path(__file__).resolve().parent.parent
SOURCES = ("services/*/src", "edge/src", "libs/*/src")
_PREFIX = "ERROR_REASON_"
_QUOTED = re.compile(r"[\"']([A-Z_]{4,40})[\"']")


@dataclass(frozen=True, slots=True)
class Reason:
    """HTTP statuses, what happened, what to do. `erp`: an ERP can meet it."""

    status: str
    meaning: str
    what_to_do: str
    erp: bool = True


_FIX = "Correct the request. Nothing happened; the key is not used up."
_AGAIN = "Send the same request again, with the same key, after a pause."
_SETUP = "Ask whoever runs Gerbang; no retry helps."

REASONS: Final[Mapping[str, Reason]] = {
    "MALFORMED_JSON": Reason("400", "The body is not one JSON object.", _FIX),
    "UNKNOWN_FIELD": Reason(
        "400", "A member or query parameter that the call does not have.", _FIX
    ),
    "REPEATED_FIELD": Reason("400", "A member or query parameter stands there twice.", _FIX),
    "MISSING_FIELD": Reason("400", "A field that must be there is not.", _FIX),
    "INVALID_FIELD": Reason(
        "400, 426", "A value is wrong; `fieldViolations` names the field by its JSON path.", _FIX
    ),
    "UNSUPPORTED_CONTENT_TYPE": Reason("400, 415", "The body is not `application/json`.", _FIX),
    "BODY_TOO_LARGE": Reason("400, 413", "The body is longer than the gateway takes.", _FIX),
    "QUERY_NOT_ALLOWED": Reason("400", "A query on a call that changes something.", _FIX),
    "INVALID_PAGE_TOKEN": Reason(
        "400",
        "The page token is not of this list, or the filter was changed.",
        "Begin the list again, without a token.",
    ),
    "UNAUTHENTICATED": Reason(
        "401",
        "No token, or one that is expired, for somebody else, or not ours.",
        "Get a new token and send the same request again.",
    ),
    "INVALID_CLIENT": Reason(
        "401", "Client id or secret is wrong, or the client is disabled.", _SETUP
    ),
    "ORIGIN_NOT_ALLOWED": Reason(
        "403", "Not exactly one `Origin` header with a registered value.", _SETUP
    ),
    "SCOPE_MISSING": Reason(
        "403, 400", "The token lacks the scope (400: the client does not hold it).", _SETUP
    ),
    "CALLER_NOT_ALLOWED": Reason("403", "This address or identity may not call this.", _SETUP),
    "CLAIMS_NOT_ALLOWED": Reason(
        "400", "Claims or a raw document from somebody who is not the edge.", _SETUP, erp=False
    ),
    "ACCOUNT_NOT_ALLOWED": Reason(
        "403", "The client may not use this account at this bank.", _SETUP
    ),
    "RATE_LIMITED": Reason("429", "Too many requests, or too many under way.", _AGAIN),
    "NOT_FOUND": Reason(
        "404, 405",
        "There is no such path, method or thing; another client's counts as none.",
        "Check the id. After a lost answer, look the transfer up by its reference.",
    ),
    "IDEMPOTENCY_CONFLICT": Reason(
        "409",
        "The key or the reference belongs to another payment; `metadata.transferId` names it.",
        "Read that transfer. If it is another payment, choose a new reference for this one.",
    ),
    "POSSIBLE_DUPLICATE": Reason(
        "409",
        "A transfer with the same source, beneficiary and amount is `UNKNOWN` or "
        "`NEEDS_OPERATOR`; `metadata.transferId` names it.",
        "Wait for that one. Only if this is certainly another payment: `allowDuplicate: true`.",
    ),
    "TRANSFER_STATE": Reason(
        "409",
        "The transfer's state does not allow this, for example to cancel what may be on its way.",
        "Read the transfer.",
    ),
    "UNSUPPORTED_BY_BANK": Reason(
        "400", "The bank does not offer this rail or question.", "Choose another rail or bank."
    ),
    "LIMIT_EXCEEDED": Reason("431, 400, 403", "More than a limit allows.", _FIX),
    "RAIL_CLOSED": Reason(
        "400",
        "The rail asked for takes no payment at this hour; metadata `hours` says when it does.",
        "Send it again then, or leave the rail to Gerbang (AUTO).",
    ),
    "NAME_MISMATCH": Reason(
        "400",
        "The bank knows the beneficiary account under another name.",
        "Check the vendor's account.",
    ),
    "BANK_UNAVAILABLE": Reason("503", "The bank cannot be asked now.", _AGAIN),
    "BANK_REFUSED": Reason(
        "400", "The bank refused the question; `metadata.responseCode` is its code.", _FIX
    ),
    "BANK_ANSWER_UNCLEAR": Reason("503", "The bank gave no usable answer.", _AGAIN),
    "KEY_NOT_ALLOWED": Reason(
        "403", "The caller may not use this key for this.", "Check the signer's grants.", erp=False
    ),
    "KEY_NOT_FOUND": Reason("404", "There is no such key.", "Check the key id.", erp=False),
    "KEY_STATE": Reason(
        "400", "The key's state does not allow this.", "Read the key's state.", erp=False
    ),
    "SIGNATURE_INVALID": Reason(
        "403", "A received signature is wrong.", "Refuse the message.", erp=False
    ),
    "TIMESTAMP_OUT_OF_RANGE": Reason(
        "400", "A received timestamp is too far from now.", "Check both clocks.", erp=False
    ),
    "SEALED": Reason(
        "503",
        "The signer has no key-encryption key yet.",
        "Give it its key; see docs/security/key-custody.md.",
        erp=False,
    ),
    "REPLAYED": Reason("403", "This message was accepted before.", "Refuse it.", erp=False),
    "DEADLINE_EXCEEDED": Reason(
        "504, 408",
        "No answer in time (408: the request itself came too slowly). A transfer may be under way.",
        _AGAIN,
    ),
    "UNAVAILABLE": Reason("503", "A part of the gateway is not available.", _AGAIN),
    "INTERNAL": Reason("500", "The gateway failed.", _AGAIN + " Tell whoever runs it."),
}


def names() -> list[str]:
    """The closed list, in the order of its numbers. Raises SystemExit on a difference."""
    listed = [name.removeprefix(_PREFIX) for name, number in ErrorReason.items() if number]
    if difference := set(listed) ^ REASONS.keys():
        raise SystemExit(f"tools/error_reasons.py and the proto differ: {sorted(difference)}")
    return listed


def given() -> frozenset[str]:
    """The reasons that some part of the house gives."""
    texts = (
        path.read_text()
        for pattern in SOURCES
        for folder in ROOT.glob(pattern)
        for path in folder.rglob("*.py")
    )
    return frozenset(found for text in texts for found in _QUOTED.findall(text))


def table() -> str:
    """Every reason."""
    known = given()
    rows = ["| reason | HTTP | meaning | what to do |", "|---|---|---|---|"]
    for name in names():
        reason = REASONS[name]
        meaning = reason.meaning if name in known else f"{reason.meaning} *(Not given yet.)*"
        if not reason.erp:
            meaning += " *(Inside the house.)*"
        rows.append(f"| `{name}` | {reason.status} | {meaning} | {reason.what_to_do} |")
    return "\n".join(rows)


def erp_table() -> str:
    """What an ERP can meet, shorter."""
    known = given()
    rows = ["| reason | HTTP | what to do |", "|---|---|---|"]
    rows += [
        f"| `{name}` | {REASONS[name].status} | {REASONS[name].what_to_do} |"
        for name in names()
        if REASONS[name].erp and name in known
    ]
    return "\n".join(rows)
