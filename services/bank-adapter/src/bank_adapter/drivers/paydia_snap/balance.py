"""Paydia's balance inquiry (11): the standard's shape, its own is not published."""

from __future__ import annotations

from dataclasses import dataclass

from bank_adapter.domain.conversation import WireMessage
from bank_adapter.drivers.paydia_snap.profile import PaydiaSnapProfile
from bank_adapter.snap import balance, text


@dataclass(frozen=True, slots=True)
class Balance:
    profile: PaydiaSnapProfile

    def render(self, *, account_no: str, reference_no: str) -> WireMessage:
        """Raises InvalidOrderError naming accountNo or partnerReferenceNo."""
        text.account("accountNo", account_no, limit=self.profile.account_characters)
        text.numeric("partnerReferenceNo", reference_no, limit=self.profile.reference_digits)
        return balance.render(
            path=self.profile.balance_path, account_no=account_no, reference_no=reference_no
        )
