"""The older BCA: the conformance suite, both published vectors, the ESB codes."""

from __future__ import annotations

import hmac
import json
from dataclasses import replace
from datetime import date, datetime
from pathlib import Path
from types import MappingProxyType
from typing import Any

import pytest
from bank_adapter.domain.conversation import Answer, AuthorizeClient, WireMessage
from bank_adapter.domain.order import PaymentOrder, SentOrder
from bank_adapter.domain.rail import Rail
from bank_adapter.domain.verdict import Reading, Verdict
from bank_adapter.drivers.bca_legacy.driver import BCALegacyDriver
from bank_adapter.drivers.bca_legacy.exchange import digest
from bank_adapter.drivers.bca_legacy.profile import BCALegacyProfile
from bank_adapter.drivers.bca_legacy.signals import SIGNALS
from bank_adapter.drivers.protocol import Envelope, InvalidOrderError
from bank_adapter.drivers.settings import ProfileError, read_profile
from driver_conformance import DriverConformance
from driver_talk import AT, ENVELOPE, ORDER, json_answer, play

VECTORS = json.loads((Path(__file__).parent / "vectors" / "snap.json").read_text("utf-8"))
SETTINGS = {
    "bank_id": "bca-legacy",
    "client_id": "client",
    "api_key": "api-key",
    "corporate_id": "BCAAPI2016",
    "origin": "erp.example",
    "token_key_id": "client-secret",
    "transaction_key_id": "api-secret",
}
DRIVER = BCALegacyDriver(read_profile(BCALegacyProfile, SETTINGS))
ELSEWHERE = replace(
    ORDER,
    rail=Rail.ONLINE,
    beneficiary_account_no="888801000157508",
    beneficiary_bank_code="BRINIDJA",
    beneficiary_residence="1",
    beneficiary_type="2",
)
TRANSFER_TYPES = {"17": "BCA", "18": "ONL", "23": "LLG", "22": "RTG"}


class TestBCALegacy(DriverConformance):
    driver = DRIVER
    orders = (
        ORDER,
        *(replace(ELSEWHERE, rail=rail) for rail in (Rail.ONLINE, Rail.SKN, Rail.RTGS)),
    )
    success = MappingProxyType(
        {
            "17": Verdict.SETTLED,
            "18": Verdict.ACCEPTED,
            "23": Verdict.ACCEPTED,
            "22": Verdict.ACCEPTED,
        }
    )

    def digest_of(self, body: bytes) -> bytes:
        return digest(body)

    def transfer_answer(self, order: PaymentOrder, message: WireMessage, **changes: Any) -> Answer:
        inside = {
            "TransactionID": order.bank_partner_reference_no[-8:],
            "TransactionDate": message.transaction_date,
            "ReferenceID": order.bank_partner_reference_no,
            "Status": "Success",
        }
        elsewhere = {
            "transaction_id": order.bank_partner_reference_no[-8:],
            "transaction_date": message.transaction_date,
        }
        fields = inside if message.service_code == "17" else elsewhere
        return json_answer(200, fields | changes)

    def status_answer(self, sent: SentOrder, status: str, **changes: Any) -> Answer:
        fields = {
            "TransactionID": sent.order.bank_partner_reference_no[-8:],
            "TransactionDate": sent.transaction_date,
            "TransferType": TRANSFER_TYPES[sent.service_code],
            "SourceAccountNumber": sent.order.source_account_no,
            "BeneficiaryAccountNumber": sent.order.beneficiary_account_no,
            "CurrencyCode": "IDR",
            "Amount": sent.order.amount.value,
            "StatusCode": status,
            "Reason": {"English": "reason", "Indonesian": "alasan"},
        }
        return json_answer(200, fields | changes)

    def not_found_answer(self, sent: SentOrder) -> Answer:
        return error(404, "ESB-99-127")

    def token_answer(self, lifetime: str | int = 900, **changes: Any) -> Answer:
        return json_answer(200, {"access_token": "token-1", "expires_in": lifetime} | changes)

    def balance_answer(self, account_no: str, *, as_object: bool = False, **changes: Any) -> Answer:
        found = {
            "AccountNumber": account_no,
            "Currency": "IDR",
            "Balance": "1000.00",
            "AvailableBalance": "900.00",
        }
        fields = {"AccountDetailDataSuccess": found if as_object else [found]}
        return json_answer(200, fields | changes)

    def name_answer(self, account_no: str, **changes: Any) -> Answer:
        fields = {"account_number": account_no, "account_name": "YORIES YOLANDA"}
        return json_answer(200, fields | changes)

    def statement_answer(self, **changes: Any) -> Answer:
        line = {
            "TransactionDate": "2026-11-21",
            "TransactionType": "D",
            "TransactionAmount": "10000.00",
        }
        return json_answer(200, {"Currency": "IDR", "Data": [line]} | changes)


