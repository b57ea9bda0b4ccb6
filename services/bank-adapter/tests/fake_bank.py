"""A small bank behind the wire's port: it books, loses answers and refuses on demand.

It keeps its own ledger, which is the referee of the use-case tests.
"""

from __future__ import annotations

import asyncio
import json
from collections import Counter, deque
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from bank_adapter.application.ports.bank_wire import Lost, NotSent
from bank_adapter.application.ports.signer import NotSigned, SignStep
from bank_adapter.domain.conversation import Answer, Send, Signature

TOKEN_PATH = "/openapi/v1.0/access-token/b2b"
TRANSFER_PATH = "/openapi/v1.0/transfer-intrabank"
STATUS_PATH = "/openapi/v1.0/transfer/status"
INTERNAL_NAME_PATH = "/openapi/v1.0/account-inquiry-internal"
EXTERNAL_NAME_PATH = "/openapi/v2.0/account-inquiry-external"
BILL_PATH = "/openapi/v1.0/transfer-va/inquiry-intrabank"
NAME_PATHS = frozenset({INTERNAL_NAME_PATH, EXTERNAL_NAME_PATH, BILL_PATH})
BALANCE_PATH = "/openapi/v1.0/balance-inquiry"
STATEMENT_PATH = "/openapi/v1.0/bank-statement"


def answer(status: int, body: dict[str, Any]) -> Answer:
    return Answer(
        status=status,
        headers={"content-type": "application/json"},
        body=json.dumps(body).encode(),
    )


