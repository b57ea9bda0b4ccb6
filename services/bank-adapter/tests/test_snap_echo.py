"""Echoes: what the bank repeats must be ours; what it does not repeat is no matter."""

from __future__ import annotations

from collections.abc import Mapping

import pytest
from bank_adapter.domain.money import Money
from bank_adapter.domain.order import PaymentOrder, SentOrder
from bank_adapter.domain.rail import Rail
from bank_adapter.domain.verdict import Reading, Verdict
from bank_adapter.snap.echo import Echo, Shape, compared, of_order, of_sent
from hypothesis import given
from hypothesis import strategies as st

ORDER = PaymentOrder(
    bank_partner_reference_no="2026112100000000000001",
    rail=Rail.BIFAST,
    amount=Money(1_000_000, "IDR"),
    source_account_no="1234567890",
    beneficiary_account_no="8010001575",
    beneficiary_bank_code="BRINIDJA",
)
SENT = SentOrder(
    order=ORDER,
    service_code="18",
    external_id="20261121103005000000000000000002",
    transaction_date="2026-11-21T10:30:05+07:00",
)


def judged(fields: Mapping[str, object], verdict: Verdict = Verdict.SETTLED) -> Reading:
    reading = Reading(verdict=verdict, bank_reference_no="9")
    return compared(reading, fields, of_order(ORDER))


@pytest.mark.parametrize(
    "fields",
    [
        {},
        {"amount": None, "sourceAccountNo": "", "partnerReferenceNo": " "},
        {"amount": {"value": "10000.00", "currency": "IDR"}},
        {"amount": {"value": "10000.0"}},
        {"amount": {"value": "0000000010000.00", "currency": "IDR"}},
        {"amount": {"value": "10000", "currency": ""}},
        {"amount": {"value": "", "currency": ""}},
        {"amount": "10000.00"},
        {"sourceAccountNo": " 1234567890 "},
        {"sourceAccount": "1234567890"},
        {"beneficiaryAccountNumber": "8010001575"},
        {"beneficiaryBankCode": "BRINIDJA"},
        {"beneficiaryBankCode": "002"},
        {"unknown": "field"},
    ],
)
def test_our_own_echo_keeps_the_verdict(fields: Mapping[str, object]):
    assert judged(fields) == Reading(verdict=Verdict.SETTLED, bank_reference_no="9")


@pytest.mark.parametrize(
    ("fields", "what"),
    [
        ({"amount": {"value": "10000.01", "currency": "IDR"}}, "AMOUNT"),
        ({"amount": {"value": "1000000", "currency": "IDR"}}, "AMOUNT"),
        ({"amount": {"value": "10000.001", "currency": "IDR"}}, "AMOUNT"),
        ({"amount": {"value": "10.000,00", "currency": "IDR"}}, "AMOUNT"),
        ({"amount": {"value": "-10000.00", "currency": "IDR"}}, "AMOUNT"),
        ({"amount": {"value": "10000.00", "currency": "USD"}}, "AMOUNT"),
        ({"amount": {"value": "10000.00", "currency": ["IDR"]}}, "AMOUNT"),
        ({"amount": {"currency": "USD"}}, "AMOUNT"),
        ({"amount": ["10000.00"]}, "AMOUNT"),
        ({"amount": True}, "AMOUNT"),
        ({"sourceAccountNo": "1234567891"}, "SOURCE_ACCOUNT"),
        ({"sourceAccount": "0234567890"}, "SOURCE_ACCOUNT"),
        ({"sourceAccountNo": {"no": "1234567890"}}, "SOURCE_ACCOUNT"),
        ({"beneficiaryAccountNo": "8010001576"}, "BENEFICIARY_ACCOUNT"),
        (
            {"beneficiaryAccountNo": "8010001575", "beneficiaryAccountNumber": "1"},
            "BENEFICIARY_ACCOUNT",
        ),
        ({"beneficiaryBankCode": "BMRIIDJA"}, "BENEFICIARY_BANK"),
        ({"partnerReferenceNo": "2026112100000000000002"}, "PARTNER_REFERENCE"),
    ],
)
def test_foreign_echo_is_unknown_with_an_alarm(fields: Mapping[str, object], what: str):
    assert judged(fields) == Reading(
        verdict=Verdict.UNKNOWN, reason=f"ECHO_MISMATCH_{what}", alarm=True
    )


@pytest.mark.parametrize(
    "verdict",
    [Verdict.ACCEPTED, Verdict.REJECTED, Verdict.RETURNED, Verdict.PENDING, Verdict.NOT_FOUND],
)
def test_every_word_about_the_payment_needs_our_echo(verdict: Verdict):
    assert judged({"sourceAccountNo": "1"}, verdict).verdict is Verdict.UNKNOWN


def test_duplicate_stays_duplicate_and_raises_the_alarm():
    reading = judged({"sourceAccountNo": "1"}, Verdict.DUPLICATE)
    assert (reading.verdict, reading.alarm) == (Verdict.DUPLICATE, True)


@pytest.mark.parametrize("verdict", [Verdict.REFUSED, Verdict.REFUSED_TOKEN, Verdict.UNKNOWN])
def test_refusal_before_processing_is_not_about_the_payment(verdict: Verdict):
    assert judged({"sourceAccountNo": "1"}, verdict).verdict is verdict


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        ({"originalExternalId": "1"}, "ECHO_MISMATCH_ORIGINAL_EXTERNAL_ID"),
        ({"originalPartnerReferenceNo": "1"}, "ECHO_MISMATCH_ORIGINAL_PARTNER_REFERENCE"),
        ({"serviceCode": "17"}, "ECHO_MISMATCH_SERVICE_CODE"),
        ({"amount": {"value": "1.00"}}, "ECHO_MISMATCH_AMOUNT"),
        ({"originalExternalId": "20261121103005000000000000000002"}, ""),
        ({"partnerReferenceNo": "of the inquiry itself"}, ""),
    ],
)
def test_inquiry_is_about_our_message(fields: Mapping[str, object], reason: str):
    reading = compared(Reading(verdict=Verdict.SETTLED), fields, of_sent(SENT))
    assert reading.reason == reason


@given(ours=st.integers(1, 10**15 - 1), theirs=st.integers(1, 10**15 - 1), zeros=st.integers(0, 3))
def test_echoed_amount_is_ours_exactly_when_it_is_as_much(ours: int, theirs: int, zeros: int):
    echo = Echo(what="AMOUNT", names=("amount",), amount=Money(ours, "IDR"), shape=Shape.AMOUNT)
    for minor in (ours, theirs):
        value = f"{minor // 100}.{minor % 100:02d}{'0' * zeros}"
        fields = {"amount": {"value": value, "currency": "IDR"}}
        found = compared(Reading(verdict=Verdict.SETTLED), fields, (echo,))
        assert (found.verdict is Verdict.SETTLED) is (minor == ours)
