"""The older API's transfer to other banks (domestic, version 2): ONL, LLG and RTG.

Its answer has no word of success: it says that the order was taken, and a
status inquiry has to say more.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType

from bank_adapter.domain.conversation import Answer, WireMessage
from bank_adapter.domain.order import PaymentOrder
from bank_adapter.domain.rail import Rail
from bank_adapter.domain.verdict import Reading, Verdict
from bank_adapter.drivers.bca_legacy.fields import check_common, remarks, transaction_id
from bank_adapter.drivers.bca_legacy.intrabank import echoes
from bank_adapter.drivers.bca_legacy.profile import BCALegacyProfile
from bank_adapter.drivers.bca_legacy.signals import SUCCESS, failure
from bank_adapter.snap import beneficiary, body, text, timestamp
from bank_adapter.snap.echo import compared
from bank_adapter.snap.reply import read_object, reference

# transfer_type, and the number that SNAP gives the same service.
TRANSFER_TYPES: Mapping[Rail, str] = MappingProxyType(
    {Rail.ONLINE: "ONL", Rail.SKN: "LLG", Rail.RTGS: "RTG"}
)
SERVICE_CODES: Mapping[Rail, str] = MappingProxyType(
    {Rail.ONLINE: "18", Rail.SKN: "23", Rail.RTGS: "22"}
)


@dataclass(frozen=True, slots=True)
class Interbank:
    profile: BCALegacyProfile

    def check(self, order: PaymentOrder) -> None:
        """Raises InvalidOrderError for what BCA would refuse."""
        profile = self.profile
        check_common(profile, order)
        beneficiary.elsewhere(
            order, own_bank_codes=profile.own_bank_codes, name_characters=profile.name_characters
        )
        text.account(
            "beneficiaryAccountNo",
            order.beneficiary_account_no,
            limit=profile.other_account_characters,
        )
        profile.bank_codes.write(order.beneficiary_bank_code)
        beneficiary.customer(order)
        text.email("beneficiaryEmail", order.beneficiary_email, limit=profile.email_characters)

    def render(self, order: PaymentOrder, *, at: datetime) -> WireMessage:
        self.check(order)
        day = timestamp.write(at)[:10]
        first, second = remarks(self.profile, order)
        fields = {
            "transaction_id": transaction_id(self.profile, order),
            "transaction_date": day,
            "source_account_number": order.source_account_no,
            "beneficiary_account_number": order.beneficiary_account_no,
            "beneficiary_bank_code": self.profile.bank_codes.write(order.beneficiary_bank_code),
            "beneficiary_name": order.beneficiary_account_name,
            "amount": order.amount.value,
            "transfer_type": TRANSFER_TYPES[order.rail],
            "beneficiary_cust_type": order.beneficiary_type,
            "beneficiary_cust_residence": order.beneficiary_residence,
            "currency_code": order.amount.currency,
            **body.given(remark1=first, remark2=second, beneficiary_email=order.beneficiary_email),
        }
        return WireMessage(
            service_code=SERVICE_CODES[order.rail],
            method="POST",
            path=self.profile.domestic_path,
            body=body.render(fields),
            transaction_date=day,
        )

    def read(self, answer: Answer, order: PaymentOrder) -> Reading:
        """ACCEPTED by our own TransactionID under 200; `ppu_no` is the clearing's trace."""
        fields, fault = read_object(answer)
        taken = reference(fields, "transaction_id")
        if answer.status == SUCCESS and taken:
            reading = Reading(
                verdict=Verdict.ACCEPTED,
                http_status=answer.status,
                bank_reference_no=taken,
                network_reference_no=reference(fields, "ppu_no"),
            )
        else:
            reading = failure(answer.status, fields, fault)
        return compared(reading, fields, echoes(self.profile, order))
