"""How the installation of a run is set up: everything that is slow at a bank, quick."""

from __future__ import annotations

from typing import Any

from localstack import banks
from localstack.configs import Overrides, numbered

BANK_TIMEOUT_S = 2.0
LEASE_S = 4.0
# A frozen process wakes up after its lease has ended.
FREEZE_S = LEASE_S + 1.0
TRANSFER_WAIT_S = 3.0

_BANK: dict[str, Any] = {
    "attempt_margin_s": 2.0,
    "token_timeout_s": 2.0,
    # Longer than the bank's longest delay before it books, and than a sender sleeps.
    "not_found_grace_s": FREEZE_S + 1.0,
    "inquiry": {
        "first_s": [0.5, 1.0, 1.0],
        "repeat_s": 2.0,
        "repeat_until_s": 60.0,
        "late_s": 2.0,
        "give_up_s": 14.0,
    },
    "retry": {"not_sent_first_s": 0.2, "not_sent_most_s": 1.0, "refused_s": 0.5},
    "circuit": {"open_s": 1.0, "refused_s": 1.0},
}
_ADAPTER: dict[str, Any] = {
    "lease": {"length_s": LEASE_S},
    "drain_s": 1.0,
    "worker": {"interval_s": 0.1},
    "banks": {bank.bank_id: _BANK for bank in banks.ALL},
}
# The stream is one client, and it is in a hurry.
_EDGE: dict[str, Any] = {
    "rates": {
        "client": {"per_s": 2000, "burst": 4000},
        "total": {"per_s": 4000, "burst": 8000},
    }
}
# Amounts mean nothing, a new token ends the old one, every request is remembered.
_SIMULATOR: dict[str, Any] = {
    "rules": {
        "magic_amounts": False,
        "new_token_revokes_old": True,
        "remembered_requests": 500_000,
    }
}


def overrides(processes: int) -> Overrides:
    """By the names of the configuration files; adapters and workers alike."""
    names = [numbered(family, i) for family in ("bank-adapter", "worker") for i in range(processes)]
    return {**dict.fromkeys(names, _ADAPTER), "edge": _EDGE, "simulator": _SIMULATOR}
