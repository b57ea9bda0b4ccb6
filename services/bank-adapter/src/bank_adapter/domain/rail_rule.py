"""What a bank's rail takes, by amount and by hour.

The bank has the last word: limits and cut-offs change by regulation and by
contract, so all of this is configuration, and the figures here are where an
installation starts (fact sheet, section 6.12).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from bank_adapter.domain.daily_window import DailyWindow
from bank_adapter.domain.opening_hours import OpeningHours
from bank_adapter.domain.rail import Rail


@dataclass(frozen=True, slots=True, kw_only=True)
class RailRule:
    """Bounds in minor units, both included; 0 is no bound. No hours: always open."""

    min_minor: int = 0
    max_minor: int = 0
    hours: OpeningHours | None = None


_MILLION = 100_000_000  # of rupiah, in minor units
_COUNTER = OpeningHours(window=DailyWindow.parse("08:00-15:30"))

STANDARD: Mapping[Rail, RailRule] = MappingProxyType(
    {
        Rail.INTRABANK: RailRule(),
        Rail.BIFAST: RailRule(max_minor=250 * _MILLION),
        Rail.ONLINE: RailRule(max_minor=50 * _MILLION),
        Rail.SKN: RailRule(max_minor=1_000 * _MILLION, hours=_COUNTER),
        # The sheet says "above SKN". That is the order of preference: a
        # company that asks for RTGS by name may have its reasons.
        Rail.RTGS: RailRule(hours=_COUNTER),
        Rail.VIRTUAL_ACCOUNT: RailRule(),
    }
)

# To other banks: the cheap and instant ones first.
PREFERENCE = (Rail.BIFAST, Rail.ONLINE, Rail.SKN, Rail.RTGS)


@dataclass(frozen=True, slots=True, kw_only=True)
class RailRules:
    """Every rail's rule at one bank, and the order in which AUTO tries them."""

    by_rail: Mapping[Rail, RailRule] = field(default_factory=lambda: STANDARD)
    preference: tuple[Rail, ...] = PREFERENCE

    def of(self, rail: Rail) -> RailRule:
        return self.by_rail.get(rail) or STANDARD[rail]
