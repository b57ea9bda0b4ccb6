"""How the SNAP dialects word an answer: 200 when it is done, 202 while it is pending."""

from typing import Any

from simulator.codes import response_code
from simulator.exchange import Reply
from simulator.instructions import PENDING, Instruction

_OK = 200
_ACCEPTED = 202


def payment_reply(instruction: Instruction, service: str, body: dict[str, Any]) -> Reply:
    """The reply of a payment service whose only sign of a pending payment is the code."""
    status = _ACCEPTED if instruction.status == PENDING else _OK
    return coded(status, service, body)


def coded(status: int, service: str, body: dict[str, Any], message: str = "") -> Reply:
    """A reply with its code and words in front."""
    words = message or ("Successful" if status == _OK else "Request In Progress")
    code = response_code(status, service, "00")
    return Reply(status, {"responseCode": code, "responseMessage": words, **body})
