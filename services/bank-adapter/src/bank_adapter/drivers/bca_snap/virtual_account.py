"""BCA's virtual accounts: bill (32) and payment (33, fact sheet section 6.10).

The number is 8 characters of the biller, padded with blanks on the left, and
the customer's number: blanks are part of it and are kept. The usual answer is
202; the end comes by status inquiry.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime

from bank_adapter.domain.conversation import WireMessage
from bank_adapter.domain.order import PaymentOrder
from bank_adapter.drivers.bca_snap.fields import check_common
from bank_adapter.drivers.bca_snap.profile import BCASnapProfile
from bank_adapter.snap import beneficiary, body, echo, text, timestamp
from bank_adapter.snap.account import AccountQuestion
from bank_adapter.snap.text import InvalidOrderError

INQUIRY, PAYMENT = "32", "33"

_NUMBER = re.compile(r" {0,7}[0-9]+", re.ASCII)


@dataclass(frozen=True, slots=True)
class VirtualAccount:
    """The virtual account's number is the order's beneficiary account."""

    profile: BCASnapProfile

    def check(self, order: PaymentOrder) -> None:
        """Raises InvalidOrderError for what BCA would refuse."""
        profile = self.profile
        check_common(profile, order)
        beneficiary.inside(order, own_bank_codes=profile.own_bank_codes)
        text.email(
            "beneficiaryEmail",
            order.beneficiary_email,
            limit=profile.virtual_account_email_characters,
        )
        _check_number(profile, order.beneficiary_account_no)

    def render(self, order: PaymentOrder, *, at: datetime) -> WireMessage:
        self.check(order)
        transaction_date = timestamp.write(at)
        fields = {
            "virtualAccountNo": order.beneficiary_account_no,
            **body.given(virtualAccountEmail=order.beneficiary_email),
            "sourceAccountNo": order.source_account_no,
            "partnerReferenceNo": order.bank_partner_reference_no,
            "paidAmount": body.money(order.amount),
            "trxDateTime": transaction_date,
        }
        return WireMessage(
            service_code=PAYMENT,
            method="POST",
            path=self.profile.virtual_account_path,
            body=body.render(fields),
            transaction_date=transaction_date,
        )

    def echoes(self, order: PaymentOrder) -> tuple[echo.Echo, ...]:
        return echo.of_order(order)


@dataclass(frozen=True, slots=True)
class VirtualAccountInquiry:
    """The name and the bill behind a number."""

    profile: BCASnapProfile

    def render(self, question: AccountQuestion) -> WireMessage:
        """Raises InvalidOrderError naming beneficiaryAccountNo."""
        _check_number(self.profile, question.account_no)
        return WireMessage(
            service_code=INQUIRY,
            method="POST",
            path=self.profile.virtual_account_inquiry_path,
            body=body.render({"virtualAccountNo": question.account_no}),
        )


def _check_number(profile: BCASnapProfile, number: str) -> None:
    if len(number) > profile.virtual_account_characters or not _NUMBER.fullmatch(number):
        raise InvalidOrderError(
            "beneficiaryAccountNo",
            f"must be digits, padded with blanks on the left, at most "
            f"{profile.virtual_account_characters} characters",
        )
