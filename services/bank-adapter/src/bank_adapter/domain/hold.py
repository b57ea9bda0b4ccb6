"""A hold: a person's word that nothing is sent, to one bank or to any.

Payments are taken and wait, inquiries and notifications go on. After a
restored backup a hold also keeps the older payments from ending by themselves:
the part of the database that was lost may have sent them.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from bank_adapter.domain.transfer import Transfer

ON_HOLD: Final = "ON_HOLD"
# The scope of a hold on every bank.
EVERYTHING: Final = "*"


class HoldKind(StrEnum):
    """Why nothing is sent; the names are part of the contract."""

    INCIDENT = "INCIDENT"
    # The database is a copy that may have forgotten payments.
    RESTORE = "RESTORE"


@dataclass(frozen=True, slots=True, kw_only=True)
class Hold:
    """One scope's hold, on or off: a bank's id, or EVERYTHING.

    `version` guards every change; `since_us`, `operator` and `reason` are of
    the last one.
    """

    scope: str
    on: bool
    kind: HoldKind
    since_us: int
    operator: str
    reason: str
    version: int

    def covers(self, bank_id: str) -> bool:
        return self.on and self.scope in {EVERYTHING, bank_id}

    def doubts(self, transfer: Transfer) -> bool:
        """Whether the payment may have been sent although the ledger says it was not."""
        return (
            self.covers(transfer.bank)
            and self.kind is HoldKind.RESTORE
            and transfer.created_us <= self.since_us
        )
