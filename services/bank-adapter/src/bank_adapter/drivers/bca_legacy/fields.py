"""What both transfers of the older API check and name the same way.

TransactionID has 8 digits and is unique per day: the end of our reference. A
second attempt on the same day carries the same one, so that BCA refuses what
it already has (ESB-82-003) instead of paying it again.
"""

from __future__ import annotations

from bank_adapter.domain.order import PaymentOrder
from bank_adapter.drivers.bca_legacy.profile import BCALegacyProfile
from bank_adapter.snap import text
from bank_adapter.snap.text import InvalidOrderError


def check_common(profile: BCALegacyProfile, order: PaymentOrder) -> None:
    """Reference, amount, source and remark. Raises InvalidOrderError."""
    reference_no = order.bank_partner_reference_no
    text.numeric("bankPartnerReferenceNo", reference_no, limit=profile.reference_digits)
    if len(reference_no) < profile.transaction_id_digits:
        raise InvalidOrderError("bankPartnerReferenceNo", "is too short for a TransactionID")
    text.amount(order.amount, currencies=profile.currencies)
    text.exact_digits("sourceAccountNo", order.source_account_no, digits=profile.account_digits)
    text.plain_text("remark", order.remark, limit=2 * profile.remark_part_characters)


def transaction_id(profile: BCALegacyProfile, order: PaymentOrder) -> str:
    """The same for every attempt of the transfer."""
    return order.bank_partner_reference_no[-profile.transaction_id_digits :]


def remarks(profile: BCALegacyProfile, order: PaymentOrder) -> tuple[str, str]:
    """The remark in two parts of 18, as BCA prints them."""
    part = profile.remark_part_characters
    return order.remark[:part], order.remark[part:]
