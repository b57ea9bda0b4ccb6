"""Status, balance, statement and account inquiries in the standard's shape."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from bank_adapter.domain.conversation import WireMessage
from bank_adapter.domain.order import SentOrder
from bank_adapter.drivers.snap_generic.profile import GenericProfile, StatusReference
from bank_adapter.snap import balance, body, echo, statement, status, text
from bank_adapter.snap.account import AccountQuestion
from bank_adapter.snap.text import InvalidOrderError


@dataclass(frozen=True, slots=True)
class Status:
    """Asked by the reference that the profile names."""

    profile: GenericProfile

    def render(self, sent: SentOrder) -> WireMessage:
        by = self.profile.status_reference
        partner_reference = sent.order.bank_partner_reference_no
        fields = {
            **body.given(
                originalPartnerReferenceNo=(
                    "" if by is StatusReference.EXTERNAL_ID else partner_reference
                ),
                originalExternalId=(
                    "" if by is StatusReference.PARTNER_REFERENCE else sent.external_id
                ),
            ),
            "serviceCode": sent.service_code,
            **body.given(transactionDate=sent.transaction_date),
        }
        return WireMessage(
            service_code=status.SERVICE_CODE,
            method="POST",
            path=self.profile.status_path,
            body=body.render(fields),
        )

    def echoes(self, sent: SentOrder) -> tuple[echo.Echo, ...]:
        by_external_id = self.profile.status_reference is not StatusReference.PARTNER_REFERENCE
        return echo.of_sent(sent, by_external_id=by_external_id)


@dataclass(frozen=True, slots=True)
class Balance:
    profile: GenericProfile

    def render(self, *, account_no: str, reference_no: str) -> WireMessage:
        """Raises InvalidOrderError naming accountNo or partnerReferenceNo."""
        text.account("accountNo", account_no, limit=self.profile.source_account_characters)
        text.numeric("partnerReferenceNo", reference_no, limit=self.profile.reference_digits)
        return balance.render(
            path=self.profile.balance_path, account_no=account_no, reference_no=reference_no
        )


@dataclass(frozen=True, slots=True)
class Statement:
    profile: GenericProfile

    @property
    def most_lines(self) -> int:
        return self.profile.statement_lines

    def render(
        self, *, account_no: str, reference_no: str, first_day: date, last_day: date
    ) -> WireMessage:
        """Raises InvalidOrderError naming accountNo, fromDate or partnerReferenceNo."""
        text.account("accountNo", account_no, limit=self.profile.source_account_characters)
        text.numeric("partnerReferenceNo", reference_no, limit=self.profile.reference_digits)
        if not 1 <= (last_day - first_day).days + 1 <= self.profile.statement_days:
            raise InvalidOrderError(
                "fromDate", f"must begin 1 to {self.profile.statement_days} days before toDate ends"
            )
        return statement.render(
            path=self.profile.statement_path,
            account_no=account_no,
            reference_no=reference_no,
            first_day=first_day,
            last_day=last_day,
        )


@dataclass(frozen=True, slots=True)
class AccountInquiry:
    """15 inside the bank, 16 elsewhere."""

    profile: GenericProfile
    external: bool

    def render(self, question: AccountQuestion) -> WireMessage:
        """Raises InvalidOrderError naming the field."""
        profile = self.profile
        text.account(
            "beneficiaryAccountNo",
            question.account_no,
            limit=profile.inquiry_account_characters,
        )
        text.numeric("partnerReferenceNo", question.reference_no, limit=profile.reference_digits)
        fields = {
            "partnerReferenceNo": question.reference_no,
            **body.given(beneficiaryBankCode=question.bank_code if self.external else ""),
            "beneficiaryAccountNo": question.account_no,
        }
        path = profile.external_inquiry_path if self.external else profile.internal_inquiry_path
        return WireMessage(
            service_code="16" if self.external else "15",
            method="POST",
            path=path,
            body=body.render(fields),
        )
