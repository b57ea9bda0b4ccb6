"""A person's word about a transfer, kept beside the event it caused."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Resolution(StrEnum):
    """What a person may decide; the names are part of the contract."""

    # The money moved.
    SETTLED = "SETTLED"
    # The money did not move and will not.
    REJECTED = "REJECTED"
    # The money did not move; send again under the same bank reference.
    RESUMED = "RESUMED"
    # Of a transfer that waits for approval: send it, or do not.
    APPROVED = "APPROVED"
    DECLINED = "DECLINED"


@dataclass(frozen=True, slots=True, kw_only=True)
class OperatorDecision:
    """`sequence` is that of the event; `reason` is in the person's own words."""

    transfer_id: str
    sequence: int
    at_us: int
    operator: str
    resolution: Resolution
    reason: str
