"""The fields that every transfer of the bank family checks and sends the same way."""

from __future__ import annotations

from collections.abc import Mapping

from bank_adapter.domain.conversation import WireMessage
from bank_adapter.domain.order import PaymentOrder
from bank_adapter.drivers.snap_generic.profile import GenericProfile, TransferSpec
from bank_adapter.snap import body, text


def check_common(profile: GenericProfile, spec: TransferSpec, order: PaymentOrder) -> None:
    """Reference, amount, accounts, e-mail and remark."""
    text.numeric(
        "bankPartnerReferenceNo", order.bank_partner_reference_no, limit=profile.reference_digits
    )
    text.amount(order.amount, currencies=profile.currencies)
    if spec.limit_minor:
        text.within(order.amount, limit_minor=spec.limit_minor, rail=order.rail)
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
