"""BCA's account inquiries: its own accounts (15) and other banks' (16 v2.0).

Fact sheet sections 6.3 and 6.4. The rail says whether 16 asks BI-FAST or the
switcher; without one, an amount and a source account ask BI-FAST, which wants
both, and anything less the switcher, which wants neither.
"""

from __future__ import annotations

from dataclasses import dataclass

from bank_adapter.domain.conversation import WireMessage
from bank_adapter.domain.rail import Rail
from bank_adapter.drivers.bca_snap.profile import BCASnapProfile
from bank_adapter.snap import body, text
from bank_adapter.snap.account import AccountQuestion
from bank_adapter.snap.text import InvalidOrderError

INTERNAL, EXTERNAL = "15", "16"
SWITCHER, BIFAST = "1", "2"


@dataclass(frozen=True, slots=True)
class InternalInquiry:
    profile: BCASnapProfile

    def render(self, question: AccountQuestion) -> WireMessage:
        """Raises InvalidOrderError naming the field."""
        text.exact_digits(
            "beneficiaryAccountNo", question.account_no, digits=self.profile.account_digits
        )
        text.numeric(
            "partnerReferenceNo", question.reference_no, limit=self.profile.reference_digits
        )
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
    profile: BCASnapProfile

    def render(self, question: AccountQuestion) -> WireMessage:
        """Raises InvalidOrderError naming the field."""
        profile = self.profile
        bifast = self._bifast(question)
        limit = profile.other_account_characters if bifast else profile.online_account_characters
        text.account("beneficiaryAccountNo", question.account_no, limit=limit)
        text.numeric("partnerReferenceNo", question.reference_no, limit=profile.reference_digits)
        fields = {
            "partnerReferenceNo": question.reference_no,
            "beneficiaryBankCode": question.bank_code,
            "beneficiaryAccountNo": question.account_no,
            "additionalInfo": self._of_bifast(question) if bifast else {"inquiryService": SWITCHER},
        }
        return WireMessage(
            service_code=EXTERNAL,
            method="POST",
            path=profile.external_inquiry_path,
            body=body.render(fields),
        )

    @staticmethod
    def _bifast(question: AccountQuestion) -> bool:
        given = question.amount is not None and bool(question.source_account_no)
        if question.rail is Rail.BIFAST and not given:
            missing = "sourceAccountNo" if question.amount is not None else "amount"
            raise InvalidOrderError(missing, "is required by this bank to ask BI-FAST")
        return given if question.rail is None else question.rail is Rail.BIFAST

    def _of_bifast(self, question: AccountQuestion) -> dict[str, body.Field]:
        text.exact_digits(
            "sourceAccountNo", question.source_account_no, digits=self.profile.account_digits
        )
        additional: dict[str, body.Field] = {
            "inquiryService": BIFAST,
            "sourceAccountNo": question.source_account_no,
        }
        if question.amount is not None:
            text.amount(question.amount, currencies=self.profile.currencies)
            additional["amount"] = body.money(question.amount)
        return additional | {"purposeCode": self.profile.purpose_code}
