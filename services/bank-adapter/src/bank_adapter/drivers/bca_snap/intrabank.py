"""BCA's transfer between its own accounts (17, fact sheet section 6.5)."""

from __future__ import annotations

from datetime import datetime

from bank_adapter.domain.conversation import Answer, WireMessage
from bank_adapter.domain.order import PaymentOrder
from bank_adapter.domain.verdict import Reading
from bank_adapter.drivers.bca_snap.profile import BCASnapProfile
from bank_adapter.drivers.bca_snap.signals import TABLES
from bank_adapter.snap import body, echo, text, timestamp, transfer
from bank_adapter.snap.text import InvalidOrderError

SERVICE_CODE = "17"


def check(profile: BCASnapProfile, order: PaymentOrder) -> None:
    """Raises InvalidOrderError for what BCA would refuse."""
    text.numeric(
        "bankPartnerReferenceNo", order.bank_partner_reference_no, limit=profile.reference_digits
    )
    text.amount(order.amount, currencies=profile.currencies)
    text.exact_digits("sourceAccountNo", order.source_account_no, digits=profile.account_digits)
    text.exact_digits(
        "beneficiaryAccountNo", order.beneficiary_account_no, digits=profile.account_digits
    )
    if order.beneficiary_bank_code and order.beneficiary_bank_code not in profile.own_bank_codes:
        raise InvalidOrderError(
            "beneficiaryBankCode", "is another bank's; INTRABANK stays inside this bank"
        )
    text.email("beneficiaryEmail", order.beneficiary_email, limit=profile.email_characters)
    text.plain_text("remark", order.remark, limit=profile.remark_characters)


def render(profile: BCASnapProfile, order: PaymentOrder, *, at: datetime) -> WireMessage:
    """The transfer's bytes. The beneficiary's name is not part of this message."""
    check(profile, order)
    transaction_date = timestamp.write(at)
    fields = {
        "partnerReferenceNo": order.bank_partner_reference_no,
        "amount": body.money(order.amount),
        "beneficiaryAccountNo": order.beneficiary_account_no,
        **body.given(beneficiaryEmail=order.beneficiary_email, remark=order.remark),
        "sourceAccountNo": order.source_account_no,
        "transactionDate": transaction_date,
    }
    return WireMessage(
        service_code=SERVICE_CODE,
        method="POST",
        path=profile.intrabank_path,
        body=body.render(fields),
        transaction_date=transaction_date,
    )


def read(answer: Answer, order: PaymentOrder) -> Reading:
    """The answer; 2001700 is final at BCA."""
    echoes = echo.of_order(order)
    return transfer.read(answer, service_code=SERVICE_CODE, tables=TABLES, echoes=echoes)
