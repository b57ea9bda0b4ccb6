"""Paydia's transfer to a bank (43, fact sheet section 7).

The message has no date and no place for the beneficiary's name or e-mail; a
remark is sent only if the profile says that Paydia takes one.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from bank_adapter.domain.conversation import WireMessage
from bank_adapter.domain.order import PaymentOrder
from bank_adapter.drivers.paydia_snap.profile import PaydiaSnapProfile
from bank_adapter.snap import body, echo, text

SERVICE_CODE = "43"


@dataclass(frozen=True, slots=True)
class Interbank:
    """`customerNumber` is who pays, at Paydia."""

    profile: PaydiaSnapProfile

    def check(self, order: PaymentOrder) -> None:
        """Raises InvalidOrderError for what Paydia would refuse."""
        profile = self.profile
        text.numeric(
            "bankPartnerReferenceNo",
            order.bank_partner_reference_no,
            limit=profile.reference_digits,
        )
        text.amount(order.amount, currencies=profile.currencies)
        text.account("sourceAccountNo", order.source_account_no, limit=profile.account_characters)
        text.account(
            "beneficiaryAccountNo",
            order.beneficiary_account_no,
            limit=profile.account_characters,
        )
        text.require("beneficiaryBankCode", order.beneficiary_bank_code)
        text.email("beneficiaryEmail", order.beneficiary_email, limit=profile.email_characters)
        text.plain_text("remark", order.remark, limit=profile.remark_characters)

    def render(self, order: PaymentOrder, *, at: datetime) -> WireMessage:  # noqa: ARG002  the message has no date
        self.check(order)
        profile = self.profile
        customer = profile.customer_number or order.source_account_no
        fields: dict[str, body.Field] = {
            "partnerReferenceNo": order.bank_partner_reference_no,
            **body.given(
                customerNumber=customer if profile.send_customer_number else "",
                accountType=profile.account_type,
            ),
            "beneficiaryAccountNumber": order.beneficiary_account_no,
            "beneficiaryBankCode": order.beneficiary_bank_code,
            "amount": body.money(order.amount),
            **body.given(sessionId=order.inquiry_session, feeType=profile.fee_type),
        }
        remark = order.remark if profile.send_remark else ""
        additional = {**profile.additional_info, **body.given(remark=remark)}
        if additional:
            fields["additionalInfo"] = additional
        return WireMessage(
            service_code=SERVICE_CODE,
            method="POST",
            path=profile.transfer_path,
            body=body.render(fields),
        )

    def echoes(self, order: PaymentOrder) -> tuple[echo.Echo, ...]:
        return echo.of_order(order)
