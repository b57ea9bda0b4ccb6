"""Which rail a payment takes, and why."""

from __future__ import annotations

from dataclasses import dataclass

from bank_adapter.domain.rail import Capability, Rail


class UnsupportedRailError(Exception):
    """The bank does not offer the rail, or none fits."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RailChoice:
    """The rail and the reason, as the answer shows it."""

    rail: Rail
    reason: str


def choose_rail(
    wanted: Rail | None,
    *,
    capabilities: frozenset[Capability],
    own_bank_codes: frozenset[str],
    beneficiary_bank_code: str,
) -> RailChoice:
    """The rail asked for, or for AUTO (None) the first that fits.

    Raises UnsupportedRailError. A rail is never changed after the first send.
    """
    if wanted is not None:
        if Capability.for_rail(wanted) not in capabilities:
            raise UnsupportedRailError(f"the bank does not offer {wanted.value}")
        return RailChoice(rail=wanted, reason="REQUESTED")
    inside = not beneficiary_bank_code or beneficiary_bank_code in own_bank_codes
    if inside and Capability.TRANSFER_INTRABANK in capabilities:
        return RailChoice(rail=Rail.INTRABANK, reason="SAME_BANK")
    raise UnsupportedRailError("no rail of this bank reaches the beneficiary's bank")
