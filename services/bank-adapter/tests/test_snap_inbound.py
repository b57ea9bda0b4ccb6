"""Calls of a bank to us: shapes, refusals in SNAP's codes, and what a claim is."""

from __future__ import annotations

import hashlib
import json
from datetime import UTC, datetime
from typing import Any

import pytest
from bank_adapter.domain.money import Money
from bank_adapter.domain.order import PaymentOrder, SentOrder
from bank_adapter.domain.rail import Rail
from bank_adapter.snap import inbound, notification
from bank_adapter.snap.inbound import RefusedCallError
from hypothesis import given
from hypothesis import strategies as st

HEADERS = {
    "x-client-key": "bank",
    "x-timestamp": "2026-11-21T10:30:05+07:00",
    "x-signature": "c2ln",
    "authorization": "Bearer token-1",
    "x-partner-id": "partner",
    "x-external-id": "123456789012345678901234567890123456",
    "channel-id": "95051",
}
SENT = SentOrder(
    order=PaymentOrder(
        bank_partner_reference_no="2026112100000000000001",
        rail=Rail.RTGS,
        amount=Money(20_000_000_000, "IDR"),
        source_account_no="1234567890",
        beneficiary_account_no="888801000157508",
        beneficiary_bank_code="BRINIDJA",
    ),
    service_code="22",
    external_id="20261121103005000000000000000002",
    transaction_date="2026-11-21T10:30:05+07:00",
)
# BCA's sample: status 00, a text of rejection, a malformed date.
CLAIM: dict[str, Any] = {
    "originalPartnerReferenceNo": "2026112100000000000001",
    "originalExternalId": "2026112110300500000",
    "latestTransactionStatus": "00",
    "amount": {"value": "200000000.00", "currency": "IDR"},
    "beneficiaryAccountNo": "888801000157508",
    "beneficiaryBankCode": "BRINIDJA",
    "sourceAccountNo": "1234567890",
    "transactionDate": "2026-11-21T10:30:05+07:000",
    "additionalInfo": {"rejectStatusID": "Ditolak", "rejectStatusEN": "Rejected", "traceNo": "1"},
}


def claim(**changes: Any) -> bytes:
    return json.dumps(CLAIM | changes).encode()


def test_token_request_is_read():
    request = inbound.token_request(HEADERS, b'{"grantType":"client_credentials"}')
    assert (request.client_key, request.timestamp) == ("bank", "2026-11-21T10:30:05+07:00")
    assert request.at == datetime(2026, 11, 21, 3, 30, 5, tzinfo=UTC)


@pytest.mark.parametrize(
    ("headers", "body", "refusal"),
    [
        ({"x-client-key": ""}, b'{"grantType":"client_credentials"}', (400, "02")),
        ({"x-signature": ""}, b'{"grantType":"client_credentials"}', (400, "02")),
        ({"x-timestamp": "today"}, b'{"grantType":"client_credentials"}', (400, "01")),
        ({}, b'{"grantType":"password"}', (400, "01")),
        ({}, b"{}", (400, "01")),
        ({}, b"<html>", (400, "00")),
    ],
)
def test_wrong_token_request_is_refused(
    headers: dict[str, str], body: bytes, refusal: tuple[int, str]
):
    with pytest.raises(RefusedCallError) as refused:
        inbound.token_request(HEADERS | headers, body)
    assert (refused.value.http, refused.value.case) == refusal


def test_signed_call_hashes_the_minified_text():
    call = inbound.signed_call(HEADERS, b'{ "remark" : "two words" }')
    assert call.body_sha256 == hashlib.sha256(b'{"remark":"two words"}').digest()
    assert (call.access_token, call.partner_id) == ("token-1", "partner")
    assert "token-1" not in repr(call)


@pytest.mark.parametrize(
    ("headers", "refusal"),
    [
        ({"authorization": ""}, (400, "02")),
        ({"authorization": "Basic x"}, (401, "01")),
        ({"x-external-id": "abc"}, (400, "01")),
        ({"x-external-id": "1" * 37}, (400, "01")),
        ({"x-partner-id": ""}, (400, "02")),
        ({"x-timestamp": ""}, (400, "02")),
    ],
)
def test_wrong_signed_call_is_refused(headers: dict[str, str], refusal: tuple[int, str]):
    with pytest.raises(RefusedCallError) as refused:
        inbound.signed_call(HEADERS | headers, b"{}")
    assert (refused.value.http, refused.value.case) == refusal


def test_answer_has_snaps_shape():
    body = inbound.reply(http=200, service_code="76", case="00", message="Successful")
    assert body == b'{"responseCode":"2007600","responseMessage":"Successful"}'


def test_text_of_rejection_counts_beside_status_00():
    found = notification.read(claim())
    assert (found.rejected, found.status, found.reason) == (True, "00", "Rejected")
    assert found.amount == Money(20_000_000_000, "IDR")
    assert found.at == datetime(2026, 11, 21, 3, 30, 5, tzinfo=UTC)
    assert found.mismatch(SENT) == ""


@pytest.mark.parametrize(
    ("status", "rejected"), [("00", False), ("03", False), ("06", True), ("04", True), ("9", False)]
)
def test_status_alone(status: str, rejected: bool):  # noqa: FBT001  parameter of the table
    found = notification.read(claim(latestTransactionStatus=status, additionalInfo={}))
    assert found.rejected is rejected


@pytest.mark.parametrize(
    ("changes", "about"),
    [
        ({}, True),
        ({"originalExternalId": "9"}, True),
        ({"originalPartnerReferenceNo": ""}, True),
        ({"originalPartnerReferenceNo": "", "originalExternalId": SENT.external_id}, True),
        ({"originalPartnerReferenceNo": "1"}, False),
        ({"originalPartnerReferenceNo": "", "originalExternalId": "2026112110300500001"}, False),
        ({"originalPartnerReferenceNo": "", "originalExternalId": "2026"}, False),
    ],
)
def test_reference_first_then_the_front_of_the_external_id(changes: dict[str, Any], about: bool):  # noqa: FBT001  parameter of the table
    assert notification.read(claim(**changes)).is_about(SENT) is about


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"amount": {"value": "1.00", "currency": "IDR"}}, "ECHO_MISMATCH_AMOUNT"),
        ({"sourceAccountNo": "1"}, "ECHO_MISMATCH_SOURCE_ACCOUNT"),
        ({"beneficiaryAccountNo": "1"}, "ECHO_MISMATCH_BENEFICIARY_ACCOUNT"),
        ({"beneficiaryBankCode": "BMRIIDJA"}, "ECHO_MISMATCH_BENEFICIARY_BANK"),
    ],
)
def test_claim_about_another_payment_is_told(changes: dict[str, Any], reason: str):
    assert notification.read(claim(**changes)).mismatch(SENT) == reason


@pytest.mark.parametrize(
    ("body", "case"),
    [
        (b"", "00"),
        (b"[]", "00"),
        (b"{}", "02"),
        (json.dumps({"latestTransactionStatus": "06"}).encode(), "02"),
        (claim(latestTransactionStatus="", additionalInfo={}), "02"),
    ],
)
def test_notification_without_a_subject_or_a_word_is_refused(body: bytes, case: str):
    with pytest.raises(RefusedCallError) as refused:
        notification.read(body)
    assert (refused.value.http, refused.value.case) == (400, case)


@given(st.binary(max_size=200))
def test_no_bytes_do_more_than_be_refused(body: bytes):
    with pytest.raises(RefusedCallError):
        notification.read(body)
