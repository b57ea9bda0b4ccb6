"""What every driver must pass, SNAP or not. A bank adds about ten lines.

A subclass gives the driver, one order per rail and how its bank answers; the
tests drive the generators with scripted replies. No signer, no wire, no clock.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from bank_adapter.adapters.random_identifiers import RandomIdentifiers
from bank_adapter.domain.bank_code import CLEARING_BY_SWIFT, SWIFT_BY_CLEARING
from bank_adapter.domain.conversation import Answer, Send
from bank_adapter.domain.money import Money
from bank_adapter.domain.order import PaymentOrder
from bank_adapter.domain.rail import Capability, Rail
from bank_adapter.domain.verdict import Reading, Verdict
from bank_adapter.drivers.protocol import InvalidOrderError, UnsupportedServiceError
from driver_hooks import DriverHooks
from driver_talk import AT, ENVELOPE, NOT_AN_ANSWER, OF_NEXT_YEAR, Talk, json_answer, play
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from servicekit.clock import SystemClock

# Verdicts that end a payment; only an explicit word may give one.
FINAL = {Verdict.SETTLED, Verdict.REJECTED, Verdict.RETURNED}

# The suite runs once for every driver; a few dozen examples each are enough.
PROPERTY = settings(
    suppress_health_check=[HealthCheck.differing_executors], deadline=None, max_examples=25
)

scalars = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8)
documents = st.recursive(
    scalars,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner),
    max_leaves=8,
)


class DriverConformance(DriverHooks):
    """Subclass it as Test<Bank>; snap_conformance.py does more for SNAP banks."""

    # Ids -------------------------------------------------------------------

    def test_reference_and_external_id_made_for_this_bank_are_taken_by_it(
        self, order: PaymentOrder
    ):
        ids, at_us = RandomIdentifiers(SystemClock()), int(AT.timestamp()) * 1_000_000
        reference = ids.bank_reference(at_us, digits=self.driver.reference_digits)
        ours = replace(order, bank_partner_reference_no=reference)
        message = self.driver.render_transfer(ours, at=AT)
        digits = self.driver.external_id_digits(message.service_code)
        envelope = replace(ENVELOPE, external_id=ids.external_id(at_us, digits=digits))
        talk = play(self.driver.transfer(ours, message, envelope), NOT_AN_ANSWER["empty"])
        assert talk.sent.body == message.body

    # Capabilities ----------------------------------------------------------

    def test_one_order_for_every_rail_offered(self):
        offered = {rail for rail in Rail if Capability.for_rail(rail) in self.driver.capabilities}
        assert {order.rail for order in self.orders} == offered

    @pytest.mark.parametrize("rail", list(Rail))
    def test_rail_not_offered_is_refused_at_once(self, rail: Rail):
        if Capability.for_rail(rail) in self.driver.capabilities:
            return
        order, capability = replace(self.orders[0], rail=rail), Capability.for_rail(rail)
        for refuse in (self.driver.check, lambda order: self.driver.render_transfer(order, at=AT)):
            with pytest.raises(UnsupportedServiceError, match=f"not offer {capability}") as refused:
                refuse(order)
            assert refused.value.capability is capability

    # Rendering -------------------------------------------------------------

    def test_order_is_accepted(self, order: PaymentOrder):
        self.driver.check(order)

    def test_same_order_and_moment_give_the_same_bytes(self, order: PaymentOrder):
        first = self.driver.render_transfer(order, at=AT)
        assert self.driver.render_transfer(order, at=AT) == first

    def test_later_attempt_changes_only_the_transaction_date(self, order: PaymentOrder):
        first = self.driver.render_transfer(order, at=AT)
        later = self.driver.render_transfer(order, at=AT + timedelta(days=1))
        moved = later.body.replace(later.transaction_date.encode(), first.transaction_date.encode())
        assert moved == first.body

    def test_amount_stands_in_the_body_as_decimal_text(self, order: PaymentOrder):
        assert b'"10000.00"' in self.driver.render_transfer(order, at=AT).body

    def test_nothing_is_not_an_amount(self, order: PaymentOrder):
        with pytest.raises(InvalidOrderError) as refused:
            self.driver.render_transfer(replace(order, amount=Money(0, "IDR")), at=AT)
        assert refused.value.field == "amount.value"

    def test_foreign_currency_is_refused(self, order: PaymentOrder):
        with pytest.raises(InvalidOrderError) as refused:
            self.driver.check(replace(order, amount=Money(1_000_000, "ZZZ")))
        assert refused.value.field == "amount.currency"

    def test_services_are_the_capabilities(self):
        """An unsupported question is refused at once; a supported one is rendered."""
        for capability, render in self.questions().items():
            if capability in self.driver.capabilities:
                assert render().service_code
            else:
                with pytest.raises(UnsupportedServiceError, match=f"not offer {capability}"):
                    render()

    def test_bank_named_by_its_other_form_is_the_same_bank(self, order: PaymentOrder):
        known = SWIFT_BY_CLEARING | CLEARING_BY_SWIFT
        if order.beneficiary_bank_code not in known:
            return
        other = replace(order, beneficiary_bank_code=known[order.beneficiary_bank_code])
        message = self.driver.render_transfer(other, at=AT)
        if self.translates_bank_codes:
            assert message == self.driver.render_transfer(order, at=AT)
        # The bank echoes in its own form; it is our payment all the same.
        for code in (order.beneficiary_bank_code, other.beneficiary_bank_code):
            answer = self.transfer_answer(other, message, beneficiaryBankCode=code)
            verdict = self.transferred(other, answer).result.verdict
            assert verdict is self.success[message.service_code]

    @pytest.mark.parametrize("account", ["", "12345 7890", "1234567890" * 10, "12345é"])
    def test_account_number_of_a_wrong_shape_is_refused(self, order: PaymentOrder, account: str):
        with pytest.raises(InvalidOrderError) as refused:
            self.driver.check(replace(order, beneficiary_account_no=account))
        assert refused.value.field == "beneficiaryAccountNo"

    def test_remark_over_the_limit_is_refused_and_not_cut(self, order: PaymentOrder):
        with pytest.raises(InvalidOrderError) as refused:
            self.driver.check(replace(order, remark="x" * 500))
        assert refused.value.field == "remark"

    @PROPERTY
    @given(value=st.text(max_size=40))
    def test_free_text_is_refused_or_hashed_signed_and_sent_as_given(self, value: str):
        for order in self.orders:
            for name in self.free_texts:
                self.check_free_text(replace(order, **{name: value}))

    def check_free_text(self, order: PaymentOrder) -> None:
        try:
            message = self.driver.render_transfer(order, at=AT)
        except InvalidOrderError:
            return
        talk = play(self.driver.transfer(order, message, ENVELOPE), NOT_AN_ANSWER["empty"])
        assert talk.sent.body == message.body
        assert message.body_sha256 == hashlib.sha256(talk.sent.body).digest()
        assert self.digest_signed(talk) == self.digest_of(talk.sent.body)
        assert "\ufffd" not in talk.sent.body.decode("utf-8")

    def digest_signed(self, talk: Talk) -> bytes:
        return talk.steps[0].body_sha256

    def digest_of(self, body: bytes) -> bytes:
        return hashlib.sha256(body).digest()

    # Conversations ---------------------------------------------------------

    def test_external_id_of_a_wrong_shape_is_refused_before_the_first_step(
        self, order: PaymentOrder
    ):
        message = self.driver.render_transfer(order, at=AT)
        for external_id in ("", "1" * 40, "12a", "\u0661"):
            with pytest.raises(ValueError, match="external id"):
                self.driver.transfer(order, message, replace(ENVELOPE, external_id=external_id))

    def test_token_is_signed_asked_and_read(self):
        talk = play(self.driver.token(at=AT), self.token_answer())
        assert talk.result.reading.verdict is Verdict.ACCEPTED
        assert (talk.result.access_token, talk.result.expires_in_s) == ("token-1", 900)

    @pytest.mark.parametrize("lifetime", ["900", 900, "900.0"])
    def test_lifetime_of_a_token_is_text_or_number(self, lifetime: str | int):
        result = play(self.driver.token(at=AT), self.token_answer(lifetime)).result
        assert (result.access_token, result.expires_in_s) == ("token-1", 900)

    def test_token_is_not_shown_by_repr(self):
        talk = play(self.driver.token(at=AT), self.token_answer())
        assert "token-1" not in repr(talk.result)

    def test_transfer_is_signed_then_sent_once(self, order: PaymentOrder):
        message = self.driver.render_transfer(order, at=AT)
        talk = self.transferred(order, self.transfer_answer(order, message))
        assert [isinstance(step, Send) for step in talk.steps] == [False, True]
        assert (talk.sent.method, talk.sent.path) == (message.method, message.path)
        assert talk.sent.body == message.body
        assert talk.result.verdict is self.success[message.service_code]

    def test_unknown_fields_of_a_reply_about_a_payment_are_ignored(self, order: PaymentOrder):
        message = self.driver.render_transfer(order, at=AT)
        answer = self.transfer_answer(order, message, **OF_NEXT_YEAR)
        assert self.transferred(order, answer).result.verdict is self.success[message.service_code]
        asked = self.asked(order, self.status_answer(self.sent(order), "00", **OF_NEXT_YEAR))
        assert asked.verdict is Verdict.SETTLED

    def test_unknown_fields_of_any_other_reply_are_ignored(self):
        talk = play(self.driver.token(at=AT), self.token_answer(**OF_NEXT_YEAR))
        assert talk.result.access_token == "token-1"
        assert self.balance(**OF_NEXT_YEAR).amount == Money(100_000, "IDR")
        if Capability.INQUIRY_EXTERNAL in self.driver.capabilities:
            assert self.name(**OF_NEXT_YEAR).account_name == "YORIES YOLANDA"
        if Capability.STATEMENT in self.driver.capabilities:
            assert [line.debit for line in self.statement(**OF_NEXT_YEAR).lines] == [True]

    @pytest.mark.parametrize("as_object", [True, False])
    def test_balance_is_read_from_a_list_and_from_an_object(self, as_object: bool):  # noqa: FBT001  parameter of the table
        found = self.balance(as_object=as_object)
        assert found.reading.verdict is Verdict.ACCEPTED
        assert (found.amount, found.available) == (Money(100_000, "IDR"), Money(90_000, "IDR"))

    def test_statement_of_one_debit_is_complete(self):
        if Capability.STATEMENT not in self.driver.capabilities:
            return
        found = self.statement()
        assert (found.reading.verdict, found.complete) == (Verdict.ACCEPTED, True)
        assert [line.amount for line in found.lines] == [Money(1_000_000, "IDR")]

    @pytest.mark.parametrize("answer", NOT_AN_ANSWER.values(), ids=NOT_AN_ANSWER)
    def test_unreadable_answer_to_a_transfer_is_unknown(self, order: PaymentOrder, answer: Answer):
        assert self.transferred(order, answer).result.verdict is Verdict.UNKNOWN

    @pytest.mark.parametrize("answer", NOT_AN_ANSWER.values(), ids=NOT_AN_ANSWER)
    def test_unreadable_answer_to_an_inquiry_is_unknown(self, order: PaymentOrder, answer: Answer):
        assert self.asked(order, answer).verdict is Verdict.UNKNOWN

    @pytest.mark.parametrize("answer", NOT_AN_ANSWER.values(), ids=NOT_AN_ANSWER)
    def test_unreadable_answer_to_a_token_call_is_no_token(self, answer: Answer):
        result = play(self.driver.token(at=AT), answer).result
        assert (result.access_token, result.reading.verdict) == ("", Verdict.UNKNOWN)

    @pytest.mark.parametrize(
        ("status", "verdict"),
        [
            ("00", Verdict.SETTLED),
            ("03", Verdict.PENDING),
            ("06", Verdict.REJECTED),
            ("98", Verdict.PENDING),
            ("", Verdict.PENDING),
        ],
    )
    def test_inquiry_status(self, order: PaymentOrder, status: str, verdict: Verdict):
        answer = self.status_answer(self.sent(order), status)
        assert self.asked(order, answer).verdict is verdict

    def test_inquiry_not_found_is_never_final(self, order: PaymentOrder):
        answer = self.not_found_answer(self.sent(order))
        assert self.asked(order, answer).verdict is Verdict.NOT_FOUND

    @PROPERTY
    @given(body=st.binary(max_size=200), status=st.integers(100, 599))
    def test_no_bytes_make_a_driver_raise_or_conclude(self, body: bytes, status: int):
        self.check_no_conclusion(Answer(status=status, headers={}, body=body))

    @PROPERTY
    @given(document=documents, status=st.sampled_from([200, 202, 400, 401, 403, 404, 409, 500]))
    def test_no_foreign_json_makes_a_driver_raise_or_conclude(self, document: Any, status: int):
        body = json.dumps(document).encode()
        self.check_no_conclusion(Answer(status=status, headers={}, body=body))

    def check_no_conclusion(self, answer: Answer) -> None:
        for order in self.orders:
            for reading in (self.transferred(order, answer).result, self.asked(order, answer)):
                assert reading.verdict not in FINAL
                self.check_fits_the_ledger(reading)
        assert play(self.driver.token(at=AT), answer).result.access_token == ""

    def check_fits_the_ledger(self, reading: Reading) -> None:
        """A reading must never be what stops the result from being stored."""
        assert len(reading.response_code.encode("utf-8")) <= 7
        assert len(reading.response_message) <= 150
        assert len(reading.bank_reference_no.encode("utf-8")) <= 64
        assert len(reading.network_reference_no.encode("utf-8")) <= 64
        assert len(reading.reason) <= 64
        reading.response_message.encode("utf-8")

    def test_strange_texts_of_the_bank_fit_the_ledger(self, order: PaymentOrder):
        message = self.driver.render_transfer(order, at=AT)
        strange = "\ud800\n\u0000" + "李" * 300
        texts = (
            "referenceNo",
            "traceNo",
            "responseMessage",
            "TransactionID",
            "ErrorCode",
            "ErrorMessage",
        )
        for name in texts:
            answer = self.transfer_answer(order, message, **{name: strange})
            self.check_fits_the_ledger(self.transferred(order, answer).result)
            failed = json_answer(400, {"responseCode": "4001700", name: strange})
            self.check_fits_the_ledger(self.transferred(order, failed).result)
