"""What a run did and what came of it, in figures that can be compared and quoted."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import dataclass, fields


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """`broken` must be empty, and so must `never_obeyed`: orders that nothing reached.

    `faults` are messages hit, by kind, as the bank counted them; `obeyed` the
    named steps at which a process was killed or frozen.
    """

    seed: int
    wall_s: float
    payments: int
    ends: Counter[str]
    routes: Counter[str]
    kills: int
    freezes: int
    victims: Counter[str]
    strikes: Counter[str]
    obeyed: list[str]
    faults: Counter[str]
    late_words: Counter[str]
    broken: list[str]
    never_obeyed: list[str]

    def __str__(self) -> str:
        return "fault run: " + json.dumps(
            {one.name: getattr(self, one.name) for one in fields(self)}
        )
