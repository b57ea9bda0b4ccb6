"""Paydia's transfer status inquiry (36): asked by our reference.

The answer is about the transfer, not about one of its attempts.
"""

from __future__ import annotations

from dataclasses import dataclass

from bank_adapter.domain.conversation import WireMessage
from bank_adapter.domain.order import SentOrder
from bank_adapter.drivers.paydia_snap.profile import PaydiaSnapProfile
from bank_adapter.snap import body, echo
from bank_adapter.snap.status import SERVICE_CODE


@dataclass(frozen=True, slots=True)
class Status:
    profile: PaydiaSnapProfile

    def render(self, sent: SentOrder) -> WireMessage:
        external_id = sent.external_id if self.profile.send_external_id else ""
        fields = {
            "originalPartnerReferenceNo": sent.order.bank_partner_reference_no,
            **body.given(originalExternalId=external_id),
            "serviceCode": sent.service_code,
            **body.given(transactionDate=sent.transaction_date),
        }
        return WireMessage(
            service_code=SERVICE_CODE,
            method="POST",
            path=self.profile.status_path,
            body=body.render(fields),
        )

    def echoes(self, sent: SentOrder) -> tuple[echo.Echo, ...]:
        return echo.of_sent(sent, by_external_id=self.profile.send_external_id)
