"""Transfer inside the bank (17)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from bank_adapter.domain.conversation import WireMessage
from bank_adapter.domain.order import PaymentOrder
from bank_adapter.drivers.snap_generic.fields import check_common, message
from bank_adapter.drivers.snap_generic.profile import GenericProfile, TransferSpec
from bank_adapter.snap import beneficiary, body, echo, timestamp

SERVICE_CODE = "17"


@dataclass(frozen=True, slots=True)
class Intrabank:
    """The beneficiary's name is not part of the message."""

    profile: GenericProfile
    spec: TransferSpec

    def check(self, order: PaymentOrder) -> None:
        """Raises InvalidOrderError for what the profile says the bank refuses."""
        check_common(self.profile, self.spec, order)
        beneficiary.inside(order, own_bank_codes=self.profile.own_bank_codes)

    def render(self, order: PaymentOrder, *, at: datetime) -> WireMessage:
        self.check(order)
        transaction_date = timestamp.write(at)
        fields = {
            "partnerReferenceNo": order.bank_partner_reference_no,
            "amount": body.money(order.amount),
            "beneficiaryAccountNo": order.beneficiary_account_no,
            **body.given(
                beneficiaryEmail=order.beneficiary_email,
                remark=order.remark if self.spec.send_remark else "",
            ),
            "sourceAccountNo": order.source_account_no,
            "transactionDate": transaction_date,
        }
        return message(self.spec, fields, transaction_date)

    def echoes(self, order: PaymentOrder) -> tuple[echo.Echo, ...]:
        return echo.of_order(order)
