"""Paydia's driver: the conformance suite, and every switch of what is unknown."""

from __future__ import annotations

import json
from dataclasses import replace
from types import MappingProxyType
from typing import Any

import pytest
from bank_adapter.domain.conversation import SignTransactionAsymmetric
from bank_adapter.domain.money import Money
from bank_adapter.domain.rail import Rail
from bank_adapter.domain.verdict import Verdict
from bank_adapter.drivers.protocol import InvalidOrderError
from bank_adapter.drivers.registry import open_driver
from driver_talk import AT, ENVELOPE, ORDER, json_answer, play
from snap_conformance import SNAPConformance

SETTINGS = {
    "bank_id": "paydia",
    "client_id": "paydia-client",
    "partner_id": "paydia-client",
    "token_key_id": "paydia-token",
    "transaction_key_id": "paydia-secret",
}
TO_BANK = replace(
    ORDER,
    rail=Rail.ONLINE,
    source_account_no="MERCHANT01",
    beneficiary_account_no="888801000157508",
    beneficiary_bank_code="002",
)


def driver(**changes: Any):
    return open_driver("paydia_snap", SETTINGS | changes)


class TestPaydiaSnap(SNAPConformance):
    driver = driver()
    orders = (TO_BANK,)
    success = MappingProxyType({"43": Verdict.ACCEPTED})
    beneficiary_field = "beneficiaryAccountNumber"
    other_bank_code = "002"
    asked_by_external_id = False
    translates_bank_codes = False


class TestPaydiaSnapFinal(TestPaydiaSnap):
    driver = driver(transfer_is_final=True, send_external_id=True, send_remark=True)
    success = MappingProxyType({"43": Verdict.SETTLED})
    asked_by_external_id = True


def body(changed_driver: Any) -> dict[str, Any]:
    return json.loads(changed_driver.render_transfer(TO_BANK, at=AT).body)


def test_transfer_in_the_standards_shape():
    message = driver().render_transfer(TO_BANK, at=AT)
    assert (message.service_code, message.path) == ("43", "/snap/v1.0/emoney/transfer-bank")
    assert message.transaction_date == ""
    assert message.body == (
        b'{"partnerReferenceNo":"2026112100000000000001","customerNumber":"MERCHANT01",'
        b'"beneficiaryAccountNumber":"888801000157508","beneficiaryBankCode":"002",'
        b'"amount":{"value":"10000.00","currency":"IDR"}}'
    )


def test_customer_number_may_be_constant_or_left_out():
    assert body(driver(customer_number="C-1"))["customerNumber"] == "C-1"
    assert "customerNumber" not in body(driver(send_customer_number=False))


def test_remark_is_sent_only_if_the_profile_says_so():
    assert "additionalInfo" not in body(driver())
    assert body(driver(send_remark=True))["additionalInfo"] == {"remark": "INV 2026 11 0001"}


def test_constants_of_the_profile_stand_where_the_standard_has_them():
    configured = driver(
        account_type="SAVING",
        fee_type="OUR",
        additional_info={"callbackUrl": "https://erp.example/x"},
        send_remark=True,
    )
    order = replace(TO_BANK, inquiry_session="S-1")
    sent = json.loads(configured.render_transfer(order, at=AT).body)
    assert list(sent) == [
        "partnerReferenceNo",
        "customerNumber",
        "accountType",
        "beneficiaryAccountNumber",
        "beneficiaryBankCode",
        "amount",
        "sessionId",
        "feeType",
        "additionalInfo",
    ]
    assert (sent["sessionId"], sent["feeType"]) == ("S-1", "OUR")
    assert sent["additionalInfo"] == {
        "callbackUrl": "https://erp.example/x",
        "remark": "INV 2026 11 0001",
    }


@pytest.mark.parametrize("wanted", [True, False])
def test_profile_says_whether_a_transfer_names_its_inquiry(wanted: bool):  # noqa: FBT001  parameter of the table
    assert driver(session_from_inquiry=wanted).wants_inquiry_session is wanted


