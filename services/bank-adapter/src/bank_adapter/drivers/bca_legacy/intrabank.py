"""The older API's transfer inside BCA. Settled only by the bank's own word "Success"."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from bank_adapter.domain.conversation import Answer, WireMessage
from bank_adapter.domain.order import PaymentOrder
from bank_adapter.domain.verdict import Reading, Verdict
from bank_adapter.drivers.bca_legacy.fields import check_common, remarks, transaction_id
from bank_adapter.drivers.bca_legacy.profile import BCALegacyProfile
from bank_adapter.drivers.bca_legacy.signals import SUCCESS, failure
from bank_adapter.snap import beneficiary, body, text, timestamp
from bank_adapter.snap.echo import Echo, compared
from bank_adapter.snap.reply import read_object, reference
from bank_adapter.snap.reply import text as text_of

SERVICE_CODE = "17"


@dataclass(frozen=True, slots=True)
class Intrabank:
    profile: BCALegacyProfile

    def check(self, order: PaymentOrder) -> None:
        """Raises InvalidOrderError for what BCA would refuse."""
        profile = self.profile
        check_common(profile, order)
        text.exact_digits(
            "beneficiaryAccountNo", order.beneficiary_account_no, digits=profile.account_digits
        )
        beneficiary.inside(order, own_bank_codes=profile.own_bank_codes)

    def render(self, order: PaymentOrder, *, at: datetime) -> WireMessage:
        self.check(order)
        day = timestamp.write(at)[:10]
        first, second = remarks(self.profile, order)
        fields = {
            "CorporateID": self.profile.corporate_id,
            "SourceAccountNumber": order.source_account_no,
            "TransactionID": transaction_id(self.profile, order),
            "TransactionDate": day,
            "ReferenceID": order.bank_partner_reference_no,
            "CurrencyCode": order.amount.currency,
            "Amount": order.amount.value,
            "BeneficiaryAccountNumber": order.beneficiary_account_no,
            **body.given(Remark1=first, Remark2=second),
        }
        return WireMessage(
            service_code=SERVICE_CODE,
            method="POST",
            path=self.profile.transfer_path,
            body=body.render(fields),
            transaction_date=day,
        )

    def read(self, answer: Answer, order: PaymentOrder) -> Reading:
        fields, fault = read_object(answer)
        status = text_of(fields, "Status")
        if answer.status == SUCCESS and status.casefold() == "success":
            reading = Reading(
                verdict=Verdict.SETTLED,
                http_status=answer.status,
                response_message=status,
                bank_reference_no=reference(fields, "TransactionID"),
            )
        else:
            reading = failure(answer.status, fields, fault)
        return compared(reading, fields, echoes(self.profile, order))


def echoes(profile: BCALegacyProfile, order: PaymentOrder) -> tuple[Echo, ...]:
    """What transfer and status may repeat of the order."""
    return (
        Echo(
            what="TRANSACTION_ID",
            names=("TransactionID", "transaction_id"),
            ours=transaction_id(profile, order),
        ),
        Echo(
            what="PARTNER_REFERENCE",
            names=("ReferenceID",),
            ours=order.bank_partner_reference_no,
        ),
    )
