"""BCA's transfer between its own accounts (17, fact sheet section 6.5)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from bank_adapter.domain.conversation import WireMessage
from bank_adapter.domain.order import PaymentOrder
from bank_adapter.drivers.bca_snap.fields import check_common
from bank_adapter.drivers.bca_snap.profile import BCASnapProfile
from bank_adapter.snap import beneficiary, body, echo, text, timestamp
from bank_adapter.snap.text import InvalidOrderError

SERVICE_CODE = "17"
# Goods, services, debt, tax ... to "approved by Bank Indonesia".
PURPOSES = frozenset(f"{number:02d}" for number in range(1, 16))


@dataclass(frozen=True, slots=True)
class Intrabank:
    """2001700 is final. The beneficiary's name is not part of the message."""

    profile: BCASnapProfile

    def check(self, order: PaymentOrder) -> None:
        """Raises InvalidOrderError for what BCA would refuse."""
        profile = self.profile
        check_common(profile, order)
        text.exact_digits(
            "beneficiaryAccountNo", order.beneficiary_account_no, digits=profile.account_digits
        )
        beneficiary.inside(order, own_bank_codes=profile.own_bank_codes)
        text.free_text(
            "economicActivity", order.economic_activity, limit=profile.activity_characters
        )
        if order.transaction_purpose and order.transaction_purpose not in PURPOSES:
            raise InvalidOrderError("transactionPurpose", "must be 01 to 15")

    def render(self, order: PaymentOrder, *, at: datetime) -> WireMessage:
        self.check(order)
        transaction_date = timestamp.write(at)
        # Only for foreign citizens, and for accounts in a foreign currency.
        additional = body.given(
            economicActivity=order.economic_activity, transactionPurpose=order.transaction_purpose
        )
        fields: dict[str, body.Field] = {
            "partnerReferenceNo": order.bank_partner_reference_no,
            "amount": body.money(order.amount),
            "beneficiaryAccountNo": order.beneficiary_account_no,
            **body.given(beneficiaryEmail=order.beneficiary_email, remark=order.remark),
            "sourceAccountNo": order.source_account_no,
            "transactionDate": transaction_date,
            **({"additionalInfo": additional} if additional else {}),
        }
        return WireMessage(
            service_code=SERVICE_CODE,
            method="POST",
            path=self.profile.intrabank_path,
            body=body.render(fields),
            transaction_date=transaction_date,
        )

    def echoes(self, order: PaymentOrder) -> tuple[echo.Echo, ...]:
        return echo.of_order(order)