def error(status: int, code: str) -> Answer:
    words = {"Indonesian": "x", "English": "y"}
    return json_answer(status, {"ErrorCode": code, "ErrorMessage": words})


def string_to_sign(step: Any) -> str:
    return (
        f"{step.method}:{step.path}:{step.access_token}:{step.body_sha256.hex()}:{step.timestamp}"
    )


VECTOR_AT = datetime.fromisoformat("2016-02-03T10:00:00.000+07:00")
VECTOR_TOKEN = "lIWOt2p29grUo59bedBUrBY3pnzqQX544LzYPohcGHOuwn8AUEdUKS"
VECTOR_ENVELOPE = Envelope(external_id="1", access_token=VECTOR_TOKEN, at=VECTOR_AT)


def signature_of(step: Any) -> str:
    key = VECTORS["V1-bca-legacy-post"]["key"].encode()
    return hmac.digest(key, string_to_sign(step).encode(), "sha256").hex()


def test_vector_of_a_post_with_blanks_inside_values():
    """V1: the string BCA publishes, over the body with its blanks still in it."""
    body = (
        b'{"CorporateID":"BCAAPI2016","SourceAccountNumber":"0201245680","TransactionID":'
        b'"00000001","TransactionDate":"2016-01-30","ReferenceID":"12345/PO/2016",'
        b'"CurrencyCode":"IDR","Amount":"100000.00","BeneficiaryAccountNumber":"0201245681",'
        b'"Remark1":"Transfer Test","Remark2":"Online Transfer"}'
    )
    message = WireMessage(
        service_code="17", method="POST", path="/banking/corporates/transfers", body=body
    )
    talk = play(DRIVER.transfer(ORDER, message, VECTOR_ENVELOPE), json_answer(200, {}))
    vector = VECTORS["V1-bca-legacy-post"]
    assert string_to_sign(talk.steps[0]) == vector["string_to_sign"]
    assert signature_of(talk.steps[0]) == vector["signature"]
    assert talk.sent.body == body


def test_vector_of_a_get_with_a_sorted_query():
    """V2 is printed with the path of version 2."""
    driver = BCALegacyDriver(
        read_profile(BCALegacyProfile, SETTINGS | {"accounts_path": "/banking/v2/corporates"})
    )
    day = date(2016, 9, 1)
    message = driver.render_statement(
        account_no="0201245680", reference_no="1", first_day=day, last_day=day, at=AT
    )
    talk = play(driver.statement(message, VECTOR_ENVELOPE), json_answer(200, {}))
    vector = VECTORS["V2-bca-legacy-get"]
    assert string_to_sign(talk.steps[0]) == vector["string_to_sign"]
    assert signature_of(talk.steps[0]) == vector["signature"]
    assert (talk.sent.method, talk.sent.body) == ("GET", b"")


def test_headers_of_a_signed_call():
    message = DRIVER.render_transfer(ORDER, at=AT)
    talk = play(DRIVER.transfer(ORDER, message, ENVELOPE), json_answer(200, {}), "abc")
    assert talk.sent.headers == (
        ("Authorization", "Bearer token-1"),
        ("Content-Type", "application/json"),
        ("Origin", "erp.example"),
        ("X-BCA-Key", "api-key"),
        ("X-BCA-Timestamp", "2026-11-21T10:30:05.000+07:00"),
        ("X-BCA-Signature", "abc"),
    )


def test_transfer_to_another_bank_in_the_older_words():
    order = replace(ELSEWHERE, rail=Rail.SKN, beneficiary_bank_code="002", remark="A" * 20)
    message = DRIVER.render_transfer(order, at=AT)
    assert (message.service_code, message.path) == (
        "23",
        "/banking/corporates/transfers/v2/domestic",
    )
    assert json.loads(message.body) == {
        "transaction_id": "00000001",
        "transaction_date": "2026-11-21",
        "source_account_number": "1234567890",
        "beneficiary_account_number": "888801000157508",
        "beneficiary_bank_code": "BRINIDJA",
        "beneficiary_name": "YORIES YOLANDA",
        "amount": "10000.00",
        "transfer_type": "LLG",
        "beneficiary_cust_type": "2",
        "beneficiary_cust_residence": "1",
        "currency_code": "IDR",
        "remark1": "A" * 18,
        "remark2": "AA",
    }
    talk = play(DRIVER.transfer(order, message, ENVELOPE), json_answer(200, {}), "abc")
    headers = dict(talk.sent.headers)
    assert (headers["channel-id"], headers["credential-id"]) == ("95051", "BCAAPI2016")


