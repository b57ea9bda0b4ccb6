"""A transfer as Gerbang shows it, and a page of the feed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from typing import Any, Self


class State(StrEnum):
    """What an ERP does with each of them: docs/erp-guide."""

    PENDING = "PENDING"
    SETTLED = "SETTLED"
    REJECTED = "REJECTED"
    RETURNED = "RETURNED"
    UNKNOWN = "UNKNOWN"
    NEEDS_OPERATOR = "NEEDS_OPERATOR"

    @property
    def is_final(self) -> bool:
        """Whether the ERP may act on it. SETTLED can still become RETURNED."""
        return self in {State.SETTLED, State.REJECTED, State.RETURNED}

    @property
    def may_be_paid_anew(self) -> bool:
        """Whether another payment, with a new reference, cannot pay twice."""
        return self in {State.REJECTED, State.RETURNED}


@dataclass(frozen=True, slots=True, kw_only=True)
class Transfer:
    """The fields that an ERP acts on; `raw` is the whole answer."""

    transfer_id: str
    reference: str
    state: State
    state_reason: str
    amount: Decimal
    bank_reference_no: str
    response_code: str
    response_message: str
    replayed: bool
    raw: Mapping[str, Any]

    @classmethod
    def of(cls, raw: Mapping[str, Any]) -> Self:
        return cls(
            transfer_id=raw["transferId"],
            reference=raw["partnerReferenceNo"],
            state=State(raw["state"]),
            state_reason=raw["stateReason"],
            amount=Decimal(raw["amount"]["value"]),
            bank_reference_no=raw["bankReferenceNo"],
            response_code=raw["responseCode"],
            response_message=raw["responseMessage"],
            replayed=raw["replayed"],
            raw=raw,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """Changes, oldest first. Store `position` in the transaction that books `transfers`."""

    transfers: tuple[Transfer, ...]
    position: str