def test_status_is_asked_by_our_reference():
    paydia = driver()
    message = paydia.render_inquiry(TestPaydiaSnap().sent(TO_BANK), at=AT)
    assert message.path == "/snap/v1.0/transfer/status"
    assert json.loads(message.body) == {
        "originalPartnerReferenceNo": "2026112100000000000001",
        "serviceCode": "43",
    }


def test_answer_about_another_attempt_of_the_transfer_counts():
    sent = TestPaydiaSnap().sent(TO_BANK)
    answer = TestPaydiaSnap().status_answer(sent, "00", originalExternalId="1")
    paydia = driver()
    message = paydia.render_inquiry(sent, at=AT)
    assert play(paydia.inquiry(sent, message, ENVELOPE), answer).result.verdict is Verdict.SETTLED


def test_headers_carry_paydias_channel():
    paydia = driver()
    message = paydia.render_transfer(TO_BANK, at=AT)
    talk = play(paydia.transfer(TO_BANK, message, ENVELOPE), json_answer(200, {}))
    headers = dict(talk.sent.headers)
    assert (headers["CHANNEL-ID"], headers["X-PARTNER-ID"]) == ("12345", "paydia-client")


def test_asymmetric_alternative_has_no_token_in_it():
    paydia = driver(signing="ASYMMETRIC")
    message = paydia.render_transfer(TO_BANK, at=AT)
    talk = play(paydia.transfer(TO_BANK, message, ENVELOPE), json_answer(200, {}))
    assert isinstance(talk.steps[0], SignTransactionAsymmetric)
    assert "Authorization" not in dict(talk.sent.headers)


@pytest.mark.parametrize(("amount", "value"), [(None, "10000.00"), (Money(150, "IDR"), "1.50")])
def test_inquiry_has_an_amount(amount: Money | None, value: str):
    message = driver().render_account_inquiry(
        account_no="888801000157508",
        bank_code="002",
        reference_no="1",
        at=AT,
        amount=amount,
        source_account_no="MERCHANT01",
    )
    assert (message.service_code, message.path) == ("42", "/snap/v1.0/emoney/bank-account-inquiry")
    assert json.loads(message.body) == {
        "partnerReferenceNo": "1",
        "customerNumber": "MERCHANT01",
        "amount": {"value": value, "currency": "IDR"},
        "beneficiaryAccountNumber": "888801000157508",
        "beneficiaryBankCode": "002",
    }


def test_inquiry_may_leave_out_the_bank():
    message = driver(send_inquiry_bank_code=False).render_account_inquiry(
        account_no="888801000157508", bank_code="002", reference_no="1", at=AT
    )
    assert "beneficiaryBankCode" not in json.loads(message.body)


def test_name_is_read_from_the_e_money_family():
    paydia = driver()
    message = paydia.render_account_inquiry(
        account_no="888801000157508", bank_code="002", reference_no="1", at=AT
    )
    fields = {
        "responseCode": "2004200",
        "beneficiaryAccountNumber": "888801000157508",
        "beneficiaryAccountName": "YORIES YOLANDA",
        "sessionId": "S-1",
    }
    talk = play(paydia.account_inquiry(message, ENVELOPE), json_answer(200, fields))
    assert (talk.result.account_name, talk.result.session) == ("YORIES YOLANDA", "S-1")
    foreign = json_answer(200, fields | {"beneficiaryAccountNumber": "1"})
    talk = play(paydia.account_inquiry(message, ENVELOPE), foreign)
    assert (talk.result.reading.verdict, talk.result.account_name) == (Verdict.UNKNOWN, "")


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"beneficiary_bank_code": ""}, "beneficiaryBankCode"),
        ({"beneficiary_bank_code": "BRI"}, "beneficiaryBankCode"),
        ({"beneficiary_account_no": "1" * 33}, "beneficiaryAccountNo"),
        ({"source_account_no": ""}, "sourceAccountNo"),
    ],
)
def test_field_that_paydia_would_refuse_is_named(change: dict[str, Any], field: str):
    with pytest.raises(InvalidOrderError) as refused:
        driver().check(replace(TO_BANK, **change))
    assert refused.value.field == field
