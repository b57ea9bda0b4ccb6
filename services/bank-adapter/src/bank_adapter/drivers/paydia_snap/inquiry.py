"""Paydia's bank account inquiry (42): the name behind an account elsewhere."""

from __future__ import annotations

from dataclasses import dataclass

from bank_adapter.domain.conversation import WireMessage
from bank_adapter.domain.money import Money
from bank_adapter.drivers.paydia_snap.profile import PaydiaSnapProfile
from bank_adapter.snap import body, text
from bank_adapter.snap.account import AccountQuestion

SERVICE_CODE = "42"


@dataclass(frozen=True, slots=True)
class ExternalInquiry:
    """Wants an amount; a question without one asks with the profile's."""

    profile: PaydiaSnapProfile

    def render(self, question: AccountQuestion) -> WireMessage:
        """Raises InvalidOrderError naming the field."""
        profile = self.profile
        amount = question.amount or Money(profile.inquiry_amount_minor, "IDR")
        text.amount(amount, currencies=profile.currencies)
        text.numeric("partnerReferenceNo", question.reference_no, limit=profile.reference_digits)
        text.account("beneficiaryAccountNo", question.account_no, limit=profile.account_characters)
        customer = profile.customer_number or question.source_account_no
        fields = {
            "partnerReferenceNo": question.reference_no,
            **body.given(customerNumber=customer if profile.send_customer_number else ""),
            "amount": body.money(amount),
            "beneficiaryAccountNumber": question.account_no,
            **body.given(
                beneficiaryBankCode=question.bank_code if profile.send_inquiry_bank_code else ""
            ),
        }
        return WireMessage(
            service_code=SERVICE_CODE,
            method="POST",
            path=profile.inquiry_path,
            body=body.render(fields),
        )
