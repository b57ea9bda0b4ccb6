"""The older API's transfer inside BCA.

TransactionID has 8 digits and is unique per day: the end of our reference. A
second attempt on the same day carries the same one, so that BCA refuses what
it already has (ESB-82-003) instead of paying it again.
"""

from __future__ import annotations

from datetime import datetime

from bank_adapter.domain.bank_code import is_one_of
from bank_adapter.domain.conversation import Answer, WireMessage
from bank_adapter.domain.order import PaymentOrder
from bank_adapter.domain.verdict import Reading, Verdict
from bank_adapter.drivers.bca_legacy.profile import BCALegacyProfile
from bank_adapter.drivers.bca_legacy.signals import failure
from bank_adapter.snap import body, text, timestamp
from bank_adapter.snap.echo import Echo, compared
from bank_adapter.snap.reply import read_object, reference
from bank_adapter.snap.reply import text as text_of
from bank_adapter.snap.text import InvalidOrderError

SERVICE_CODE = "17"
SUCCESS = 200


def check(profile: BCALegacyProfile, order: PaymentOrder) -> None:
    """Raises InvalidOrderError for what BCA would refuse."""
    reference_no = order.bank_partner_reference_no
    text.numeric("bankPartnerReferenceNo", reference_no, limit=profile.reference_digits)
    if len(reference_no) < profile.transaction_id_digits:
        raise InvalidOrderError("bankPartnerReferenceNo", "is too short for a TransactionID")
    text.amount(order.amount, currencies=profile.currencies)
    text.exact_digits("sourceAccountNo", order.source_account_no, digits=profile.account_digits)
    text.exact_digits(
        "beneficiaryAccountNo", order.beneficiary_account_no, digits=profile.account_digits
    )
    code = order.beneficiary_bank_code
    if code and not is_one_of(code, profile.own_bank_codes):
        raise InvalidOrderError(
            "beneficiaryBankCode", "is another bank's; INTRABANK stays inside this bank"
        )
    text.plain_text("remark", order.remark, limit=2 * profile.remark_part_characters)


def transaction_id(profile: BCALegacyProfile, order: PaymentOrder) -> str:
    """The same for every attempt of the transfer."""
    return order.bank_partner_reference_no[-profile.transaction_id_digits :]


def render(profile: BCALegacyProfile, order: PaymentOrder, *, at: datetime) -> WireMessage:
    """The remark goes into two parts of 18, as BCA prints them."""
    check(profile, order)
    day = timestamp.write(at)[:10]
    part = profile.remark_part_characters
    fields = {
        "CorporateID": profile.corporate_id,
        "SourceAccountNumber": order.source_account_no,
        "TransactionID": transaction_id(profile, order),
        "TransactionDate": day,
        "ReferenceID": order.bank_partner_reference_no,
        "CurrencyCode": order.amount.currency,
        "Amount": order.amount.value,
        "BeneficiaryAccountNumber": order.beneficiary_account_no,
        **body.given(Remark1=order.remark[:part], Remark2=order.remark[part:]),
    }
    return WireMessage(
        service_code=SERVICE_CODE,
        method="POST",
        path=profile.transfer_path,
        body=body.render(fields),
        transaction_date=day,
    )


def read(profile: BCALegacyProfile, answer: Answer, order: PaymentOrder) -> Reading:
    """Settled only by the bank's own word "Success" under 200."""
    fields, fault = read_object(answer)
    if answer.status == SUCCESS and text_of(fields, "Status").casefold() == "success":
        reading = Reading(
            verdict=Verdict.SETTLED,
            http_status=answer.status,
            response_message=text_of(fields, "Status"),
            bank_reference_no=reference(fields, "TransactionID"),
        )
    else:
        reading = failure(answer.status, fields, fault)
    return compared(reading, fields, echoes(profile, order))


def echoes(profile: BCALegacyProfile, order: PaymentOrder) -> tuple[Echo, ...]:
    """What transfer and status may repeat of the order."""
    return (
        Echo(
            what="TRANSACTION_ID",
            names=("TransactionID",),
            ours=transaction_id(profile, order),
        ),
        Echo(
            what="PARTNER_REFERENCE",
            names=("ReferenceID",),
            ours=order.bank_partner_reference_no,
        ),
    )
