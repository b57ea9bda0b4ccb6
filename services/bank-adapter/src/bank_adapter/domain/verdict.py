"""What a signal from the bank means for the money.

The rule of the house (transfer-rules section 4): only an explicit word of the
bank settles or rejects; everything nobody foresaw is UNKNOWN.
"""

from __future__ import annotations

from enum import StrEnum

from msgspec import Struct


class Verdict(StrEnum):
    """The classes of signals, for messages that move money and for inquiries."""

    # No byte of the request was written.
    NOT_SENT = "NOT_SENT"
    # The bank refused the token before processing (401xx01, 401xx03).
    REFUSED_TOKEN = "REFUSED_TOKEN"  # noqa: S105  a verdict, not a secret
    # The bank or the signer refused us before processing (401xx00): signature,
    # client, address. No transfer is at fault; the bank's circuit opens.
    REFUSED = "REFUSED"
    # The money moved.
    SETTLED = "SETTLED"
    # The bank took the order; the result comes later.
    ACCEPTED = "ACCEPTED"
    # The bank refused the payment; no money moved by this message.
    REJECTED = "REJECTED"
    # The money moved and came back (inquiry status 04).
    RETURNED = "RETURNED"
    # The bank already has this reference (404xx18, 409xx01).
    DUPLICATE = "DUPLICATE"
    # Inquiry: still under way (01, 02, 03 or a value nobody knows).
    PENDING = "PENDING"
    # Inquiry: the bank does not know it (07, 404xx01). Never final by itself.
    NOT_FOUND = "NOT_FOUND"
    # Anything else.
    UNKNOWN = "UNKNOWN"


class Reading(Struct, frozen=True, kw_only=True):
    """A bank's answer, read.

    `reason` is a constant name for logs and events when there is more to say
    than the verdict, for example ECHO_MISMATCH_AMOUNT or NOT_JSON; `alarm`
    asks for a person's attention. `response_message` is the bank's own text,
    cut to 150 characters (SNAP's limit). `network_reference_no` is the
    network's own word for the payment: BI-FAST's id, the trace of a clearing.
    """

    verdict: Verdict
    http_status: int = 0
    response_code: str = ""
    response_message: str = ""
    bank_reference_no: str = ""
    network_reference_no: str = ""
    reason: str = ""
    alarm: bool = False