def test_trace_of_a_clearing_is_kept():
    message = DRIVER.render_transfer(ELSEWHERE, at=AT)
    answer = TestBCALegacy().transfer_answer(ELSEWHERE, message, ppu_no="DAC8")
    reading = play(DRIVER.transfer(ELSEWHERE, message, ENVELOPE), answer).result
    assert (reading.verdict, reading.network_reference_no) == (Verdict.ACCEPTED, "DAC8")


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"beneficiary_account_name": ""}, "beneficiaryAccountName"),
        ({"beneficiary_account_name": "x" * 36}, "beneficiaryAccountName"),
        ({"beneficiary_account_no": "1" * 35}, "beneficiaryAccountNo"),
        ({"beneficiary_bank_code": ""}, "beneficiaryBankCode"),
        ({"beneficiary_bank_code": "999"}, "beneficiaryBankCode"),
        ({"beneficiary_bank_code": "014"}, "beneficiaryBankCode"),
        ({"beneficiary_residence": ""}, "beneficiaryCustomerResidence"),
        ({"beneficiary_type": "4"}, "beneficiaryCustomerType"),
        ({"beneficiary_email": "a@b"}, "beneficiaryEmail"),
        ({"remark": "x" * 37}, "remark"),
        ({"bank_partner_reference_no": "1"}, "bankPartnerReferenceNo"),
    ],
)
def test_field_that_bca_would_refuse_is_named(change: dict[str, Any], field: str):
    with pytest.raises(InvalidOrderError) as refused:
        DRIVER.check(replace(ELSEWHERE, **change))
    assert refused.value.field == field


@pytest.mark.parametrize("fields", [{}, {"transaction_id": ""}, {"ppu_no": "DAC8"}])
def test_answer_without_our_id_says_nothing_of_the_order(fields: dict[str, Any]):
    message = DRIVER.render_transfer(ELSEWHERE, at=AT)
    reading = play(DRIVER.transfer(ELSEWHERE, message, ENVELOPE), json_answer(200, fields)).result
    assert reading.verdict is Verdict.UNKNOWN


def test_token_is_asked_with_basic_and_a_form():
    talk = play(DRIVER.token(at=AT), json_answer(200, {}), "Y2xpZW50OnNlY3JldA==")
    assert talk.steps[0] == AuthorizeClient(key_id="client-secret", client_id="client")
    assert talk.sent.path == "/api/oauth/token"
    assert talk.sent.headers == (
        ("Authorization", "Basic Y2xpZW50OnNlY3JldA=="),
        ("Content-Type", "application/x-www-form-urlencoded"),
    )
    assert talk.sent.body == b"grant_type=client_credentials"


def test_remark_goes_into_two_parts():
    order = replace(ORDER, remark="A" * 18 + "B" * 18)
    body = json.loads(DRIVER.render_transfer(order, at=AT).body)
    assert (body["Remark1"], body["Remark2"]) == ("A" * 18, "B" * 18)
    assert (body["TransactionID"], body["TransactionDate"]) == ("00000001", "2026-11-21")


def transferred(answer: Answer) -> Reading:
    message = DRIVER.render_transfer(ORDER, at=AT)
    return play(DRIVER.transfer(ORDER, message, ENVELOPE), answer).result


