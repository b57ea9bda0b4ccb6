"""The main job through every process: one transfer and what can be asked about it."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import httpx
from localstack.bank_admin import BankAdmin
from localstack.erp import ERP

Reference = Callable[[], str]
FINAL_WITHIN_S = 20.0


def settled(erp: ERP, reference: str, **fields: Any) -> dict[str, Any]:
    answer = erp.post("/v1/transfers", erp.order(reference, **fields))
    assert answer.status_code == httpx.codes.OK, answer.text
    transfer: dict[str, Any] = answer.json()
    assert transfer["state"] == "SETTLED", transfer
    return transfer


def awaited(erp: ERP, transfer_id: str, state: str) -> dict[str, Any]:
    """The transfer once it is in `state`; fails when that takes too long."""
    deadline = time.monotonic() + FINAL_WITHIN_S
    while True:
        transfer: dict[str, Any] = erp.get(f"/v1/transfers/{transfer_id}").json()
        if transfer["state"] == state:
            return transfer
        assert time.monotonic() < deadline, transfer
        time.sleep(0.1)


def test_a_transfer_settles_and_shows_both_references(
    erp: ERP, bank: BankAdmin, reference: Reference
) -> None:
    name = reference()

    transfer = settled(erp, name, amount="1250000.00")

    assert transfer["partnerReferenceNo"] == name
    assert transfer["bankPartnerReferenceNo"].isdigit()
    assert transfer["amount"] == {"value": "1250000.00", "currency": "IDR"}
    assert transfer["bank"] == "bca"
    assert transfer["sourceAccountNo"] == erp.client.source_account
    assert transfer["beneficiaryAccountNo"] == erp.client.beneficiary_account
    assert transfer["responseCode"] == "2001700"
    assert transfer["bankReferenceNo"]
    assert transfer["createTime"] <= transfer["updateTime"]
    assert not transfer.get("replayed")
    assert bank.debits(transfer["bankPartnerReferenceNo"]) == ["1250000.00"]


def test_one_transfer_shows_its_attempts_and_events(erp: ERP, reference: Reference) -> None:
    transfer = settled(erp, reference())

    shown = erp.get(f"/v1/transfers/{transfer['transferId']}").json()

    (attempt,) = shown["attempts"]
    assert attempt["kind"] == "TRANSFER"
    assert attempt["serviceCode"] == "17"
    assert attempt["externalId"].isdigit()
    assert attempt["result"] == "ANSWERED"
    assert attempt["httpStatus"] == httpx.codes.OK
    assert attempt["responseCode"] == "2001700"
    assert attempt["startTime"] <= attempt["endTime"]
    assert shown["events"][-1]["toState"] == "SETTLED"
    assert [event["sequence"] for event in shown["events"]] == sorted(
        event["sequence"] for event in shown["events"]
    )


def test_the_same_request_again_is_the_same_transfer(
    erp: ERP, bank: BankAdmin, reference: Reference
) -> None:
    name = reference()
    first = settled(erp, name)

    again = erp.post("/v1/transfers", erp.order(name)).json()

    assert again["transferId"] == first["transferId"]
    assert again["replayed"] is True
    assert len(bank.debits(first["bankPartnerReferenceNo"])) == 1


def test_an_idempotency_key_goes_before_the_reference(erp: ERP, reference: Reference) -> None:
    name, key = reference(), reference()
    order = erp.order(name)
    first = erp.post("/v1/transfers", order, idempotency_key=key).json()

    replay = erp.post("/v1/transfers", order, idempotency_key=key)
    other_key = erp.post("/v1/transfers", order, idempotency_key=reference())

    assert replay.json()["transferId"] == first["transferId"]
    assert other_key.status_code == httpx.codes.CONFLICT
    assert first["transferId"] in other_key.text


def test_the_same_key_with_other_content_is_refused_and_names_the_transfer(
    erp: ERP, reference: Reference
) -> None:
    name = reference()
    first = settled(erp, name, amount="10000.00")

    answer = erp.post("/v1/transfers", erp.order(name, amount="10001.00"))

    assert answer.status_code == httpx.codes.CONFLICT
    (info,) = [d for d in answer.json()["details"] if "reason" in d]
    assert info["reason"] == "IDEMPOTENCY_CONFLICT"
    assert info["metadata"]["transferId"] == first["transferId"]


def test_respond_async_answers_at_once_and_the_work_goes_on(
    erp: ERP, bank: BankAdmin, reference: Reference
) -> None:
    bank.fault("delay", service="17", delay_ms=1000)

    answer = erp.post("/v1/transfers", erp.order(reference()), prefer="respond-async")

    assert answer.status_code == httpx.codes.ACCEPTED
    assert answer.json()["state"] == "PENDING"
    awaited(erp, answer.json()["transferId"], "SETTLED")


def test_a_slow_bank_leaves_the_transfer_pending_and_it_settles_later(
    erp: ERP, bank: BankAdmin, reference: Reference
) -> None:
    bank.fault("delay", service="17", delay_ms=4500)

    answer = erp.post("/v1/transfers", erp.order(reference()))

    assert answer.status_code == httpx.codes.OK
    assert answer.json()["state"] in {"PENDING", "UNKNOWN"}
    awaited(erp, answer.json()["transferId"], "SETTLED")


def test_a_lost_answer_is_unknown_until_the_bank_is_asked(
    erp: ERP, bank: BankAdmin, reference: Reference
) -> None:
    bank.fault("drop_after_booking", service="17")
    answer = erp.post("/v1/transfers", erp.order(reference(), amount="777001.00"))
    transfer = answer.json()
    assert transfer["state"] == "UNKNOWN", answer.text

    inquired = erp.post(f"/v1/transfers/{transfer['transferId']}:inquire")

    assert inquired.status_code == httpx.codes.OK, inquired.text
    assert inquired.json()["state"] == "SETTLED"
    assert bank.debits(transfer["bankPartnerReferenceNo"]) == ["777001.00"]


def test_an_explicit_refusal_of_the_bank_is_final_and_shows_its_code(
    erp: ERP, bank: BankAdmin, reference: Reference
) -> None:
    bank.fault("answer", service="17", http_status=403, case_code="14")

    transfer = erp.post("/v1/transfers", erp.order(reference())).json()

    assert transfer["state"] == "REJECTED"
    assert transfer["responseCode"] == "4031714"
    assert bank.debits(transfer["bankPartnerReferenceNo"]) == []


def test_a_list_is_filtered_by_reference_and_state(erp: ERP, reference: Reference) -> None:
    name = reference()
    transfer = settled(erp, name)

    found = erp.get("/v1/transfers", partnerReferenceNo=name, state="SETTLED").json()
    none = erp.get("/v1/transfers", partnerReferenceNo=name, state="REJECTED").json()

    assert [t["transferId"] for t in found["transfers"]] == [transfer["transferId"]]
    assert none.get("transfers", []) == []


def test_a_list_is_read_page_by_page_newest_first(erp: ERP, reference: Reference) -> None:
    made = [settled(erp, reference())["transferId"] for _ in range(3)]
    seen: list[str] = []
    token = ""
    while len(seen) < len(made):
        page = erp.get("/v1/transfers", pageSize=2, pageToken=token).json()
        seen += [t["transferId"] for t in page["transfers"]]
        token = page["nextPageToken"]

    assert seen[: len(made)] == made[::-1]


def test_the_pull_feed_brings_each_change_once_and_goes_on_later(
    erp: ERP, reference: Reference
) -> None:
    first = settled(erp, reference())
    feed = Feed(erp, since=first["createTime"])
    assert feed.next_change()["transferId"] == first["transferId"]

    second = settled(erp, reference())

    assert feed.next_change()["transferId"] == second["transferId"]
    assert feed.read() == []


class Feed:
    """An ERP that keeps the token of the pull feed and asks again later."""

    def __init__(self, erp: ERP, *, since: str) -> None:
        self._erp = erp
        self._since = since
        self._token = ""

    def read(self) -> list[dict[str, Any]]:
        page = self._erp.get(
            "/v1/transfers", updatedAfter=self._since, pageToken=self._token, pageSize=1
        ).json()
        self._token = page["nextPageToken"]
        return list(page.get("transfers", []))

    def next_change(self) -> dict[str, Any]:
        """The next one; a change is shown only once it is a few seconds old."""
        deadline = time.monotonic() + FINAL_WITHIN_S
        while not (changes := self.read()):
            assert time.monotonic() < deadline
            time.sleep(0.1)
        return changes[0]
