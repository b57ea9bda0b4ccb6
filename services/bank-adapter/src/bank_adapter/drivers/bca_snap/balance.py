"""BCA's balance inquiry (11, fact sheet section 6.1)."""

from __future__ import annotations

from bank_adapter.domain.conversation import WireMessage
from bank_adapter.drivers.bca_snap.profile import BCASnapProfile
from bank_adapter.snap import balance, text


def render(profile: BCASnapProfile, *, account_no: str, reference_no: str) -> WireMessage:
    """Raises InvalidOrderError naming accountNo or partnerReferenceNo."""
    text.exact_digits("accountNo", account_no, digits=profile.account_digits)
    text.numeric("partnerReferenceNo", reference_no, limit=profile.reference_digits)
    return balance.render(
        path=profile.balance_path, account_no=account_no, reference_no=reference_no
    )
