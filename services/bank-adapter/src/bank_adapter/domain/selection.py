"""Which payments a policy speaks of: of a client, from an account, over a rail."""

from __future__ import annotations

from dataclasses import dataclass

from bank_adapter.domain.rail import Rail
from bank_adapter.domain.transfer import Transfer


@dataclass(frozen=True, slots=True, kw_only=True)
class Selection:
    """What is empty matches everything. `source_account` is "bank:account"."""

    client_id: str = ""
    source_account: str = ""
    rail: Rail | None = None

    def covers(self, transfer: Transfer) -> bool:
        order = transfer.order
        return (
            self.client_id in ("", transfer.client_id)
            and self.source_account in ("", f"{transfer.bank}:{order.source_account_no}")
            and self.rail in (None, order.rail)
        )
