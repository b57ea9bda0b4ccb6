"""A payment as the ERP wants it. It is checked here only where Python could spoil it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal

CENT = Decimal("0.01")


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """One payment.

    reference: `partnerReferenceNo`, its name for ever. Store it before you pay.
    amount: rupiah, at most two decimals.
    more: other fields of POST /v1/transfers by their JSON names, for example
        `beneficiaryBankCode` or `allowDuplicate`.
    """

    reference: str
    amount: Decimal
    source_account_no: str
    beneficiary_account_no: str
    beneficiary_account_name: str = ""
    remark: str = ""
    more: Mapping[str, str | bool] = field(default_factory=dict)

    def __post_init__(self) -> None:
        # A caller without type checks may hand over what only looks like an amount.
        if not isinstance(self.amount, Decimal):
            raise TypeError("amount is a Decimal")
        if not self.amount.is_finite() or self.amount != self.amount.quantize(CENT):
            raise ValueError("amount has more than two decimals")

    def body(self) -> bytes:
        """The same bytes every time, as a repeated request must be."""
        given = {
            "partnerReferenceNo": self.reference,
            "amount": {"value": f"{self.amount:.2f}", "currency": "IDR"},
            "sourceAccountNo": self.source_account_no,
            "beneficiaryAccountNo": self.beneficiary_account_no,
            "beneficiaryAccountName": self.beneficiary_account_name,
            "remark": self.remark,
            **self.more,
        }
        return json.dumps({name: value for name, value in given.items() if value != ""}).encode()
