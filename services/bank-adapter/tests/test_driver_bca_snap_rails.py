"""BCA beyond its own accounts: 16, 18, 22, 23, 33 and the statement (14)."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pytest
from bank_adapter.domain.money import Money
from bank_adapter.domain.order import PaymentOrder
from bank_adapter.domain.rail import Rail
from bank_adapter.domain.verdict import Verdict
from bank_adapter.drivers.protocol import InvalidOrderError
from bank_adapter.drivers.registry import open_driver
from bank_adapter.snap.timestamp import JAKARTA
from driver_talk import AT, ENVELOPE, json_answer, play

VECTORS = json.loads((Path(__file__).parent / "vectors" / "snap.json").read_text("utf-8"))
DRIVER = open_driver(
    "bca_snap",
    {
        "bank_id": "bca",
        "client_id": "gw-demo-client-0001",
        "partner_id": "KBBDEMO001",
        "token_key_id": "bca-token",
        "transaction_key_id": "bca-secret",
    },
)
BIFAST = PaymentOrder(
    bank_partner_reference_no="2026112100000000000001",
    rail=Rail.BIFAST,
    amount=Money(1_000_000, "IDR"),
    source_account_no="1234567890",
    beneficiary_account_no="888801000157508",
    beneficiary_account_name="Yories Yolanda",
    beneficiary_bank_code="BRINIDJA",
)
RTGS = replace(
    BIFAST,
    rail=Rail.RTGS,
    beneficiary_address="Jalan Merdeka 1",
    beneficiary_residence="1",
    beneficiary_type="2",
    remark="INV 1",
)
VIRTUAL = replace(
    BIFAST,
    rail=Rail.VIRTUAL_ACCOUNT,
    beneficiary_account_no="   12345081234567890",
    beneficiary_bank_code="",
)


def rendered(order: PaymentOrder) -> dict[str, Any]:
    return json.loads(DRIVER.render_transfer(order, at=AT).body)


def test_bifast_body_is_the_vector_but_for_its_reference_and_source():
    """C1's reference has letters and its source a leading zero; the shape is ours."""
    order = replace(
        BIFAST, bank_partner_reference_no="20261121000001", source_account_no="0123456789"
    )
    at = datetime.fromisoformat("2026-11-21T10:30:24+07:00")
    message = DRIVER.render_transfer(order, at=at)
    expected = VECTORS["C1"]["body_as_hashed"].replace("INV20261121000001", "20261121000001")
    assert message.body.decode() == expected
    assert (message.service_code, message.path) == ("18", "/openapi/v2.0/transfer-interbank")


@pytest.mark.parametrize(
    ("rail", "additional"),
    [
        (Rail.BIFAST, {"transferType": "2", "purposeCode": "99"}),
        (Rail.ONLINE, {"transferType": "1", "purposeCode": ""}),
    ],
)
def test_network_is_named(rail: Rail, additional: dict[str, str]):
    assert rendered(replace(BIFAST, rail=rail))["additionalInfo"] == additional


def test_purpose_of_the_order_comes_first():
    assert rendered(replace(BIFAST, purpose_code="03"))["additionalInfo"]["purposeCode"] == "03"


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"beneficiary_account_name": ""}, "beneficiaryAccountName"),
        ({"beneficiary_account_name": "x" * 101}, "beneficiaryAccountName"),
        ({"beneficiary_account_name": "a\u0000b"}, "beneficiaryAccountName"),
        ({"beneficiary_bank_code": ""}, "beneficiaryBankCode"),
        ({"beneficiary_bank_code": "BRI"}, "beneficiaryBankCode"),
        ({"beneficiary_bank_code": "CENAIDJA"}, "beneficiaryBankCode"),
        ({"beneficiary_account_no": "1" * 35}, "beneficiaryAccountNo"),
        ({"purpose_code": "98"}, "purposeCode"),
        ({"amount": Money(25_000_000_001, "IDR")}, "amount.value"),
        ({"rail": Rail.ONLINE, "amount": Money(5_000_000_001, "IDR")}, "amount.value"),
        ({"rail": Rail.ONLINE, "beneficiary_account_no": "1" * 29}, "beneficiaryAccountNo"),
    ],
)
def test_interbank_field_that_bca_would_refuse_is_named(change: dict[str, Any], field: str):
    with pytest.raises(InvalidOrderError) as refused:
        DRIVER.check(replace(BIFAST, **change))
    assert refused.value.field == field