# Every row of the fact sheet, section 8: what it means to a transfer.
CODES = """
400 14-001 REFUSED
400 14-002 REFUSED
400 14-003 REFUSED
400 14-004 REFUSED
500 14-005 UNKNOWN
504 14-006 UNKNOWN
504 14-007 UNKNOWN
401 14-008 REFUSED
401 14-009 REFUSED_TOKEN
429 14-010 UNKNOWN
400 14-015 REFUSED
400 14-016 REFUSED
403 14-019 REFUSED
400 14-020 REFUSED
400 14-021 REFUSED
400 14-022 REFUSED
400 82-001 REJECTED
400 82-002 REJECTED
400 82-003 DUPLICATE
400 82-004 REJECTED
403 82-006 REJECTED
400 82-008 REJECTED
400 82-009 REJECTED
400 82-010 REJECTED
400 82-011 REJECTED
400 82-012 REJECTED
400 82-013 REJECTED
400 82-014 REJECTED
403 82-015 REJECTED
403 82-018 REJECTED
402 82-019 REJECTED
400 82-020 REJECTED
403 82-021 REJECTED
404 82-022 REJECTED
500 82-023 UNKNOWN
504 82-024 UNKNOWN
500 82-025 UNKNOWN
500 82-026 UNKNOWN
404 99-127 UNKNOWN
500 99-999 UNKNOWN
"""
ROWS = [
    (int(http), f"ESB-{code}", Verdict(verdict))
    for http, code, verdict in map(str.split, filter(None, CODES.split("\n")))
]


@pytest.mark.parametrize(("http", "code", "verdict"), ROWS)
def test_every_code_of_the_sheet_to_a_transfer(http: int, code: str, verdict: Verdict):
    assert transferred(error(http, code)).verdict is verdict


@pytest.mark.parametrize(("http", "code", "verdict"), ROWS)
def test_every_code_of_the_sheet_to_a_status_inquiry(http: int, code: str, verdict: Verdict):
    """A refusal of us is one; a refusal of the question says nothing of the transfer."""
    ours = verdict if verdict in {Verdict.REFUSED, Verdict.REFUSED_TOKEN} else Verdict.UNKNOWN
    not_found = code == "ESB-99-127"
    asked = TestBCALegacy().asked(ORDER, error(http, code)).verdict
    assert asked is (Verdict.NOT_FOUND if not_found else ours)


def test_row_of_the_code_stands_in_the_table_written_by_hand():
    assert {(http, code, verdict) for (http, code), verdict in SIGNALS.items()} <= set(ROWS)


@pytest.mark.parametrize(
    ("http", "code"),
    [(200, "ESB-82-019"), (500, "ESB-82-019"), (400, "ESB-82-005"), (400, ""), (400, "4001701")],
)
def test_code_that_is_not_in_the_sheet_is_unknown(http: int, code: str):
    assert transferred(error(http, code)).verdict is Verdict.UNKNOWN


@pytest.mark.parametrize("status", ["", "Failed", "Pending", None, {}])
def test_success_needs_the_banks_word(status: object):
    answer = json_answer(200, {"TransactionID": "00000001", "Status": status})
    assert transferred(answer).verdict is Verdict.UNKNOWN


@pytest.mark.parametrize("change", [{"TransactionID": "00000002"}, {"ReferenceID": "1"}])
def test_foreign_echo_of_a_transfer_is_unknown_with_an_alarm(change: dict[str, Any]):
    reading = transferred(json_answer(200, {"Status": "Success"} | change))
    assert (reading.verdict, reading.alarm) == (Verdict.UNKNOWN, True)


@pytest.mark.parametrize(
    "change",
    [
        {"TransactionID": "00000002"},
        {"TransactionDate": "2026-11-20"},
        {"TransferType": "LLG"},
        {"SourceAccountNumber": "1"},
        {"BeneficiaryAccountNumber": "1"},
        {"CurrencyCode": "USD"},
        {"Amount": "10000.01"},
    ],
)
def test_foreign_echo_of_a_status_is_unknown_with_an_alarm(change: dict[str, Any]):
    suite = TestBCALegacy()
    answer = suite.status_answer(suite.sent(ORDER), "00", **change)
    reading = suite.asked(ORDER, answer)
    assert (reading.verdict, reading.alarm) == (Verdict.UNKNOWN, True)


@pytest.mark.parametrize("order", TestBCALegacy.orders, ids=lambda order: order.rail.value)
def test_status_is_asked_by_transaction_id_day_and_type(order: PaymentOrder):
    sent = TestBCALegacy().sent(order)
    assert DRIVER.render_inquiry(sent, at=AT).path == (
        "/banking/corporates/transfers/status/00000001"
        f"?TransactionDate=2026-11-21&TransferType={TRANSFER_TYPES[sent.service_code]}"
    )


def test_wrong_profile_stops_the_start():
    with pytest.raises(ProfileError, match="origin must be"):
        read_profile(BCALegacyProfile, SETTINGS | {"origin": "a b"})
