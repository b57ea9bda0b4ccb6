"""Transfers of the bank family in the standard's shape (17, 18, 22, 23)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from bank_adapter.domain.bank_code import is_one_of
from bank_adapter.domain.conversation import WireMessage
from bank_adapter.domain.order import PaymentOrder
from bank_adapter.drivers.snap_generic.fields import check_common, check_other_bank
from bank_adapter.drivers.snap_generic.profile import GenericProfile, TransferSpec
from bank_adapter.snap import body, echo, text, timestamp
from bank_adapter.snap.text import InvalidOrderError

INTRABANK = "17"
CLEARING = frozenset({"22", "23"})
SERVICE_CODES = frozenset({INTRABANK, "18", *CLEARING})


@dataclass(frozen=True, slots=True)
class Transfer:
    """One rail of the profile. Raises ValueError for a service it cannot render."""

    profile: GenericProfile
    spec: TransferSpec

    def __post_init__(self) -> None:
        if self.spec.service_code not in SERVICE_CODES:
            raise ValueError(f"service_code must be one of {', '.join(sorted(SERVICE_CODES))}")

    def check(self, order: PaymentOrder) -> None:
        """Raises InvalidOrderError for what the profile says the bank refuses."""
        check_common(self.profile, self.spec, order)
        code = order.beneficiary_bank_code
        if self.spec.service_code != INTRABANK:
            check_other_bank(self.profile, order)
        elif code and not is_one_of(code, self.profile.own_bank_codes):
            raise InvalidOrderError(
                "beneficiaryBankCode", "is another bank's; INTRABANK stays inside this bank"
            )
        if self.spec.service_code in CLEARING:
            self._check_details(order)

    def render(self, order: PaymentOrder, *, at: datetime) -> WireMessage:
        self.check(order)
        spec = self.spec
        transaction_date = timestamp.write(at)
        clearing = spec.service_code in CLEARING
        elsewhere = spec.service_code != INTRABANK
        fields: dict[str, body.Field] = {
            "partnerReferenceNo": order.bank_partner_reference_no,
            "amount": body.money(order.amount),
            **body.given(
                beneficiaryAccountName=order.beneficiary_account_name if elsewhere else ""
            ),
            "beneficiaryAccountNo": order.beneficiary_account_no,
            **body.given(
                beneficiaryAddress=order.beneficiary_address if clearing else "",
                beneficiaryBankCode=order.beneficiary_bank_code if elsewhere else "",
                beneficiaryCustomerResidence=order.beneficiary_residence if clearing else "",
                beneficiaryCustomerType=order.beneficiary_type if clearing else "",
                beneficiaryEmail=order.beneficiary_email,
                remark=order.remark if spec.send_remark else "",
            ),
            "sourceAccountNo": order.source_account_no,
            "transactionDate": transaction_date,
        }
        if spec.additional_info:
            fields["additionalInfo"] = dict(spec.additional_info)
        return WireMessage(
            service_code=spec.service_code,
            method="POST",
            path=spec.path,
            body=body.render(fields),
            transaction_date=transaction_date,
        )

    def echoes(self, order: PaymentOrder) -> tuple[echo.Echo, ...]:
        return echo.of_order(order)

    def _check_details(self, order: PaymentOrder) -> None:
        text.require("beneficiaryAddress", order.beneficiary_address)
        text.free_text(
            "beneficiaryAddress",
            order.beneficiary_address,
            limit=self.profile.address_characters,
        )
        text.customer(order)