@pytest.mark.parametrize(
    ("code", "told"),
    [("002", "BRINIDJA"), ("BRINIDJAXXX", "BRINIDJA"), ("XXXXIDJ1", "XXXXIDJ1"), ("999", "999")],
)
def test_bca_is_told_swift_and_three_digits_only_of_a_bank_that_has_none(code: str, told: str):
    for rail in (Rail.BIFAST, Rail.ONLINE, Rail.SKN, Rail.RTGS):
        order = replace(RTGS, rail=rail, remark="", beneficiary_bank_code=code)
        assert rendered(order)["beneficiaryBankCode"] == told


@pytest.mark.parametrize("name", ["PT. Maju & Jaya", "O'Brien", "Café", "李小龍", 'A/B \\ "C"'])
def test_name_of_any_script_is_sent_as_given(name: str):
    body = DRIVER.render_transfer(replace(BIFAST, beneficiary_account_name=name), at=AT).body
    assert json.loads(body)["beneficiaryAccountName"] == name
    assert b"\\u" not in body
    assert b"\\/" not in body


@pytest.mark.parametrize(
    ("rail", "service", "path"),
    [
        (Rail.RTGS, "22", "/openapi/v1.0/transfer-rtgs"),
        (Rail.SKN, "23", "/openapi/v1.0/transfer-skn"),
    ],
)
def test_clearing_has_its_mandatory_fields(rail: Rail, service: str, path: str):
    message = DRIVER.render_transfer(replace(RTGS, rail=rail), at=AT)
    assert (message.service_code, message.path) == (service, path)
    assert list(json.loads(message.body)) == [
        "partnerReferenceNo",
        "amount",
        "beneficiaryAccountName",
        "beneficiaryAccountNo",
        "beneficiaryAddress",
        "beneficiaryBankCode",
        "beneficiaryCustomerResidence",
        "beneficiaryCustomerType",
        "remark",
        "sourceAccountNo",
        "transactionDate",
    ]


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"beneficiary_address": ""}, "beneficiaryAddress"),
        ({"beneficiary_address": "x" * 101}, "beneficiaryAddress"),
        ({"beneficiary_residence": ""}, "beneficiaryCustomerResidence"),
        ({"beneficiary_residence": "3"}, "beneficiaryCustomerResidence"),
        ({"beneficiary_type": "4"}, "beneficiaryCustomerType"),
        ({"rail": Rail.SKN, "amount": Money(100_000_000_001, "IDR")}, "amount.value"),
    ],
)
def test_clearing_field_that_bca_would_refuse_is_named(change: dict[str, Any], field: str):
    with pytest.raises(InvalidOrderError) as refused:
        DRIVER.check(replace(RTGS, **change))
    assert refused.value.field == field


def test_clearing_without_details_is_refused():
    plain = PaymentOrder(
        bank_partner_reference_no="1",
        rail=Rail.RTGS,
        amount=Money(1, "IDR"),
        source_account_no="1234567890",
        beneficiary_account_no="1",
        beneficiary_account_name="X",
        beneficiary_bank_code="BRINIDJA",
    )
    with pytest.raises(InvalidOrderError) as refused:
        DRIVER.check(plain)
    assert refused.value.field == "beneficiaryAddress"


@pytest.mark.parametrize("status", ["00", "03", "06"])
def test_success_of_clearing_is_not_the_end(status: str):
    message = DRIVER.render_transfer(RTGS, at=AT)
    answer = json_answer(200, {"responseCode": "2002200", "transactionStatus": status})
    reading = play(DRIVER.transfer(RTGS, message, ENVELOPE), answer).result
    assert reading.verdict is Verdict.ACCEPTED


