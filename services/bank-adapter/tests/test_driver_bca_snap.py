"""BCA's SNAP driver: the conformance suite, the worked example, the field rules."""

from __future__ import annotations

import base64
import hmac
import json
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from types import MappingProxyType
from typing import Any

import pytest
from bank_adapter.domain.conversation import SignToken, SignTransaction
from bank_adapter.domain.money import Money
from bank_adapter.domain.order import PaymentOrder, SentOrder
from bank_adapter.domain.rail import Rail
from bank_adapter.domain.verdict import Verdict
from bank_adapter.drivers.protocol import Envelope, InvalidOrderError
from bank_adapter.drivers.registry import open_driver
from bank_adapter.drivers.settings import ProfileError
from driver_talk import AT, ENVELOPE, ORDER, json_answer, play
from snap_conformance import SNAPConformance

VECTORS = json.loads((Path(__file__).parent / "vectors" / "snap.json").read_text("utf-8"))
SETTINGS = {
    "bank_id": "bca",
    "client_id": "gw-demo-client-0001",
    "partner_id": "KBBDEMO001",
    "token_key_id": "bca-token",
    "transaction_key_id": "bca-secret",
}
DRIVER = open_driver("bca_snap", SETTINGS)
TOKEN = "demoAccessToken0123456789abcdefghijklmnopqrstuvwxyzABCD"


ELSEWHERE = PaymentOrder(
    bank_partner_reference_no="2026112100000000000001",
    rail=Rail.BIFAST,
    amount=Money(1_000_000, "IDR"),
    source_account_no="1234567890",
    beneficiary_account_no="888801000157508",
    beneficiary_account_name="Yories Yolanda",
    beneficiary_bank_code="BRINIDJA",
    beneficiary_address="Jalan Merdeka 1 Jakarta",
    beneficiary_residence="1",
    beneficiary_type="2",
)
TO_VIRTUAL_ACCOUNT = replace(
    ORDER, rail=Rail.VIRTUAL_ACCOUNT, beneficiary_account_no="   12345081234567890"
)


class TestBCASnap(SNAPConformance):
    driver = DRIVER
    orders = (
        ORDER,
        ELSEWHERE,
        replace(ELSEWHERE, rail=Rail.ONLINE),
        replace(ELSEWHERE, rail=Rail.SKN),
        replace(ELSEWHERE, rail=Rail.RTGS),
        TO_VIRTUAL_ACCOUNT,
    )
    success = MappingProxyType(
        {
            "17": Verdict.SETTLED,
            "18": Verdict.SETTLED,
            "22": Verdict.ACCEPTED,
            "23": Verdict.ACCEPTED,
            "33": Verdict.ACCEPTED,
        }
    )


def at(text: str) -> datetime:
    return datetime.fromisoformat(text)


def string_to_sign(step: Any) -> str:
    if isinstance(step, SignToken):
        return f"{step.client_key}|{step.timestamp}"
    assert isinstance(step, SignTransaction)
    return (
        f"{step.method}:{step.path}:{step.access_token}:{step.body_sha256.hex()}:{step.timestamp}"
    )


def test_worked_example_token():
    talk = play(DRIVER.token(at=at("2026-11-21T10:29:50+07:00")), json_answer(200, {}))
    assert string_to_sign(talk.steps[0]) == VECTORS["C5"]["string_to_sign"]
    assert talk.sent.body == b'{"grantType":"client_credentials"}'
    assert talk.sent.path == "/openapi/v1.0/access-token/b2b"
    assert [name for name, _ in talk.sent.headers] == [
        "Content-Type",
        "X-TIMESTAMP",
        "X-CLIENT-KEY",
        "X-SIGNATURE",
    ]


@pytest.mark.parametrize(
    ("name", "moment", "external_id"),
    [
        ("C6", "2026-11-21T10:30:00+07:00", "20261121103000000000000000000001"),
        ("C7", "2026-11-21T10:30:05+07:00", "20261121103005000000000000000002"),
        ("C8", "2026-11-21T10:35:05+07:00", "20261121103505000000000000000003"),
    ],
)
def test_worked_example_message(name: str, moment: str, external_id: str):
    envelope = Envelope(external_id=external_id, access_token=TOKEN, at=at(moment))
    sent = SentOrder(
        order=ORDER,
        service_code="17",
        external_id="20261121103005000000000000000002",
        transaction_date="2026-11-21T10:30:05+07:00",
    )
    if name == "C6":
        message = DRIVER.render_account_inquiry(
            account_no="8010001575",
            bank_code="",
            reference_no="2026112100000000000001",
            at=envelope.at,
        )
        talk = play(DRIVER.account_inquiry(message, envelope), json_answer(200, {}))
    elif name == "C7":
        message = DRIVER.render_transfer(ORDER, at=envelope.at)
        talk = play(DRIVER.transfer(ORDER, message, envelope), json_answer(200, {}))
    else:
        message = DRIVER.render_inquiry(sent, at=envelope.at)
        talk = play(DRIVER.inquiry(sent, message, envelope), json_answer(200, {}))

    vector = VECTORS[name]
    assert message.body.decode() == vector["body_as_hashed"]
    assert string_to_sign(talk.steps[0]) == vector["string_to_sign"]
    made = hmac.digest(vector["key"].encode(), string_to_sign(talk.steps[0]).encode(), "sha512")
    assert base64.b64encode(made).decode() == vector["signature"]
    assert dict(talk.sent.headers) == {
        "Content-Type": "application/json",
        "Authorization": f"Bearer {TOKEN}",
        "X-TIMESTAMP": moment,
        "X-SIGNATURE": "c2lnbmF0dXJl",
        "X-PARTNER-ID": "KBBDEMO001",
        "X-EXTERNAL-ID": external_id,
        "CHANNEL-ID": "95051",
    }


