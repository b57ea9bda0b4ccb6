"""BCA's balance inquiry (11, fact sheet section 6.1)."""

from __future__ import annotations

from dataclasses import dataclass

from bank_adapter.domain.conversation import WireMessage
from bank_adapter.drivers.bca_snap.profile import BCASnapProfile
from bank_adapter.snap import balance, text


@dataclass(frozen=True, slots=True)
class Balance:
    profile: BCASnapProfile

    def render(self, *, account_no: str, reference_no: str) -> WireMessage:
        """Raises InvalidOrderError naming accountNo or partnerReferenceNo."""
        text.exact_digits("accountNo", account_no, digits=self.profile.account_digits)
        text.numeric("partnerReferenceNo", reference_no, limit=self.profile.reference_digits)
        return balance.render(
            path=self.profile.balance_path, account_no=account_no, reference_no=reference_no
        )
