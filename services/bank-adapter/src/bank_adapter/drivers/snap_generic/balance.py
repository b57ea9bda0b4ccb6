"""Balance inquiry (11)."""

from __future__ import annotations

from dataclasses import dataclass

from bank_adapter.domain.conversation import WireMessage
from bank_adapter.drivers.snap_generic.profile import GenericProfile
from bank_adapter.snap import balance, text


@dataclass(frozen=True, slots=True)
class Balance:
    profile: GenericProfile

    def render(self, *, account_no: str, reference_no: str) -> WireMessage:
        """Raises InvalidOrderError naming accountNo or partnerReferenceNo."""
        text.account("accountNo", account_no, limit=self.profile.source_account_characters)
        text.numeric("partnerReferenceNo", reference_no, limit=self.profile.reference_digits)
        return balance.render(
            path=self.profile.balance_path, account_no=account_no, reference_no=reference_no
        )
