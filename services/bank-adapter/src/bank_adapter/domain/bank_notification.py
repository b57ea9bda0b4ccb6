"""What a bank told us about a payment, kept as evidence.

A notification is a claim. It never moves money by itself: at most it makes us
ask the bank (domain/late_rejection.py).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum


class Handling(StrEnum):
    """What became of a notification."""

    # Not acted upon yet; also while its payment is still being sent.
    WAITING = "WAITING"
    # The bank is asked about the payment because of it.
    ASKED = "ASKED"
    # Kept, and nothing else: it could change nothing.
    EVIDENCE = "EVIDENCE"
    # It is about no payment of ours.
    UNMATCHED = "UNMATCHED"


@dataclass(frozen=True, slots=True, kw_only=True)
class BankNotification:
    """One notification as received, after its signature was found good.

    `external_id` is the bank's own X-EXTERNAL-ID, once per bank and Jakarta day
    (`external_day`, yyyymmdd); it is not part of what the bank signs, so the
    signature's digest (SHA-256 in hex) must be new as well. `rejected`: the bank
    speaks of a rejection. `mismatch` is ECHO_MISMATCH_<field> when it speaks of
    another payment than the one its reference names. `transfer_id` is empty
    for an unmatched one. Instants are microseconds.
    """

    notification_id: str
    bank: str
    service_code: str
    external_id: str
    external_day: int
    signature_sha256: str
    received_us: int
    body: bytes = field(repr=False)
    partner_reference_no: str = ""
    original_external_id: str = ""
    status: str = ""
    rejected: bool = False
    reject_reason: str = ""
    mismatch: str = ""
    transfer_id: str = ""
    handling: Handling = Handling.WAITING
    handled_us: int = 0
