"""Account inquiries: the bank's own accounts (15) and other banks' (16)."""

from __future__ import annotations

from dataclasses import dataclass

from bank_adapter.domain.conversation import WireMessage
from bank_adapter.drivers.snap_generic.profile import GenericProfile
from bank_adapter.snap import body, text
from bank_adapter.snap.account import AccountQuestion

INTERNAL, EXTERNAL = "15", "16"


@dataclass(frozen=True, slots=True)
class InternalInquiry:
    profile: GenericProfile

    def render(self, question: AccountQuestion) -> WireMessage:
        """Raises InvalidOrderError naming the field."""
        _check(self.profile, question)
        fields = {
            "partnerReferenceNo": question.reference_no,
            "beneficiaryAccountNo": question.account_no,
        }
        return WireMessage(
            service_code=INTERNAL,
            method="POST",
            path=self.profile.internal_inquiry_path,
            body=body.render(fields),
        )


@dataclass(frozen=True, slots=True)
class ExternalInquiry:
    profile: GenericProfile

    def render(self, question: AccountQuestion) -> WireMessage:
        """Raises InvalidOrderError naming the field."""
        _check(self.profile, question)
        fields = {
            "partnerReferenceNo": question.reference_no,
            "beneficiaryBankCode": question.bank_code,
            "beneficiaryAccountNo": question.account_no,
        }
        return WireMessage(
            service_code=EXTERNAL,
            method="POST",
            path=self.profile.external_inquiry_path,
            body=body.render(fields),
        )


def _check(profile: GenericProfile, question: AccountQuestion) -> None:
    text.account(
        "beneficiaryAccountNo", question.account_no, limit=profile.inquiry_account_characters
    )
    text.numeric("partnerReferenceNo", question.reference_no, limit=profile.reference_digits)
