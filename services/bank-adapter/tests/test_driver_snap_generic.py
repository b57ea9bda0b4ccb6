"""The driver made from a profile file: BNI's and BRI's, and files that are wrong."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from types import MappingProxyType
from typing import Any

import pytest
from bank_adapter.adapters.bank_profile_file import (
    packaged,
    read_packaged_profile,
    read_profile_file,
)
from bank_adapter.domain.money import Money
from bank_adapter.domain.order import PaymentOrder, SentOrder
from bank_adapter.domain.rail import Rail
from bank_adapter.domain.verdict import Verdict
from bank_adapter.drivers.registry import open_driver
from bank_adapter.drivers.settings import ProfileError
from driver_talk import AT, ENVELOPE, json_answer, play
from snap_conformance import SNAPConformance

COMPANY = {
    "bank_id": "bank",
    "client_id": "client",
    "partner_id": "partner",
    "channel_id": "12345",
    "token_key_id": "token",
    "transaction_key_id": "secret",
}
ORDER = PaymentOrder(
    bank_partner_reference_no="20261121000000000001",
    rail=Rail.INTRABANK,
    amount=Money(1_000_000, "IDR"),
    source_account_no="1234567890",
    beneficiary_account_no="8010001575",
    beneficiary_account_name="YORIES YOLANDA",
    remark="INV 2026 11 0001",
)
ELSEWHERE = replace(
    ORDER,
    beneficiary_bank_code="014",
    beneficiary_address="Jalan Merdeka 1",
    beneficiary_residence="1",
    beneficiary_type="2",
)
ORDERS = (ORDER, *(replace(ELSEWHERE, rail=rail) for rail in (Rail.ONLINE, Rail.SKN, Rail.RTGS)))
SUCCESS = MappingProxyType(
    {
        "17": Verdict.SETTLED,
        "18": Verdict.SETTLED,
        "22": Verdict.ACCEPTED,
        "23": Verdict.ACCEPTED,
    }
)


def profile(name: str, **changes: Any) -> dict[str, Any]:
    return read_packaged_profile(name) | COMPANY | changes


class TestBNI(SNAPConformance):
    driver = open_driver("snap_generic", profile("bni"))
    orders = ORDERS
    success = SUCCESS
    other_bank_code = "014"
    translates_bank_codes = False


class TestBRI(TestBNI):
    driver = open_driver("snap_generic", profile("bri"))
    translates_bank_codes = True


def test_packaged_profiles_are_named_and_unproven():
    assert {*packaged()} >= {"bni", "bri"}
    assert [name for name in packaged() if profile(name)["proven"]] == []


def test_bri_signs_the_token_with_milliseconds_and_transactions_without():
    bri = open_driver("snap_generic", profile("bri"))
    token = play(bri.token(at=AT), json_answer(200, {}))
    assert token.steps[0].timestamp == "2026-11-21T10:30:05.000+07:00"
    message = bri.render_transfer(ORDER, at=AT)
    transfer = play(bri.transfer(ORDER, message, ENVELOPE), json_answer(200, {}))
    assert transfer.steps[0].timestamp == "2026-11-21T10:30:05+07:00"


def test_external_id_of_bris_statement_has_nine_digits_and_every_other_has_more():
    bri = open_driver("snap_generic", profile("bri"))
    assert (bri.external_id_digits("14"), bri.external_id_digits("17")) == (9, 32)
    day = AT.date()
    message = bri.render_statement(
        account_no="1234567890", reference_no="1", first_day=day, last_day=day, at=AT
    )
    assert message.path == "/snap/v1.1/bank-statement"
    with pytest.raises(ValueError, match="1 to 9 decimal digits"):
        bri.statement(message, ENVELOPE)


def test_signature_may_be_hex_and_timestamps_may_be_utc():
    bank = open_driver(
        "snap_generic",
        profile(
            "bni", signature_encoding="HEX", utc_timestamps=True, transaction_milliseconds=True
        ),
    )
    message = bank.render_transfer(ORDER, at=AT)
    talk = play(bank.transfer(ORDER, message, ENVELOPE), json_answer(200, {}), "c2ln")
    headers = dict(talk.sent.headers)
    assert headers["X-SIGNATURE"] == b"sig".hex()
    assert headers["X-TIMESTAMP"] == talk.steps[0].timestamp == "2026-11-21T03:30:05.000Z"
    token = play(bank.token(at=AT), json_answer(200, {}), "c2ln")
    assert dict(token.sent.headers)["X-SIGNATURE"] == b"sig".hex()
    assert token.steps[0].timestamp == "2026-11-21T03:30:05Z"


def test_older_server_may_call_the_grant_otherwise():
    bank = open_driver("snap_generic", profile("bni", token_grant_field="granttype"))
    assert play(bank.token(at=AT), json_answer(200, {})).sent.body == (
        b'{"granttype":"client_credentials"}'
    )


def test_status_service_may_have_another_number_and_place():
    """DOKU answers as 53 under a path of its own; the table of 36 holds for it."""
    bank = open_driver(
        "snap_generic",
        profile("bni", status_service_code="53", status_path="/snap/v1.1/qr/qr-mpm-status"),
    )
    sent = SentOrder(
        order=ORDER, service_code="17", external_id="42", transaction_date="2026-11-21"
    )
    message = bank.render_inquiry(sent, at=AT)
    assert (message.service_code, message.path) == ("53", "/snap/v1.1/qr/qr-mpm-status")

    def asked(status: int, fields: dict[str, Any]) -> Verdict:
        return play(
            bank.inquiry(sent, message, ENVELOPE), json_answer(status, fields)
        ).result.verdict

    settled = {"responseCode": "2005300", "latestTransactionStatus": "00"}
    assert asked(200, settled) is Verdict.SETTLED
    assert asked(404, {"responseCode": "4045301"}) is Verdict.NOT_FOUND
    assert asked(200, settled | {"responseCode": "2003600"}) is Verdict.UNKNOWN


def test_paths_are_the_banks_own():
    paths = {
        order.rail: open_driver("snap_generic", profile("bri")).render_transfer(order, at=AT).path
        for order in ORDERS
    }
    assert paths == {
        Rail.INTRABANK: "/intrabank/snap/v2.0/transfer-intrabank",
        Rail.ONLINE: "/interbank/snap/v2.0/transfer-interbank",
        Rail.SKN: "/snap/v1.0/transfer-sknbi",
        Rail.RTGS: "/rtgs/snap/v2.0/transfer-rtgs",
    }


def test_extra_headers_are_sent():
    settings = profile("bni", extra_headers=[["X-DEVICE-ID", "gateway"]])
    bni = open_driver("snap_generic", settings)
    message = bni.render_transfer(ORDER, at=AT)
    talk = play(bni.transfer(ORDER, message, ENVELOPE), json_answer(200, {}))
    assert ("X-DEVICE-ID", "gateway") in talk.sent.headers


@pytest.mark.parametrize(
    ("reference", "expected"),
    [
        ("EXTERNAL_ID", {"originalExternalId"}),
        ("PARTNER_REFERENCE", {"originalPartnerReferenceNo"}),
        ("BOTH", {"originalExternalId", "originalPartnerReferenceNo"}),
    ],
)
def test_status_is_asked_by_the_reference_of_the_profile(reference: str, expected: set[str]):
    bank = open_driver("snap_generic", profile("bni", status_reference=reference))
    suite = TestBNI()
    suite.driver = bank  # type: ignore[misc]
    body = json.loads(bank.render_inquiry(suite.sent(ORDER), at=AT).body)
    assert {name for name in body if name.startswith("original")} == expected


def test_bank_code_form_is_the_profiles():
    bri = open_driver("snap_generic", profile("bri"))
    told = json.loads(
        bri.render_transfer(replace(ORDERS[1], beneficiary_bank_code="CENAIDJA"), at=AT).body
    )
    assert told["beneficiaryBankCode"] == "014"


def test_overlay_changes_a_row():
    signals = {"18": {"404/02": "REJECTED"}}
    bank = open_driver("snap_generic", profile("bni", signals=signals))
    message = bank.render_transfer(ORDERS[1], at=AT)
    answer = json_answer(404, {"responseCode": "4041802"})
    assert play(bank.transfer(ORDERS[1], message, ENVELOPE), answer).result.verdict is (
        Verdict.REJECTED
    )


def without(settings: Mapping[str, Any], key: str) -> dict[str, Any]:
    return {name: value for name, value in settings.items() if name != key}


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"balance_path": ""}, "capabilities: differ from the services described: BALANCE"),
        ({"capabilities": ["TRANSFER_STATUS"]}, "capabilities: differ"),
        ({"capabilities": [1]}, "capabilities: 1 must be one of"),
        ({"paths": {}}, "paths: unknown key"),
        ({"transfers": {"INTRABANK": {"path": "/x"}}}, "transfers.INTRABANK.service_code"),
        ({"transfers": {"GIRO": {"service_code": "17", "path": "/x"}}}, "transfers: GIRO must be"),
        ({"transfers": []}, "transfers: must be a table"),
        ({"signals": {"17": {"403": "REJECTED"}}}, "signals.17.403: is not"),
        ({"signals": {"17": {"403/14": "LOST"}}}, "signals.17.403/14: LOST must be one of"),
        ({"signals": {"17": {"504/00": "REJECTED"}}}, "stays UNKNOWN"),
        ({"signals": {"17": {"202/00": "SETTLED"}}}, "cannot settle"),
        ({"signals": {"17": {"409/00": "REJECTED"}}}, "does not say"),
        ({"signals": {"17": {"429/00": "REJECTED"}}}, "does not say"),
        ({"signals": {"17": {"200/01": "REJECTED"}}}, "does not say that the payment failed"),
        ({"signals": {"17": {"404/11": "REFUSED"}}}, "that nothing was processed"),
        ({"signals": {"17": {"400/01": "REFUSED_TOKEN"}}}, "that nothing was processed"),
        (
            {"signals": {"17": {"401/02": "NOT_SENT"}}},
            "signals.17.401/02: no answer can say NOT_SENT",
        ),
        ({"signals": {"36": {"404/04": "RETURNED"}}}, "no answer can say RETURNED"),
        ({"capabilities": ["GIRO"]}, "capabilities: GIRO must be one of"),
        ({"signature_encoding": "BASE32"}, "signature_encoding: BASE32 must be one of BASE64"),
        ({"status_reference": "NAME"}, "status_reference: NAME must be one of"),
        ({"bank_codes": {"form": "IBAN"}}, "bank_codes.form: IBAN must be one of SWIFT"),
        ({"token_grant_field": 'a"b'}, "token_grant_field must be"),
        ({"reference_digits": 15}, "reference_digits must be 16 to 64"),
        ({"reference_digits": 65}, "reference_digits must be 16 to 64"),
        ({"external_id_digits": 33}, "external_id_digits must be 9 to 32"),
        ({"external_id_digits_by_service": {"14": 8}}, "external_id_digits must be 9 to 32"),
        ({"external_id_digits_by_service": {"14": "9"}}, "external_id_digits_by_service.14"),
        ({"extra_headers": [["X-A", "b\r\nX-C: d"]]}, "extra_headers"),
        ({"extra_headers": ["X-A"]}, "extra_headers: must be a list of pairs"),
    ],
)
def test_wrong_profile_stops_the_start(changes: dict[str, Any], message: str):
    with pytest.raises(ProfileError, match=message):
        open_driver("snap_generic", profile("bni", **changes))


def test_service_that_no_profile_can_describe_is_refused():
    settings = profile("bni")
    settings["transfers"] = settings["transfers"] | {
        "INTRABANK": {"service_code": "33", "path": "/x"}
    }
    with pytest.raises(ProfileError, match=r"transfers\.INTRABANK\.service_code: must be one of"):
        open_driver("snap_generic", settings)


def test_channel_is_not_guessed():
    with pytest.raises(ProfileError, match="channel_id: is required"):
        open_driver("snap_generic", without(profile("bni"), "channel_id"))


def test_own_profile_file_is_read(tmp_path: Path):
    (tmp_path / "mine.toml").write_text('name = "MINE"', encoding="utf-8")
    assert read_profile_file(tmp_path / "mine.toml") == {"name": "MINE"}


@pytest.mark.parametrize("name", ["", "missing", "bni.toml", "../profiles/bni"])
def test_profile_that_is_not_packaged_is_named_with_those_that_are(name: str):
    with pytest.raises(ProfileError, match="one of bni"):
        read_packaged_profile(name)


def test_missing_profile_file_is_named(tmp_path: Path):
    with pytest.raises(ProfileError, match=r"missing\.toml cannot be read"):
        read_profile_file(tmp_path / "missing.toml")


def test_profile_that_is_not_toml_is_named(tmp_path: Path):
    (tmp_path / "bad.toml").write_text("name =", encoding="utf-8")
    with pytest.raises(ProfileError, match=r"bad\.toml is not TOML"):
        read_profile_file(tmp_path / "bad.toml")
