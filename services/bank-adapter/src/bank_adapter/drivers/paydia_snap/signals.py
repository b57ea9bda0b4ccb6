"""Paydia's overlay: its own list of errors is not published.

The standard's rows stand. Whether 200 on 43 is final is the profile's word.
"""

from __future__ import annotations

from bank_adapter.domain.verdict import Verdict
from bank_adapter.drivers.paydia_snap.profile import PaydiaSnapProfile
from bank_adapter.snap.signals import STANDARD, Tables, overlaid


def tables(profile: PaydiaSnapProfile) -> Tables:
    """The signal table for this profile."""
    if profile.transfer_is_final:
        return overlaid({"43": {(200, "00"): Verdict.SETTLED}})
    return STANDARD
