"""The fields that every BCA transfer checks the same way."""

from __future__ import annotations

from bank_adapter.domain.order import PaymentOrder
from bank_adapter.drivers.bca_snap.profile import BCASnapProfile
from bank_adapter.snap import beneficiary, text


def check_common(profile: BCASnapProfile, order: PaymentOrder) -> None:
    """Reference, amount, source, e-mail and remark."""
    text.numeric(
        "bankPartnerReferenceNo", order.bank_partner_reference_no, limit=profile.reference_digits
    )
    text.amount(order.amount, currencies=profile.currencies)
    text.exact_digits("sourceAccountNo", order.source_account_no, digits=profile.account_digits)
    text.email("beneficiaryEmail", order.beneficiary_email, limit=profile.email_characters)
    text.plain_text("remark", order.remark, limit=profile.remark_characters)


def check_other_bank(profile: BCASnapProfile, order: PaymentOrder, *, account_limit: int) -> None:
    """Name, number and bank of a beneficiary elsewhere."""
    beneficiary.elsewhere(
        order, own_bank_codes=profile.own_bank_codes, name_characters=profile.name_characters
    )
    text.account("beneficiaryAccountNo", order.beneficiary_account_no, limit=account_limit)
