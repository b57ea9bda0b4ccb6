"""The fields that every transfer of the bank family checks and sends the same way."""

from __future__ import annotations

from collections.abc import Mapping

from bank_adapter.domain.bank_code import is_one_of
from bank_adapter.domain.conversation import WireMessage
from bank_adapter.domain.order import PaymentOrder
from bank_adapter.drivers.snap_generic.profile import GenericProfile, TransferSpec
from bank_adapter.snap import body, text
from bank_adapter.snap.text import InvalidOrderError


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
    if is_one_of(order.beneficiary_bank_code, profile.own_bank_codes):
        raise InvalidOrderError(
            "beneficiaryBankCode", "is this bank itself; use the rail INTRABANK"
        )


def message(
    spec: TransferSpec, fields: Mapping[str, body.Field], transaction_date: str
) -> WireMessage:
    """The rail's message, with the constants of the profile."""
    if spec.additional_info:
        fields = {**fields, "additionalInfo": dict(spec.additional_info)}
    return WireMessage(
        service_code=spec.service_code,
        method="POST",
        path=spec.path,
        body=body.render(fields),
        transaction_date=transaction_date,
    )
