"""What clearing rails want to know of a beneficiary beyond name and number.

SKN and RTGS ask for address, residence and kind (fact sheet section 6.7),
BI-FAST for a purpose. An order without them is refused where they are needed.
"""

from __future__ import annotations

from dataclasses import dataclass

from bank_adapter.domain.order import PaymentOrder


@dataclass(frozen=True, slots=True, kw_only=True)
class DetailedOrder(PaymentOrder):
    """A payment order with the beneficiary's details.

    `beneficiary_residence`: 1 Indonesia, 2 abroad. `beneficiary_type`: 1
    individual, 2 corporation, 3 government. `purpose_code` (BI-FAST): 01
    investment, 02 transfer of wealth, 03 purchase, 99 others.
    """

    beneficiary_address: str = ""
    beneficiary_residence: str = ""
    beneficiary_type: str = ""
    purpose_code: str = ""


def detailed(order: PaymentOrder) -> DetailedOrder:
    """The order itself when it has details, else the order without any."""
    if isinstance(order, DetailedOrder):
        return order
    return DetailedOrder(
        bank_partner_reference_no=order.bank_partner_reference_no,
        rail=order.rail,
        amount=order.amount,
        source_account_no=order.source_account_no,
        beneficiary_account_no=order.beneficiary_account_no,
        beneficiary_account_name=order.beneficiary_account_name,
        beneficiary_bank_code=order.beneficiary_bank_code,
        beneficiary_email=order.beneficiary_email,
        remark=order.remark,
    )
