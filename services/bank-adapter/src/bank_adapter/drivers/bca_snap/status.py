"""BCA's transfer status inquiry (36, fact sheet section 6.8).

BCA asks by `originalExternalId`, so every attempt has its own status, and it
remembers 31 days.
"""

from __future__ import annotations

from dataclasses import dataclass

from bank_adapter.domain.conversation import WireMessage
from bank_adapter.domain.order import SentOrder
from bank_adapter.drivers.bca_snap.profile import BCASnapProfile
from bank_adapter.snap import body, echo
from bank_adapter.snap.status import SERVICE_CODE


@dataclass(frozen=True, slots=True)
class Status:
    """`transactionDate` is the text that the transfer carried."""

    profile: BCASnapProfile

    def render(self, sent: SentOrder) -> WireMessage:
        fields = {
            "originalPartnerReferenceNo": sent.order.bank_partner_reference_no,
            "originalExternalId": sent.external_id,
            "serviceCode": sent.service_code,
            "transactionDate": sent.transaction_date,
        }
        return WireMessage(
            service_code=SERVICE_CODE,
            method="POST",
            path=self.profile.status_path,
            body=body.render(fields),
            transaction_date=sent.transaction_date,
        )

    def echoes(self, sent: SentOrder) -> tuple[echo.Echo, ...]:
        return echo.of_sent(sent)