def test_worked_example_answers():
    transfer = json_answer(
        200,
        {
            "responseCode": "2001700",
            "responseMessage": "Successful",
            "referenceNo": "2026112199770000000009",
            "partnerReferenceNo": "2026112100000000000001",
            "amount": {"value": "10000.00", "currency": "IDR"},
            "beneficiaryAccountNo": "8010001575",
            "sourceAccountNo": "1234567890",
            "transactionDate": "2026-11-21T10:30:05+07:00",
        },
    )
    message = DRIVER.render_transfer(ORDER, at=AT)
    assert play(DRIVER.transfer(ORDER, message, ENVELOPE), transfer).result.verdict is (
        Verdict.SETTLED
    )


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"source_account_no": "123456789"}, "sourceAccountNo"),
        ({"source_account_no": "12345678901"}, "sourceAccountNo"),
        ({"beneficiary_account_no": "801000157X"}, "beneficiaryAccountNo"),
        (
            {"beneficiary_account_no": "\u0661" * 10},
            "beneficiaryAccountNo",
        ),
        ({"beneficiary_bank_code": "BRINIDJA"}, "beneficiaryBankCode"),
        ({"remark": "x" * 37}, "remark"),
        ({"remark": "INV/2026"}, "remark"),
        ({"remark": "caf\u00e9"}, "remark"),
        ({"remark": "two\nlines"}, "remark"),
        ({"beneficiary_email": "a@b"}, "beneficiaryEmail"),
        ({"beneficiary_email": "a@b.co,c@d.co"}, "beneficiaryEmail"),
        ({"beneficiary_email": "a" * 50 + "@b.co"}, "beneficiaryEmail"),
        ({"bank_partner_reference_no": "INV-1"}, "bankPartnerReferenceNo"),
        ({"economic_activity": "x" * 61}, "economicActivity"),
        ({"economic_activity": "two\nlines"}, "economicActivity"),
        ({"transaction_purpose": "00"}, "transactionPurpose"),
        ({"transaction_purpose": "16"}, "transactionPurpose"),
        ({"transaction_purpose": "1"}, "transactionPurpose"),
        ({"amount": Money(100, "USD")}, "amount.currency"),
    ],
)
def test_field_that_bca_would_refuse_is_named(change: dict[str, Any], field: str):
    with pytest.raises(InvalidOrderError) as refused:
        DRIVER.check(replace(ORDER, **change))
    assert refused.value.field == field


@pytest.mark.parametrize("remark", ["", "x" * 36, "INV 2026 11 0001", "ABC"])
def test_plain_remark_is_sent_as_given(remark: str):
    body = json.loads(DRIVER.render_transfer(replace(ORDER, remark=remark), at=AT).body)
    assert body.get("remark", "") == remark


@pytest.mark.parametrize("code", ["", "CENAIDJA", "014"])
def test_own_bank_code_is_accepted_and_not_sent(code: str):
    message = DRIVER.render_transfer(replace(ORDER, beneficiary_bank_code=code), at=AT)
    assert b"beneficiaryBankCode" not in message.body


def test_email_stands_between_beneficiary_and_remark():
    order: PaymentOrder = replace(ORDER, beneficiary_email="a@b.co")
    assert list(json.loads(DRIVER.render_transfer(order, at=AT).body)) == [
        "partnerReferenceNo",
        "amount",
        "beneficiaryAccountNo",
        "beneficiaryEmail",
        "remark",
        "sourceAccountNo",
        "transactionDate",
    ]


@pytest.mark.parametrize(
    ("change", "additional"),
    [
        ({}, None),
        ({"economic_activity": "Teacher"}, {"economicActivity": "Teacher"}),
        ({"transaction_purpose": "15"}, {"transactionPurpose": "15"}),
        (
            {"economic_activity": "Teacher", "transaction_purpose": "01"},
            {"economicActivity": "Teacher", "transactionPurpose": "01"},
        ),
    ],
)
def test_what_bca_wants_of_foreign_beneficiaries_is_sent_where_it_is_given(
    change: dict[str, Any], additional: dict[str, str] | None
):
    body = json.loads(DRIVER.render_transfer(replace(ORDER, **change), at=AT).body)
    assert body.get("additionalInfo") == additional


