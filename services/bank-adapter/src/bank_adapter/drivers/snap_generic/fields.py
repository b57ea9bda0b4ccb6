"""The fields that every transfer of the bank family checks the same way."""

from __future__ import annotations

import re

from bank_adapter.domain.order import PaymentOrder
from bank_adapter.drivers.snap_generic.profile import BankCodeForm, GenericProfile, TransferSpec
from bank_adapter.snap import text
from bank_adapter.snap.text import InvalidOrderError

_CLEARING = re.compile(r"[0-9]{3}", re.ASCII)


def check_common(profile: GenericProfile, spec: TransferSpec, order: PaymentOrder) -> None:
    """Reference, amount, accounts, e-mail and remark."""
    text.numeric(
        "bankPartnerReferenceNo", order.bank_partner_reference_no, limit=profile.reference_digits
    )
    text.amount(order.amount, currencies=profile.currencies)
    if spec.limit_minor and order.amount.minor > spec.limit_minor:
        raise InvalidOrderError(
            "amount.value", f"is over the limit of {order.rail.value} at this bank"
        )
    text.account(
        "sourceAccountNo", order.source_account_no, limit=profile.source_account_characters
    )
    account_no = order.beneficiary_account_no
    if spec.account_digits:
        text.exact_digits("beneficiaryAccountNo", account_no, digits=spec.account_digits)
    else:
        text.account("beneficiaryAccountNo", account_no, limit=spec.account_characters)
    text.email("beneficiaryEmail", order.beneficiary_email, limit=profile.email_characters)
    text.plain_text("remark", order.remark, limit=profile.remark_characters)


def check_other_bank(profile: GenericProfile, order: PaymentOrder) -> None:
    """Name and bank of a beneficiary elsewhere."""
    text.require("beneficiaryAccountName", order.beneficiary_account_name)
    text.free_text(
        "beneficiaryAccountName", order.beneficiary_account_name, limit=profile.name_characters
    )
    text.require("beneficiaryBankCode", order.beneficiary_bank_code)
    check_bank_code(profile, order.beneficiary_bank_code)
    if order.beneficiary_bank_code in profile.own_bank_codes:
        raise InvalidOrderError(
            "beneficiaryBankCode", "is this bank itself; use the rail INTRABANK"
        )


def check_bank_code(profile: GenericProfile, code: str) -> None:
    """The form of code that this bank takes."""
    text.bank_code("beneficiaryBankCode", code)
    clearing = _CLEARING.fullmatch(code) is not None
    if clearing and profile.bank_code_form is BankCodeForm.SWIFT:
        raise InvalidOrderError("beneficiaryBankCode", "must be a SWIFT code for this bank")
    if not clearing and profile.bank_code_form is BankCodeForm.CLEARING:
        raise InvalidOrderError("beneficiaryBankCode", "must be 3 digits for this bank")
