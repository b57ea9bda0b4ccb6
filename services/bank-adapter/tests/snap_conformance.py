"""What every SNAP driver must pass besides driver_conformance.py: codes, echoes, headers."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from typing import Any, ClassVar

import pytest
from bank_adapter.domain.conversation import Answer, WireMessage
from bank_adapter.domain.order import PaymentOrder, SentOrder
from bank_adapter.domain.rail import Capability
from bank_adapter.domain.verdict import Reading, Verdict
from driver_conformance import DriverConformance
from driver_talk import AT, EXTERNAL_ID, json_answer, play


class SNAPConformance(DriverConformance):
    """What SNAP adds: seven-digit codes, echoes, headers."""

    # Names of the fields that this bank echoes, by what they mean.
    beneficiary_field: ClassVar[str] = "beneficiaryAccountNo"
    source_field: ClassVar[str] = "sourceAccountNo"
    # Whether an inquiry names the attempt, so that its echo must be that one.
    asked_by_external_id: ClassVar[bool] = True

    def transfer_answer(self, order: PaymentOrder, message: WireMessage, **changes: Any) -> Answer:
        fields = {
            "responseCode": f"200{message.service_code}00",
            "responseMessage": "Successful",
            "referenceNo": "2026112199770000000009",
            "partnerReferenceNo": order.bank_partner_reference_no,
            "amount": {"value": order.amount.value, "currency": "IDR"},
            self.beneficiary_field: order.beneficiary_account_no,
            self.source_field: order.source_account_no,
        }
        return json_answer(200, fields | changes)

    def status_answer(self, sent: SentOrder, status: str, **changes: Any) -> Answer:
        fields = {
            "responseCode": "2003600",
            "responseMessage": "Successful",
            "originalReferenceNo": "2026112199770000000009",
            "originalPartnerReferenceNo": sent.order.bank_partner_reference_no,
            "originalExternalId": sent.external_id,
            "serviceCode": sent.service_code,
            "amount": {"value": sent.order.amount.value, "currency": "IDR"},
            self.beneficiary_field: sent.order.beneficiary_account_no,
            self.source_field: sent.order.source_account_no,
            "latestTransactionStatus": status,
        }
        return json_answer(200, fields | changes)

    def not_found_answer(self, sent: SentOrder) -> Answer:
        return json_answer(
            404,
            {
                "responseCode": "4043601",
                "responseMessage": "Transaction Not Found",
                "originalPartnerReferenceNo": sent.order.bank_partner_reference_no,
            },
        )

    def token_answer(self, lifetime: str | int = "900", **changes: Any) -> Answer:
        fields = {"responseCode": "2007300", "accessToken": "token-1", "expiresIn": lifetime}
        return json_answer(200, fields | changes)

    def balance_answer(self, account_no: str, *, as_object: bool = False, **changes: Any) -> Answer:
        infos = {
            "amount": {"value": "1000.00", "currency": "IDR"},
            "availableBalance": {"value": "900.00", "currency": "IDR"},
        }
        fields = {
            "responseCode": "2001100",
            "accountNo": account_no,
            "accountInfos": infos if as_object else [infos],
        }
        return json_answer(200, fields | changes)

    def name_answer(self, account_no: str, **changes: Any) -> Answer:
        service = self.questions()[Capability.INQUIRY_EXTERNAL]().service_code
        fields = {
            "responseCode": f"200{service}00",
            self.beneficiary_field: account_no,
            "beneficiaryAccountName": "YORIES YOLANDA",
        }
        return json_answer(200, fields | changes)

    def statement_answer(self, **changes: Any) -> Answer:
        line = {
            "amount": {"value": "10000.00", "currency": "IDR"},
            "transactionDate": "2026-11-21T10:30:05+07:00",
            "remark": "INV 2026 11 0001",
            "type": "DEBIT",
        }
        return json_answer(200, {"responseCode": "2001400", "detailData": [line]} | changes)

    def coded(self, order: PaymentOrder, http: int, case: str, **changes: Any) -> Reading:
        service = self.driver.render_transfer(order, at=AT).service_code
        fields = {"responseCode": f"{http}{service}{case}", "responseMessage": "m"} | changes
        return self.transferred(order, json_answer(http, fields)).result

    @pytest.mark.parametrize("access_token", ["", None, "a b", "a\r\nX: y", "x" * 2049, {}, "é"])
    def test_token_that_cannot_stand_in_a_header_is_no_token(self, access_token: object):
        fields = {"responseCode": "2007300", "accessToken": access_token, "expiresIn": "900"}
        result = play(self.driver.token(at=AT), json_answer(200, fields)).result
        assert (result.access_token, result.reading.verdict) == ("", Verdict.UNKNOWN)

    @pytest.mark.parametrize(("http", "case"), [(400, "00"), (401, "00")])
    def test_token_refused_is_the_bank_refusing_us(self, http: int, case: str):
        answer = json_answer(http, {"responseCode": f"{http}73{case}"})
        assert play(self.driver.token(at=AT), answer).result.reading.verdict is Verdict.REFUSED

    def test_token_headers_carry_what_was_signed(self):
        talk = play(self.driver.token(at=AT), self.token_answer(), "the-signature")
        headers = dict(talk.sent.headers)
        assert headers["X-CLIENT-KEY"] == talk.steps[0].client_key
        assert headers["X-TIMESTAMP"] == talk.steps[0].timestamp
        assert headers["X-SIGNATURE"] == "the-signature"
        assert "Authorization" not in headers

    def test_transfer_headers_carry_what_was_signed(self, order: PaymentOrder):
        message = self.driver.render_transfer(order, at=AT)
        talk = self.transferred(order, self.transfer_answer(order, message))
        step, headers = talk.steps[0], dict(talk.sent.headers)
        assert (step.method, step.path) == (talk.sent.method, talk.sent.path)
        assert step.body_sha256 == hashlib.sha256(talk.sent.body).digest()
        assert headers["X-TIMESTAMP"] == step.timestamp
        assert headers["X-EXTERNAL-ID"] == EXTERNAL_ID
        assert headers["Authorization"] == "Bearer token-1"
        assert len({name.lower() for name in headers}) == len(talk.sent.headers)

    def test_response_code_as_number(self, order: PaymentOrder):
        message = self.driver.render_transfer(order, at=AT)
        answer = self.transfer_answer(
            order, message, responseCode=int(f"200{message.service_code}00")
        )
        assert self.transferred(order, answer).result.verdict is self.success[message.service_code]
        asked = self.asked(order, self.status_answer(self.sent(order), "00", responseCode=2003600))
        assert asked.verdict is Verdict.SETTLED

    def test_response_code_as_number_in_any_other_reply(self):
        talk = play(self.driver.token(at=AT), self.token_answer(responseCode=2007300))
        assert talk.result.access_token == "token-1"
        assert self.balance(responseCode=2001100).reading.verdict is Verdict.ACCEPTED
        if Capability.STATEMENT in self.driver.capabilities:
            assert self.statement(responseCode=2001400).complete

    def test_bank_reference_is_read(self, order: PaymentOrder):
        message = self.driver.render_transfer(order, at=AT)
        talk = self.transferred(order, self.transfer_answer(order, message))
        assert talk.result.bank_reference_no == "2026112199770000000009"
        asked = self.asked(order, self.status_answer(self.sent(order), "00"))
        assert asked.bank_reference_no == "2026112199770000000009"

    @pytest.mark.parametrize(
        "place",
        [
            {"additionalInfo": {"bifastId": "20261121CENA000001"}},
            {"traceNo": "20261121CENA000001"},
            {"additionalInfo": {"traceNo": "20261121CENA000001"}},
        ],
    )
    def test_reference_of_the_network_is_read(self, order: PaymentOrder, place: dict[str, Any]):
        message = self.driver.render_transfer(order, at=AT)
        told = self.transferred(order, self.transfer_answer(order, message, **place)).result
        asked = self.asked(order, self.status_answer(self.sent(order), "00", **place))
        assert told.network_reference_no == asked.network_reference_no == "20261121CENA000001"
        foreign = self.transfer_answer(order, message, partnerReferenceNo="1", **place)
        assert self.transferred(order, foreign).result.network_reference_no == ""

    @pytest.mark.parametrize(
        ("http", "case", "verdict"),
        [
            (202, "00", Verdict.ACCEPTED),
            (400, "02", Verdict.REJECTED),
            (401, "00", Verdict.REFUSED),
            (401, "01", Verdict.REFUSED_TOKEN),
            (401, "03", Verdict.REFUSED_TOKEN),
            (403, "14", Verdict.REJECTED),
            (403, "16", Verdict.UNKNOWN),
            (404, "11", Verdict.REJECTED),
            (404, "18", Verdict.DUPLICATE),
            (405, "00", Verdict.REJECTED),
            (409, "00", Verdict.UNKNOWN),
            (409, "01", Verdict.DUPLICATE),
            (429, "00", Verdict.UNKNOWN),
            (500, "01", Verdict.UNKNOWN),
            (504, "00", Verdict.UNKNOWN),
        ],
    )
    def test_signal(self, order: PaymentOrder, http: int, case: str, verdict: Verdict):
        assert self.coded(order, http, case).verdict is verdict

    def test_error_that_echoes_the_request_with_empty_results(self, order: PaymentOrder):
        """BCA repeats the fields and leaves what it would have made empty."""
        reading = self.coded(order, 403, "14", referenceNo="", data={}, sourceAccountNo="")
        assert (reading.verdict, reading.bank_reference_no) == (Verdict.REJECTED, "")

    @pytest.mark.parametrize("http", [200, 401, 403])
    def test_word_about_another_service_is_unknown(self, order: PaymentOrder, http: int):
        answer = json_answer(http, {"responseCode": f"{http}9900"})
        assert self.transferred(order, answer).result.verdict is Verdict.UNKNOWN

    @pytest.mark.parametrize("status", [201, 202, 400, 404, 500, 502])
    def test_success_under_another_http_status_is_unknown(self, order: PaymentOrder, status: int):
        message = self.driver.render_transfer(order, at=AT)
        answer = replace(self.transfer_answer(order, message), status=status)
        assert self.transferred(order, answer).result.verdict is Verdict.UNKNOWN

    def test_foreign_echo_of_a_transfer_is_unknown_with_an_alarm(self, order: PaymentOrder):
        message = self.driver.render_transfer(order, at=AT)
        for change in self.foreign_echoes():
            reading = self.transferred(order, self.transfer_answer(order, message, **change)).result
            assert (reading.verdict, reading.alarm) == (Verdict.UNKNOWN, True)
            assert reading.reason.startswith("ECHO_MISMATCH_")

    def foreign_echoes(self) -> list[dict[str, Any]]:
        return [
            {"amount": {"value": "10000.01", "currency": "IDR"}},
            {"amount": {"value": "10000.00", "currency": "USD"}},
            {self.source_field: "0000000000"},
            {self.beneficiary_field: "0000000000"},
            {"partnerReferenceNo": "1"},
        ]

    @pytest.mark.parametrize("status", ["00", "04", "05", "06", "07"])
    def test_foreign_echo_of_an_inquiry_is_unknown_with_an_alarm(
        self, order: PaymentOrder, status: str
    ):
        sent = self.sent(order)
        changes: list[dict[str, Any]] = [
            *self.foreign_echoes()[:4],
            {"originalPartnerReferenceNo": "1"},
            {"serviceCode": "99"},
        ]
        if self.asked_by_external_id:
            changes.append({"originalExternalId": "1"})
        for change in changes:
            reading = self.asked(order, self.status_answer(sent, status, **change))
            assert (reading.verdict, reading.alarm) == (Verdict.UNKNOWN, True)

    @pytest.mark.parametrize(
        ("status", "verdict"),
        [
            ("01", Verdict.PENDING),
            ("02", Verdict.PENDING),
            ("04", Verdict.RETURNED),
            ("05", Verdict.REJECTED),
            ("07", Verdict.NOT_FOUND),
            ("0", Verdict.PENDING),
        ],
    )
    def test_transaction_status(self, order: PaymentOrder, status: str, verdict: Verdict):
        answer = self.status_answer(self.sent(order), status)
        assert self.asked(order, answer).verdict is verdict

    @pytest.mark.parametrize(
        ("http", "case", "verdict"),
        [
            (401, "00", Verdict.REFUSED),
            (401, "01", Verdict.REFUSED_TOKEN),
            (403, "01", Verdict.UNKNOWN),
            (429, "00", Verdict.UNKNOWN),
            (500, "00", Verdict.UNKNOWN),
            (504, "00", Verdict.UNKNOWN),
        ],
    )
    def test_inquiry_refused_says_nothing_of_the_transfer(
        self, order: PaymentOrder, http: int, case: str, verdict: Verdict
    ):
        answer = json_answer(http, {"responseCode": f"{http}36{case}"})
        assert self.asked(order, answer).verdict is verdict

    def test_answer_of_a_transfer_does_not_answer_an_inquiry(self, order: PaymentOrder):
        message = self.driver.render_transfer(order, at=AT)
        answer = self.transfer_answer(order, message)
        assert self.asked(order, answer).verdict is Verdict.UNKNOWN
