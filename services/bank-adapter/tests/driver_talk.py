"""What the tests of drivers share: one order, a scripted talk, answers that are none."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from bank_adapter.domain.conversation import Answer, Send, Signature
from bank_adapter.domain.money import Money
from bank_adapter.domain.order import PaymentOrder
from bank_adapter.domain.rail import Rail
from bank_adapter.drivers.protocol import Envelope

AT = datetime(2026, 11, 21, 3, 30, 5, tzinfo=UTC)
EXTERNAL_ID = "20261121103005000000000000000002"
ENVELOPE = Envelope(external_id=EXTERNAL_ID, access_token="token-1", at=AT)
OTHER_ACCOUNT = "888801000157508"
# What a bank may add to any reply.
OF_NEXT_YEAR = {"newField": {"a": [1, 2.5, None]}, "newText": "x"}


ORDER = PaymentOrder(
    bank_partner_reference_no="2026112100000000000001",
    rail=Rail.INTRABANK,
    amount=Money(1_000_000, "IDR"),
    source_account_no="1234567890",
    beneficiary_account_no="8010001575",
    beneficiary_account_name="YORIES YOLANDA",
    remark="INV 2026 11 0001",
)


@dataclass
class Talk:
    """A conversation played to its end: the steps asked for and the result."""

    steps: list[Any] = field(default_factory=list)
    result: Any = None

    @property
    def sent(self) -> Send:
        return next(step for step in self.steps if isinstance(step, Send))


def play(conversation: Any, answer: Answer, signature: str = "c2lnbmF0dXJl") -> Talk:
    """Answers every signing step with `signature` and the Send with `answer`."""
    talk = Talk()
    reply: Any = None
    try:
        while True:
            step = conversation.send(reply)
            talk.steps.append(step)
            reply = answer if isinstance(step, Send) else Signature(signature)
    except StopIteration as done:
        talk.result = done.value
    return talk


def json_answer(status: int, fields: Mapping[str, Any]) -> Answer:
    return Answer(status=status, headers={}, body=json.dumps(fields).encode())


NOT_AN_ANSWER = {
    "empty": Answer(status=200, headers={}, body=b""),
    "proxy page": Answer(status=502, headers={}, body=b"<html>Bad Gateway</html>"),
    "page with 200": Answer(status=200, headers={}, body=b"<html>Welcome</html>"),
    "truncated": Answer(status=200, headers={}, body=b'{"responseCode":"2001700","res'),
    "null": Answer(status=200, headers={}, body=b"null"),
    "list": Answer(status=200, headers={}, body=b"[]"),
    "empty object": Answer(status=200, headers={}, body=b"{}"),
    "deep": Answer(status=200, headers={}, body=b'{"a":' * 50_000),
    "latin-1": Answer(status=200, headers={}, body=b'{"a":"\xe9"}'),
    "bare 401": Answer(status=401, headers={}, body=b"Unauthorized"),
    "bare 404": Answer(status=404, headers={}, body=b""),
    "bare 409": Answer(status=409, headers={}, body=b"{}"),
    "bare 500": Answer(status=500, headers={}, body=b"{}"),
    "redirect": Answer(status=307, headers={"location": "/"}, body=b'{"responseCode":"2001700"}'),
}