@dataclass
class FakeBank:
    """`script` holds what happens to the next transfers; empty means: settle."""

    script: deque[str] = field(default_factory=deque)
    status_script: deque[str] = field(default_factory=deque)
    token_script: deque[str] = field(default_factory=deque)
    name_script: deque[str] = field(default_factory=deque)
    account_name: str = "YORIES YOLANDA"
    bill: str = "0.00"
    statement_script: deque[str] = field(default_factory=deque)
    # Lines of the statement: amount, DEBIT or CREDIT, instant, remark if any.
    statement: list[tuple[str, ...]] = field(default_factory=list)
    # Whether only lines of the days that were asked for are shown.
    by_day: bool = False
    booked: dict[str, dict[str, Any]] = field(default_factory=dict)
    debits: Counter[str] = field(default_factory=Counter)
    received: list[Send] = field(default_factory=list)
    tokens: int = 0
    gate: asyncio.Event | None = None
    arrived: asyncio.Event = field(default_factory=asyncio.Event)
    asked: asyncio.Event = field(default_factory=asyncio.Event)
    statement_gate: asyncio.Event | None = None
    statement_asked: asyncio.Event = field(default_factory=asyncio.Event)
    # The bank's clock, when a test gives it one.
    clock_us: Callable[[], int] | None = None
    clock_offset_s: int = 0

    async def send(
        self, step: Send, *, timeout_s: float, before_first_byte: Callable[[], str | None]
    ) -> Answer | NotSent | Lost:
        handlers = {
            TOKEN_PATH: self._token,
            TRANSFER_PATH: self._transfer,
            STATUS_PATH: self._status,
            **dict.fromkeys(NAME_PATHS, self._name),
            STATEMENT_PATH: self._statement,
            BALANCE_PATH: self._balance,
        }
        behaviour = self._next(step.path)
        if behaviour == "not_sent":
            return NotSent("CONNECT_FAILED")
        if (reason := before_first_byte()) is not None:
            return NotSent(reason)
        self.received.append(step)
        if step.path == TRANSFER_PATH:
            self.arrived.set()
        if step.path == STATUS_PATH:
            self.asked.set()
        if step.path == STATEMENT_PATH:
            self.statement_asked.set()
            if self.statement_gate is not None:
                await self.statement_gate.wait()
        if self.gate is not None:
            await self.gate.wait()
        reply = handlers.get(step.path, self._transfer)(step, behaviour)
        if isinstance(reply, Answer) and self.clock_us is not None:
            at = self.clock_us() / 1_000_000 + self.clock_offset_s
            reply.headers["x-timestamp"] = datetime.fromtimestamp(at, UTC).isoformat()
        return reply

    def external_ids(self) -> list[str]:
        return [
            dict(step.headers)["X-EXTERNAL-ID"] for step in self.received if step.path != TOKEN_PATH
        ]

    def _next(self, path: str) -> str:
        script = {
            TOKEN_PATH: self.token_script,
            TRANSFER_PATH: self.script,
            STATUS_PATH: self.status_script,
            **dict.fromkeys(NAME_PATHS, self.name_script),
            STATEMENT_PATH: self.statement_script,
            BALANCE_PATH: deque(),
        }.get(path, self.script)
        return script.popleft() if script else "good"

    def _token(self, step: Send, behaviour: str) -> Answer | Lost:
        if behaviour == "refused":
            return answer(401, {"responseCode": "4017300", "responseMessage": "Unauthorized."})
        self.tokens += 1
        return answer(
            200,
            {
                "responseCode": "2007300",
                "responseMessage": "Successful",
                "accessToken": f"token-{self.tokens}",
                "tokenType": "bearer",
                "expiresIn": "900",
            },
        )

    def _transfer(self, step: Send, behaviour: str) -> Answer | Lost:
        body = json.loads(step.body)
        external_id = dict(step.headers)["X-EXTERNAL-ID"]
        match behaviour:
            case "good":
                return self._book(external_id, body)
            case "booked_but_lost":
                self._book(external_id, body)
                return Lost("CONNECTION_RESET")
            case "lost":
                return Lost("TIMEOUT")
            case "accepted":
                self._book(external_id, body)
                return answer(202, {"responseCode": "2021700", "responseMessage": "In Progress"})
            case "wrong_amount":
                self._book(external_id, body)
                wrong = {**body, "amount": {"value": "1.00", "currency": "IDR"}}
                return answer(200, {"responseCode": "2001700", "referenceNo": "9", **wrong})
        http, code = behaviour.split("/")
        return answer(int(http), {"responseCode": code, "responseMessage": "told so"})

    def _book(self, external_id: str, body: dict[str, Any]) -> Answer:
        self.debits[body["partnerReferenceNo"]] += 1
        self.booked[external_id] = body
        return answer(
            200,
            {
                "responseCode": "2001700",
                "responseMessage": "Successful",
                "referenceNo": f"77{len(self.booked):08d}",
                **body,
            },
        )

    def _name(self, step: Send, behaviour: str) -> Answer | Lost:
        asked = json.loads(step.body)
        service = {INTERNAL_NAME_PATH: "15", EXTERNAL_NAME_PATH: "16", BILL_PATH: "32"}[step.path]
        if behaviour == "lost":
            return Lost("TIMEOUT")
        if behaviour == "unknown_account":
            return answer(404, {"responseCode": f"404{service}11", "responseMessage": "Invalid"})
        if step.path == BILL_PATH:
            bill = {"value": self.bill, "currency": "IDR"}
            data = {**asked, "virtualAccountName": self.account_name, "totalAmount": bill}
            return answer(200, {"responseCode": "2003200", "virtualAccountData": data})
        return answer(
            200,
            {
                "responseCode": f"200{service}00",
                "responseMessage": "Successful",
                **asked,
                "beneficiaryAccountName": self.account_name,
            },
        )

    def _status(self, step: Send, behaviour: str) -> Answer | Lost:
        asked = json.loads(step.body)
        if behaviour == "lost":
            return Lost("TIMEOUT")
        found = self.booked.get(asked["originalExternalId"])
        if behaviour == "good" and found is None:
            return answer(404, {"responseCode": "4043601", "responseMessage": "Not Found"})
        body = found or {}
        latest = "00" if behaviour == "good" else behaviour
        return answer(
            200,
            {
                "responseCode": "2003600",
                "responseMessage": "Successful",
                "originalReferenceNo": "7700000001",
                "originalPartnerReferenceNo": asked.get("originalPartnerReferenceNo", ""),
                "originalExternalId": asked["originalExternalId"],
                "serviceCode": asked["serviceCode"],
                "amount": body.get("amount"),
                "beneficiaryAccountNo": body.get("beneficiaryAccountNo", ""),
                "sourceAccountNo": body.get("sourceAccountNo", ""),
                "latestTransactionStatus": latest,
                "transactionStatusDesc": "told so",
            },
        )

    def _balance(self, step: Send, behaviour: str) -> Answer | Lost:
        asked = json.loads(step.body)
        money = {"value": "1000000.00", "currency": "IDR"}
        return answer(
            200,
            {
                "responseCode": "2001100",
                "responseMessage": "Successful",
                "accountNo": asked["accountNo"],
                "accountInfos": [{"amount": money, "availableBalance": money}],
            },
        )

    def _statement(self, step: Send, behaviour: str) -> Answer | Lost:
        if behaviour == "lost":
            return Lost("TIMEOUT")
        asked = json.loads(step.body)
        first, last = asked["fromDateTime"][:10], asked["toDateTime"][:10]
        lines = [
            {
                "amount": {"value": value, "currency": "IDR"},
                "type": direction,
                "transactionDate": at,
                "remark": remark[0] if remark else "TRSF",
            }
            for value, direction, at, *remark in self.statement
            if not self.by_day or first <= at[:10] <= last
        ]
        more = {"hasMore": "Y"} if behaviour == "more" else {}
        return answer(
            200,
            {
                "responseCode": "2001400",
                "responseMessage": "Successful",
                "detailData": lines,
                **more,
            },
        )


@dataclass
class FakeSigner:
    """Signs everything, or answers what the script says."""

    script: deque[NotSigned] = field(default_factory=deque)
    signed: list[SignStep] = field(default_factory=list)

    async def sign(self, step: SignStep, *, attempt_id: str) -> Signature | NotSigned:
        if self.script:
            return self.script.popleft()
        self.signed.append(step)
        return Signature("c2lnbmF0dXJl")
