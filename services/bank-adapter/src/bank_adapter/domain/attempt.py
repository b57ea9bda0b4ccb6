"""An attempt: one message to the bank, with the id that makes it unique."""

from __future__ import annotations

from enum import StrEnum

from msgspec import Struct

from bank_adapter.domain.conversation import WireMessage
from bank_adapter.domain.verdict import Verdict


class AttemptKind(StrEnum):
    """What the message is for."""

    TRANSFER = "TRANSFER"
    INQUIRY = "INQUIRY"


class AttemptResult(StrEnum):
    """How far the message is known to have come."""

    OPEN = "OPEN"
    NOT_SENT = "NOT_SENT"
    REFUSED = "REFUSED"
    ANSWERED = "ANSWERED"
    LOST = "LOST"


# The bank certainly did not process these.
HARMLESS = frozenset({AttemptResult.NOT_SENT, AttemptResult.REFUSED})


class Attempt(Struct, frozen=True, kw_only=True):
    """One message, stored before it is signed or sent.

    `external_id` is the X-EXTERNAL-ID, unique per bank identity and Jakarta
    day (`external_day`, yyyymmdd); it is never used again. Instants are
    microseconds since the epoch. `about_attempt_id` names, for an inquiry, the
    message it asks about.
    """

    attempt_id: str
    transfer_id: str
    kind: AttemptKind
    bank_identity: str
    external_id: str
    external_day: int
    message: WireMessage
    owner_id: str
    started_us: int
    deadline_us: int
    about_attempt_id: str = ""
    result: AttemptResult = AttemptResult.OPEN
    verdict: Verdict | None = None
    reason: str = ""
    ended_us: int = 0
    http_status: int = 0
    response_code: str = ""
    response_message: str = ""
    reply_body: bytes = b""


# The bank's answer decides the verdict; the verdict decides the result.
_RESULT_OF = {
    Verdict.NOT_SENT: AttemptResult.NOT_SENT,
    Verdict.REFUSED_TOKEN: AttemptResult.REFUSED,
    Verdict.REFUSED: AttemptResult.REFUSED,
}


def result_of(verdict: Verdict, *, answered: bool) -> AttemptResult:
    """The attempt's result: without an answer anything but NOT_SENT is LOST.

    A signer that refuses gives REFUSED without an answer from the bank.
    """
    if verdict in _RESULT_OF:
        return _RESULT_OF[verdict]
    return AttemptResult.ANSWERED if answered else AttemptResult.LOST
