"""BCA's RTGS (22) and SKN (23) transfers (fact sheet section 6.7).

200 is not the end here: the transfer may be pending, and a success may be
reversed by a later notification.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from bank_adapter.domain.conversation import WireMessage
from bank_adapter.domain.order import PaymentOrder
from bank_adapter.domain.rail import Rail
from bank_adapter.drivers.bca_snap.fields import check_common, check_other_bank
from bank_adapter.drivers.bca_snap.profile import BCASnapProfile
from bank_adapter.snap import beneficiary, body, echo, text, timestamp

RTGS, SKN = "22", "23"


@dataclass(frozen=True, slots=True)
class Clearing:
    """Both rails ask for address, residence and kind of the beneficiary."""

    profile: BCASnapProfile

    def check(self, order: PaymentOrder) -> None:
        """Raises InvalidOrderError for what BCA would refuse."""
        profile = self.profile
        check_common(profile, order)
        check_other_bank(profile, order, account_limit=profile.other_account_characters)
        if order.rail is Rail.SKN:
            text.within(order.amount, limit_minor=profile.skn_limit_minor, rail=order.rail)
        beneficiary.address(order, limit=profile.address_characters)
        beneficiary.customer(order)

    def render(self, order: PaymentOrder, *, at: datetime) -> WireMessage:
        self.check(order)
        transaction_date = timestamp.write(at)
        rtgs = order.rail is Rail.RTGS
        fields = {
            "partnerReferenceNo": order.bank_partner_reference_no,
            "amount": body.money(order.amount),
            "beneficiaryAccountName": order.beneficiary_account_name,
            "beneficiaryAccountNo": order.beneficiary_account_no,
            "beneficiaryAddress": order.beneficiary_address,
            "beneficiaryBankCode": order.beneficiary_bank_code,
            "beneficiaryCustomerResidence": order.beneficiary_residence,
            "beneficiaryCustomerType": order.beneficiary_type,
            **body.given(beneficiaryEmail=order.beneficiary_email, remark=order.remark),
            "sourceAccountNo": order.source_account_no,
            "transactionDate": transaction_date,
        }
        return WireMessage(
            service_code=RTGS if rtgs else SKN,
            method="POST",
            path=self.profile.rtgs_path if rtgs else self.profile.skn_path,
            body=body.render(fields),
            transaction_date=transaction_date,
        )

    def echoes(self, order: PaymentOrder) -> tuple[echo.Echo, ...]:
        return echo.of_order(order)
