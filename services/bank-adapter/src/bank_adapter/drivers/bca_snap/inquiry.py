"""BCA's internal account inquiry (15, fact sheet section 6.3)."""

from __future__ import annotations

from bank_adapter.domain.conversation import WireMessage
from bank_adapter.drivers.bca_snap.profile import BCASnapProfile
from bank_adapter.snap import body, text

INTERNAL = "15"


def render_internal(profile: BCASnapProfile, *, account_no: str, reference_no: str) -> WireMessage:
    """Raises InvalidOrderError naming beneficiaryAccountNo or partnerReferenceNo."""
    text.exact_digits("beneficiaryAccountNo", account_no, digits=profile.account_digits)
    text.numeric("partnerReferenceNo", reference_no, limit=profile.reference_digits)
    return WireMessage(
        service_code=INTERNAL,
        method="POST",
        path=profile.internal_inquiry_path,
        body=body.render({"partnerReferenceNo": reference_no, "beneficiaryAccountNo": account_no}),
    )
