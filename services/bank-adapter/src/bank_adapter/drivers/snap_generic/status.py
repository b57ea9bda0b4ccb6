"""Transfer status inquiry (36, or the number that this bank gives it)."""

from __future__ import annotations

from dataclasses import dataclass

from bank_adapter.domain.conversation import WireMessage
from bank_adapter.domain.order import SentOrder
from bank_adapter.drivers.snap_generic.profile import GenericProfile, StatusReference
from bank_adapter.snap import body, echo


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
            service_code=self.profile.status_service_code,
            method="POST",
            path=self.profile.status_path,
            body=body.render(fields),
        )

    def echoes(self, sent: SentOrder) -> tuple[echo.Echo, ...]:
        by_external_id = self.profile.status_reference is not StatusReference.PARTNER_REFERENCE
        return echo.of_sent(sent, by_external_id=by_external_id)