def test_padding_blanks_of_a_virtual_account_are_kept():
    message = DRIVER.render_transfer(VIRTUAL, at=AT)
    assert b'"virtualAccountNo":"   12345081234567890"' in message.body
    assert list(json.loads(message.body)) == [
        "virtualAccountNo",
        "sourceAccountNo",
        "partnerReferenceNo",
        "paidAmount",
        "trxDateTime",
    ]


@pytest.mark.parametrize("number", ["1234 5678", "12345678 ", " " * 8 + "1", "1" * 29, "x1"])
def test_virtual_account_of_a_wrong_shape_is_refused(number: str):
    with pytest.raises(InvalidOrderError) as refused:
        DRIVER.check(replace(VIRTUAL, beneficiary_account_no=number))
    assert refused.value.field == "beneficiaryAccountNo"


def test_virtual_account_is_at_bca_and_at_no_other_bank():
    DRIVER.check(replace(VIRTUAL, beneficiary_bank_code="014"))
    with pytest.raises(InvalidOrderError, match="VIRTUAL_ACCOUNT stays inside") as refused:
        DRIVER.check(replace(VIRTUAL, beneficiary_bank_code="BRINIDJA"))
    assert refused.value.field == "beneficiaryBankCode"


@pytest.mark.parametrize("key", ["virtualAccountData", "virtualAccountdata"])
@pytest.mark.parametrize(
    ("inside", "verdict"),
    [
        ({"virtualAccountNo": "   12345081234567890"}, Verdict.ACCEPTED),
        ({"virtualAccountNo": "12345081234567890"}, Verdict.ACCEPTED),
        ({"virtualAccountNo": "99945081234567890"}, Verdict.UNKNOWN),
        ({"paidAmount": {"value": "10000.01", "currency": "IDR"}}, Verdict.UNKNOWN),
        ({"partnerReferenceNo": "1"}, Verdict.UNKNOWN),
    ],
)
def test_echo_inside_the_answer_of_a_virtual_account(
    key: str, inside: dict[str, Any], verdict: Verdict
):
    message = DRIVER.render_transfer(VIRTUAL, at=AT)
    answer = json_answer(202, {"responseCode": 2023300, key: inside})
    reading = play(DRIVER.transfer(VIRTUAL, message, ENVELOPE), answer).result
    assert reading.verdict is verdict


def bill_of(fields: dict[str, Any], status: int = 200):
    message = DRIVER.render_account_inquiry(
        account_no="   12345081234567890",
        bank_code="",
        reference_no="1",
        at=AT,
        rail=Rail.VIRTUAL_ACCOUNT,
    )
    assert message.path == "/openapi/v1.0/transfer-va/inquiry-intrabank"
    assert message.body == b'{"virtualAccountNo":"   12345081234567890"}'
    return play(DRIVER.account_inquiry(message, ENVELOPE), json_answer(status, fields)).result


@pytest.mark.parametrize(
    ("total", "bill"), [("150000.00", Money(15_000_000, "IDR")), ("0.00", None)]
)
def test_bill_of_a_virtual_account(total: str, bill: Money | None):
    data = {
        "virtualAccountNo": "   12345081234567890",
        "virtualAccountName": "BILL",
        "totalAmount": {"value": total, "currency": "IDR"},
    }
    found = bill_of({"responseCode": "2003200", "virtualAccountData": data})
    assert (found.reading.verdict, found.account_name, found.bill) == (
        Verdict.ACCEPTED,
        "BILL",
        bill,
    )


def test_bill_of_another_virtual_account_is_not_believed():
    data = {"virtualAccountNo": "1", "virtualAccountName": "X"}
    found = bill_of({"responseCode": "2003200", "virtualAccountData": data})
    assert (found.reading.verdict, found.account_name) == (Verdict.UNKNOWN, "")


def test_unknown_virtual_account_is_rejected():
    assert bill_of({"responseCode": "4043212"}, 404).reading.verdict is Verdict.REJECTED


def test_name_elsewhere_is_asked_of_the_switcher_without_an_amount():
    message = DRIVER.render_account_inquiry(
        account_no="888801000157508", bank_code="BRINIDJA", reference_no="1", at=AT
    )
    assert (message.service_code, message.path) == ("16", "/openapi/v2.0/account-inquiry-external")
    assert json.loads(message.body) == {
        "partnerReferenceNo": "1",
        "beneficiaryBankCode": "BRINIDJA",
        "beneficiaryAccountNo": "888801000157508",
        "additionalInfo": {"inquiryService": "1"},
    }


