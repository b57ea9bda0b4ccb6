"""What banks ask about a beneficiary beyond the number of the account.

Each check raises InvalidOrderError with the contract's JSON path.
"""

from __future__ import annotations

from collections.abc import Collection

from bank_adapter.domain.bank_code import is_one_of
from bank_adapter.domain.order import PaymentOrder
from bank_adapter.snap import text
from bank_adapter.snap.text import InvalidOrderError

RESIDENCES = ("1", "2")
TYPES = ("1", "2", "3")


def inside(order: PaymentOrder, *, own_bank_codes: Collection[str]) -> None:
    """At this very bank: no code, or the bank's own."""
    code = order.beneficiary_bank_code
    if code and not is_one_of(code, own_bank_codes):
        raise InvalidOrderError(
            "beneficiaryBankCode",
            f"is another bank's; {order.rail.value} stays inside this bank",
        )


def elsewhere(
    order: PaymentOrder, *, own_bank_codes: Collection[str], name_characters: int
) -> None:
    """At another bank, which is named, as the beneficiary is."""
    text.require("beneficiaryAccountName", order.beneficiary_account_name)
    text.free_text("beneficiaryAccountName", order.beneficiary_account_name, limit=name_characters)
    text.require("beneficiaryBankCode", order.beneficiary_bank_code)
    if is_one_of(order.beneficiary_bank_code, own_bank_codes):
        raise InvalidOrderError(
            "beneficiaryBankCode", "is this bank itself; use the rail INTRABANK"
        )


def address(order: PaymentOrder, *, limit: int) -> None:
    """Where letters reach it; SKN and RTGS ask for it."""
    text.require("beneficiaryAddress", order.beneficiary_address)
    text.free_text("beneficiaryAddress", order.beneficiary_address, limit=limit)


def customer(order: PaymentOrder) -> None:
    """Where it lives and what it is; SKN and RTGS ask for both."""
    if order.beneficiary_residence not in RESIDENCES:
        raise InvalidOrderError(
            "beneficiaryCustomerResidence", "must be 1 (Indonesia) or 2 (abroad)"
        )
    if order.beneficiary_type not in TYPES:
        raise InvalidOrderError(
            "beneficiaryCustomerType", "must be 1 (individual), 2 (corporation) or 3 (government)"
        )
