"""The fields that every BCA transfer checks the same way."""

from __future__ import annotations

from bank_adapter.domain.bank_code import is_one_of
from bank_adapter.domain.order import PaymentOrder
from bank_adapter.drivers.bca_snap.profile import BCASnapProfile
from bank_adapter.snap import text
from bank_adapter.snap.text import InvalidOrderError


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
    text.require("beneficiaryAccountName", order.beneficiary_account_name)
    text.free_text(
        "beneficiaryAccountName", order.beneficiary_account_name, limit=profile.name_characters
    )
    text.account("beneficiaryAccountNo", order.beneficiary_account_no, limit=account_limit)
    text.require("beneficiaryBankCode", order.beneficiary_bank_code)
    if is_one_of(order.beneficiary_bank_code, profile.own_bank_codes):
        raise InvalidOrderError(
            "beneficiaryBankCode", "is this bank itself; use the rail INTRABANK"
        )


def check_limit(order: PaymentOrder, *, limit_minor: int) -> None:
    """The rail's upper limit."""
    if order.amount.minor > limit_minor:
        raise InvalidOrderError(
            "amount.value", f"is over the limit of {order.rail.value} at this bank"
        )