def balance_of(fields: dict[str, Any], status: int = 200):
    message = DRIVER.render_balance(account_no="1234567890", reference_no="1", at=AT)
    assert message.body == b'{"partnerReferenceNo":"1","accountNo":"1234567890"}'
    return play(DRIVER.balance(message, ENVELOPE), json_answer(status, fields)).result


@pytest.mark.parametrize("as_list", [True, False])
def test_balance_with_account_infos_as_object_or_list(as_list: bool):  # noqa: FBT001  parameter of the table
    info = {
        "amount": {"value": "1000.00", "currency": "IDR"},
        "floatAmount": {"value": "1.00", "currency": "IDR"},
        "holdAmount": {"value": "2.00", "currency": "IDR"},
        "availableBalance": {"value": "997.00", "currency": "IDR"},
    }
    found = balance_of(
        {
            "responseCode": "2001100",
            "accountNo": "1234567890",
            "name": "PT DEMO",
            "accountInfos": [info] if as_list else info,
        }
    )
    assert found.reading.verdict is Verdict.ACCEPTED
    assert found.account_name == "PT DEMO"
    assert [found.amount, found.floating, found.hold, found.available] == [
        Money(100_000, "IDR"),
        Money(100, "IDR"),
        Money(200, "IDR"),
        Money(99_700, "IDR"),
    ]


def test_balance_of_another_account_is_not_ours():
    found = balance_of({"responseCode": "2001100", "accountNo": "1234567891", "name": "X"})
    assert (found.reading.verdict, found.reading.alarm) == (Verdict.UNKNOWN, True)
    assert (found.account_name, found.amount) == ("", None)


@pytest.mark.parametrize("infos", [None, [], {}, "x", [{"amount": "1"}], {"amount": {"value": 1}}])
def test_balance_without_readable_amounts_has_none(infos: Any):
    found = balance_of({"responseCode": "2001100", "accountInfos": infos})
    assert (found.reading.verdict, found.amount) == (Verdict.ACCEPTED, None)


def name_of(fields: dict[str, Any], status: int = 200):
    message = DRIVER.render_account_inquiry(
        account_no="8010001575", bank_code="CENAIDJA", reference_no="1", at=AT
    )
    return play(DRIVER.account_inquiry(message, ENVELOPE), json_answer(status, fields)).result


def test_account_name_is_read():
    found = name_of(
        {
            "responseCode": "2001500",
            "beneficiaryAccountNo": "8010001575",
            "beneficiaryAccountName": "YORIES YOLANDA",
        }
    )
    assert (found.reading.verdict, found.account_name) == (Verdict.ACCEPTED, "YORIES YOLANDA")


def test_name_of_another_account_is_not_believed():
    found = name_of(
        {
            "responseCode": "2001500",
            "beneficiaryAccountNo": "8010001576",
            "beneficiaryAccountName": "SOMEBODY ELSE",
        }
    )
    assert (found.reading.verdict, found.account_name) == (Verdict.UNKNOWN, "")


def test_unknown_account_is_rejected():
    found = name_of({"responseCode": "4041511", "responseMessage": "Invalid Account"}, 404)
    assert (found.reading.verdict, found.account_name) == (Verdict.REJECTED, "")


def test_bca_is_asked_by_external_id_service_and_date():
    sent = SentOrder(
        order=ORDER,
        service_code="17",
        external_id="42",
        transaction_date="2026-11-21T10:30:05+07:00",
    )
    message = DRIVER.render_inquiry(sent, at=datetime(2026, 12, 1, tzinfo=UTC))
    assert json.loads(message.body) == {
        "originalPartnerReferenceNo": "2026112100000000000001",
        "originalExternalId": "42",
        "serviceCode": "17",
        "transactionDate": "2026-11-21T10:30:05+07:00",
    }


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"client": "x"}, "client: unknown key"),
        ({"account_digits": "10"}, "account_digits: must be a int"),
        ({"token_milliseconds": 1}, "token_milliseconds: must be a bool"),
        ({"signing": "NONE"}, "signing: NONE must be one of"),
        ({"currencies": "IDR"}, "currencies: must be a list"),
        ({"partner_id": "a b"}, "partner_id must be"),
        ({"partner_id": ""}, "partner_id must be"),
        ({"token_key_id": ""}, "token_key_id must not be empty"),
    ],
)
def test_wrong_profile_stops_the_start(change: dict[str, Any], message: str):
    with pytest.raises(ProfileError, match=message):
        open_driver("bca_snap", SETTINGS | change)


def test_missing_profile_key_is_named():
    with pytest.raises(ProfileError, match="client_id: is required"):
        open_driver("bca_snap", {"bank_id": "bca"})


def test_unknown_driver_is_named():
    with pytest.raises(ProfileError, match="bca_snap"):
        open_driver("bca", SETTINGS)


def test_profile_may_change_paths_and_limits():
    changed = open_driver(
        "bca_snap", SETTINGS | {"intrabank_path": "/x", "currencies": ["IDR", "USD"]}
    )
    message = changed.render_transfer(replace(ORDER, amount=Money(1, "USD")), at=AT)
    assert message.path == "/x"
