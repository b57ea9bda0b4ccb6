"""Whether a beneficiary's name is checked before a payment, and what came of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum


class NameCheckMode(StrEnum):
    """OFF asks nothing; FLAG pays and says it; REFUSE does not pay unless it fits."""

    OFF = "off"
    FLAG = "flag"
    REFUSE = "refuse"


class NameCheck(StrEnum):
    """What came of it. NOT_CHECKED also when the bank gave no answer."""

    MATCH = "MATCH"
    MISMATCH = "MISMATCH"
    NOT_CHECKED = "NOT_CHECKED"


@dataclass(frozen=True, slots=True, kw_only=True)
class NamePolicy:
    """A bank's policy, and that of single clients where it differs.

    `least_similarity` is 0 to 1 (domain/name_match.py); `timeout_s` is how
    long the bank may take, since the client waits for it.
    """

    mode: NameCheckMode = NameCheckMode.OFF
    by_client: Mapping[str, NameCheckMode] = field(default_factory=dict)
    least_similarity: float = 0.8
    timeout_s: float = 5.0

    def mode_for(self, client_id: str) -> NameCheckMode:
        return self.by_client.get(client_id, self.mode)