def test_name_elsewhere_is_asked_of_bifast_with_an_amount():
    message = DRIVER.render_account_inquiry(
        account_no="888801000157508",
        bank_code="002",
        reference_no="1",
        at=AT,
        amount=Money(100, "IDR"),
        source_account_no="1234567890",
    )
    assert json.loads(message.body)["additionalInfo"] == {
        "inquiryService": "2",
        "sourceAccountNo": "1234567890",
        "amount": {"value": "1.00", "currency": "IDR"},
        "purposeCode": "99",
    }


def statement_of(fields: dict[str, Any], status: int = 200):
    message = DRIVER.render_statement(
        account_no="1234567890",
        reference_no="1",
        first_day=date(2026, 11, 20),
        last_day=date(2026, 11, 21),
        at=AT,
    )
    assert json.loads(message.body) == {
        "partnerReferenceNo": "1",
        "accountNo": "1234567890",
        "fromDateTime": "2026-11-20T00:00:00+07:00",
        "toDateTime": "2026-11-21T00:00:00+07:00",
    }
    return play(DRIVER.statement(message, ENVELOPE), json_answer(status, fields)).result


def line(**changes: Any) -> dict[str, Any]:
    return {
        "amount": {"value": "10000.00", "currency": "IDR?"},
        "transactionDate": "2026-11-21T10:30:05+07:00",
        "remark": "TRSF E-BANKING DB 1111/ATRTG/WS95051 INV 2026 11 0001 YORIES",
        "type": "DEBIT",
    } | changes


def test_statement_lines_are_read():
    found = statement_of({"responseCode": "2001400", "detailData": [line(), line(type="CREDIT")]})
    assert (found.reading.verdict, found.complete) == (Verdict.ACCEPTED, True)
    assert [entry.debit for entry in found.lines] == [True, False]
    assert found.lines[0].amount == Money(1_000_000, "IDR")
    assert found.lines[0].at == datetime(2026, 11, 21, 10, 30, 5, tzinfo=JAKARTA)
    assert "INV 2026 11 0001" in found.lines[0].remark


@pytest.mark.parametrize(
    "fields",
    [
        {},
        {"detailData": None},
        {"detailData": {"amount": "1"}},
        {"detailData": [line(), None]},
        {"detailData": [line(type="X")]},
        {"detailData": [line(amount={"value": "x", "currency": "IDR"})]},
        {"detailData": [line()], "hasMore": "Y"},
        {"detailData": [line()], "totalDebitEntries": {"numberOfEntries": "2"}},
        {"detailData": [line()] * 9000},
    ],
    ids=["none", "null", "object", "null line", "type", "amount", "more", "count", "at the cap"],
)
def test_statement_that_may_lack_a_line_proves_nothing(fields: dict[str, Any]):
    found = statement_of({"responseCode": "2001400"} | fields)
    assert (found.reading.verdict, found.complete) == (Verdict.ACCEPTED, False)


@pytest.mark.parametrize("count", ["1", 1, "", None])
def test_bank_that_counts_like_us_is_complete(count: object):
    fields = {"detailData": [line()], "totalDebitEntries": {"numberOfEntries": count}}
    assert statement_of({"responseCode": "2001400"} | fields).complete


def test_empty_statement_is_complete():
    assert statement_of({"responseCode": "2001400", "detailData": []}).complete


def test_failed_statement_proves_nothing():
    found = statement_of({"responseCode": "5041400"}, 504)
    assert (found.reading.verdict, found.complete) == (Verdict.UNKNOWN, False)


@pytest.mark.parametrize(("first", "last"), [(1, 2), (2, 1)])
def test_statement_beyond_31_days_is_refused(first: int, last: int):
    with pytest.raises(InvalidOrderError):
        DRIVER.render_statement(
            account_no="1234567890",
            reference_no="1",
            first_day=date(2026, first, 1),
            last_day=date(2026, last, 1),
            at=AT,
        )
