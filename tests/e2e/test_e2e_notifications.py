"""The bank calls back: a late rejection through the real edge, and calls that are refused."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from typing import Any

import httpx
import pytest
from localstack.bank_admin import BankAdmin
from localstack.bank_caller import BankCaller
from localstack.banks import BCA
from localstack.erp import ERP
from localstack.stack import Stack

Reference = Callable[[], str]
WITHIN_S = 20.0
CLEARED = {
    "beneficiaryBankCode": "BRINIDJA",
    "beneficiaryAddress": "Jl. Braga 1 Bandung",
    "beneficiaryCustomerResidence": "1",
    "beneficiaryCustomerType": "2",
}
# About no payment of ours: what is refused must be refused before that matters.
CLAIM = {
    "originalPartnerReferenceNo": "999999",
    "latestTransactionStatus": "06",
    "additionalInfo": {"rejectStatusEN": "Rejected"},
}


@pytest.fixture
def caller(stack: Stack) -> Iterator[BankCaller]:
    with stack.bank_caller() as bank:
        yield bank


def settled_by_clearing(
    erp: ERP, reference: str, *, rail: str, amount: str = "100000001.00"
) -> dict[str, Any]:
    """A payment that the bank accepted and then, when asked, called done."""
    order = erp.order(reference, rail=rail, amount=amount, **CLEARED)
    answer = erp.post("/v1/transfers", order)
    assert answer.status_code == httpx.codes.OK, answer.text
    assert answer.json()["state"] == "PENDING", answer.text
    transfer: dict[str, Any] = erp.post(
        f"/v1/transfers/{answer.json()['transferId']}:inquire"
    ).json()
    assert transfer["state"] == "SETTLED", transfer
    return transfer


def awaited(erp: ERP, transfer_id: str, state: str) -> dict[str, Any]:
    deadline = time.monotonic() + WITHIN_S
    while True:
        transfer: dict[str, Any] = erp.get(f"/v1/transfers/{transfer_id}").json()
        if transfer["state"] == state:
            return transfer
        assert time.monotonic() < deadline, transfer
        time.sleep(0.1)


def refusal(answer: httpx.Response) -> tuple[int, str]:
    """HTTP status and SNAP's code, after a look at SNAP's shape."""
    body = answer.json()
    assert body.keys() == {"responseCode", "responseMessage"}, body
    assert answer.headers["x-timestamp"]
    return answer.status_code, body["responseCode"]


@pytest.mark.parametrize(("rail", "code"), [("RTGS", "2007600"), ("SKN", "2007500")])
def test_payment_that_the_bank_rejects_late_ends_returned(
    erp: ERP, bank: BankAdmin, reference: Reference, rail: str, code: str
) -> None:
    transfer = settled_by_clearing(erp, reference(), rail=rail)

    told = bank.reject_late(BCA.client_id, transfer["bankPartnerReferenceNo"])

    assert (told["httpStatus"], code in told["body"]) == (httpx.codes.OK, True), told
    returned = awaited(erp, transfer["transferId"], "RETURNED")
    reasons = [event.get("reason") for event in returned["events"]]
    assert f"BANK_NOTIFIED_{code[3:5]}" in reasons
    assert reasons[-1] == "LATE_REJECTION"


def test_claim_that_the_bank_itself_denies_changes_nothing(
    erp: ERP, caller: BankCaller, reference: Reference
) -> None:
    transfer = settled_by_clearing(erp, reference(), rail="RTGS")
    claim = CLAIM | {"originalPartnerReferenceNo": transfer["bankPartnerReferenceNo"]}

    answer = caller.send(caller.signed(caller.token(), claim))

    assert refusal(answer) == (200, "2007600")
    deadline = time.monotonic() + WITHIN_S
    while True:
        shown = erp.get(f"/v1/transfers/{transfer['transferId']}").json()
        reasons = [event.get("reason") for event in shown["events"]]
        if "LATE_REJECTION_NOT_CONFIRMED" in reasons:
            break
        assert time.monotonic() < deadline, reasons
        time.sleep(0.1)
    assert shown["state"] == "SETTLED"


def test_notification_and_its_answer_are_in_the_audit_without_secrets(
    erp: ERP, bank: BankAdmin, caller: BankCaller, reference: Reference
) -> None:
    transfer = settled_by_clearing(erp, reference(), rail="RTGS")
    bank.reject_late(BCA.client_id, transfer["bankPartnerReferenceNo"])
    awaited(erp, transfer["transferId"], "RETURNED")

    deadline = time.monotonic() + WITHIN_S
    while True:
        events = erp.get(
            "/v1/audit/events", transferId=transfer["transferId"], kind="bank.callback"
        ).json()["events"]
        if events:
            break
        assert time.monotonic() < deadline
        time.sleep(0.2)
    event = erp.get(f"/v1/audit/events/{events[0]['eventId']}").json()

    assert event["request"]["target"] == "/openapi/v1.0/transfer-rtgs/notify"
    assert "x-signature" not in event["request"]["headers"]
    assert "authorization" not in event["request"]["headers"]
    assert transfer["sourceAccountNo"] not in str(event)
    assert "2007600" in event["response"]["body"]


def test_unknown_payment_is_thanked_for_and_kept(caller: BankCaller) -> None:
    assert refusal(caller.send(caller.signed(caller.token(), CLAIM))) == (200, "2007600")


def test_token_of_ours_is_opaque_and_lives_fifteen_minutes(caller: BankCaller) -> None:
    answer = caller.ask_token()

    body = answer.json()
    assert (answer.status_code, body["responseCode"]) == (200, "2007300")
    assert (body["tokenType"], body["expiresIn"]) == ("Bearer", "900")
    assert answer.headers["x-client-key"]


@pytest.mark.parametrize(
    ("wrong", "verdict"),
    [
        ({"client_key": "nobody"}, (401, "4017300")),
        ({"signed": "another|text"}, (401, "4017300")),
        ({"age_s": 3600}, (401, "4017300")),
        ({"age_s": -3600}, (401, "4017300")),
    ],
)
def test_token_request_that_proves_nothing_is_refused(
    caller: BankCaller, wrong: dict[str, Any], verdict: tuple[int, str]
) -> None:
    assert refusal(caller.ask_token(**wrong)) == verdict


@pytest.mark.parametrize(
    ("wrong", "verdict"),
    [
        ({"secret": "another secret"}, (401, "4017600")),
        ({"age_s": 3600}, (401, "4017600")),
    ],
)
def test_notification_that_proves_nothing_is_refused(
    caller: BankCaller, wrong: dict[str, Any], verdict: tuple[int, str]
) -> None:
    assert refusal(caller.send(caller.signed(caller.token(), CLAIM, **wrong))) == verdict


def test_token_nobody_was_given_is_refused(caller: BankCaller, erp: ERP) -> None:
    assert refusal(caller.send(caller.signed("invented", CLAIM))) == (401, "4017601")
    assert refusal(caller.send(caller.signed(erp.token(), CLAIM))) == (401, "4017601")


def test_replay_is_refused_whatever_its_external_id(caller: BankCaller) -> None:
    token = caller.token()
    request = caller.signed(token, CLAIM)
    assert caller.send(request).status_code == httpx.codes.OK

    same = refusal(caller.send(request))
    request.headers["X-EXTERNAL-ID"] = "1" + request.headers["X-EXTERNAL-ID"]
    renamed = refusal(caller.send(request))

    assert same == renamed == (409, "4097600")


def test_external_id_is_taken_once_a_day(caller: BankCaller) -> None:
    token = caller.token()
    first = caller.signed(token, CLAIM)
    assert caller.send(first).status_code == httpx.codes.OK
    other = CLAIM | {"originalPartnerReferenceNo": "888888"}

    again = caller.send(caller.signed(token, other, external_id=first.headers["X-EXTERNAL-ID"]))

    assert refusal(again) == (409, "4097600")


def test_body_changed_on_the_way_is_refused(caller: BankCaller) -> None:
    request = caller.signed(caller.token(), CLAIM)
    changed = httpx.Request(
        "POST",
        request.url,
        headers={k: v for k, v in request.headers.items() if k != "content-length"},
        content=request.content.replace(b"999999", b"999998"),
    )

    assert refusal(caller.send(changed)) == (401, "4017600")
