"""How much is measured: the whole bench, or a quick look."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """`connections` for a bank without delay and for the ceiling, the other for a slow bank."""

    connections: tuple[int, ...]
    slow_connections: tuple[int, ...]
    slow_bank_ms: int
    warm_up_s: float
    timed_s: float
    signing_s: float


WHOLE = Plan(
    connections=(1, 16, 64, 128),
    slow_connections=(1, 16, 64, 128),
    slow_bank_ms=50,
    warm_up_s=2.0,
    timed_s=10.0,
    signing_s=5.0,
)
QUICK = Plan(
    connections=(1, 64),
    slow_connections=(64,),
    slow_bank_ms=50,
    warm_up_s=1.0,
    timed_s=3.0,
    signing_s=1.5,
)
