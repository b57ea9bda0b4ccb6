"""BCA's transfer to other banks (18 v2.0, fact sheet section 6.6).

One service, two networks: BI-FAST and the online switcher. The message has no
field for a remark; the remark stays with the transfer and is not sent.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from bank_adapter.domain.conversation import WireMessage
from bank_adapter.domain.order import PaymentOrder
from bank_adapter.domain.rail import Rail
from bank_adapter.drivers.bca_snap.fields import check_common, check_other_bank
from bank_adapter.drivers.bca_snap.profile import BCASnapProfile
from bank_adapter.snap import body, echo, text, timestamp
from bank_adapter.snap.text import InvalidOrderError

SERVICE_CODE = "18"
SWITCHER, BIFAST = "1", "2"
PURPOSES = frozenset({"01", "02", "03", "99"})


@dataclass(frozen=True, slots=True)
class Interbank:
    """2001800 is final. `additionalInfo.transferType` names the network."""

    profile: BCASnapProfile

    def check(self, order: PaymentOrder) -> None:
        """Raises InvalidOrderError for what BCA would refuse."""
        profile = self.profile
        check_common(profile, order)
        if order.rail is Rail.BIFAST:
            check_other_bank(profile, order, account_limit=profile.other_account_characters)
            text.within(order.amount, limit_minor=profile.bifast_limit_minor, rail=order.rail)
            self._purpose(order)
        else:
            check_other_bank(profile, order, account_limit=profile.online_account_characters)
            text.within(order.amount, limit_minor=profile.online_limit_minor, rail=order.rail)

    def render(self, order: PaymentOrder, *, at: datetime) -> WireMessage:
        self.check(order)
        transaction_date = timestamp.write(at)
        bifast = order.rail is Rail.BIFAST
        fields = {
            "partnerReferenceNo": order.bank_partner_reference_no,
            "amount": body.money(order.amount),
            "beneficiaryAccountName": order.beneficiary_account_name,
            "beneficiaryAccountNo": order.beneficiary_account_no,
            "beneficiaryBankCode": order.beneficiary_bank_code,
            **body.given(beneficiaryEmail=order.beneficiary_email),
            "sourceAccountNo": order.source_account_no,
            "transactionDate": transaction_date,
            "additionalInfo": {
                "transferType": BIFAST if bifast else SWITCHER,
                # BCA's sample sends it empty to the switcher.
                "purposeCode": self._purpose(order) if bifast else "",
            },
        }
        return WireMessage(
            service_code=SERVICE_CODE,
            method="POST",
            path=self.profile.interbank_path,
            body=body.render(fields),
            transaction_date=transaction_date,
        )

    def echoes(self, order: PaymentOrder) -> tuple[echo.Echo, ...]:
        return echo.of_order(order)

    def _purpose(self, order: PaymentOrder) -> str:
        code = order.purpose_code or self.profile.purpose_code
        if code not in PURPOSES:
            raise InvalidOrderError("purposeCode", "must be 01, 02, 03 or 99 for BI-FAST")
        return code
