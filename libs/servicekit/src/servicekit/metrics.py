"""Figures in Prometheus' text format: families, counters kept in memory, RPCs.

The format is so small (name, labels, number, one a line) that it is written
here; a client library would bring threads and a registry for the whole
process. Nothing here opens a port (metrics_server.py) or knows what it counts.
"""

import bisect
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

Labels = tuple[tuple[str, str], ...]

# Seconds. A bank answers in 50 ms to a minute, an RPC in milliseconds.
BUCKETS_S: Final = (0.005, 0.025, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0)
_ESCAPED: Final = str.maketrans({"\\": r"\\", '"': r"\"", "\n": r"\n"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Family:
    """One figure with all its labels. `kind` is gauge, counter or histogram.

    `samples` are (suffix of the name, labels, value).
    """

    name: str
    kind: str
    words: str
    samples: Sequence[tuple[str, Labels, float]]


# Asked at each scrape. What it raises ends that scrape, not the process.
Source = Callable[[], Awaitable[Sequence[Family]]]


def gauge(name: str, words: str, values: Mapping[Labels, float]) -> Family:
    """Of the present moment; without labels the key is ()."""
    samples = [("", labels, value) for labels, value in values.items()]
    return Family(name=name, kind="gauge", words=words, samples=samples)


def render(families: Sequence[Family]) -> str:
    """The text of a scrape."""
    lines: list[str] = []
    for family in families:
        lines.append(f"# HELP {family.name} {family.words}")
        lines.append(f"# TYPE {family.name} {family.kind}")
        lines += [
            f"{family.name}{suffix}{_braces(labels)} {value:.10g}"
            for suffix, labels, value in family.samples
        ]
    return "\n".join(lines) + "\n"


@dataclass(slots=True)
class Durations:
    """A histogram of seconds by labels, in memory, from the start of the process."""

    name: str
    words: str
    _counts: dict[Labels, list[int]] = field(default_factory=dict)
    _sums: dict[Labels, float] = field(default_factory=dict)

    def add(self, labels: Labels, seconds: float) -> None:
        counts = self._counts.setdefault(labels, [0] * (len(BUCKETS_S) + 1))
        counts[bisect.bisect_left(BUCKETS_S, seconds)] += 1
        self._sums[labels] = self._sums.get(labels, 0.0) + seconds

    def family(self) -> Family:
        samples: list[tuple[str, Labels, float]] = []
        for labels, counts in self._counts.items():
            total = 0
            for bound, count in zip((*map(str, BUCKETS_S), "+Inf"), counts, strict=True):
                total += count
                samples.append(("_bucket", (*labels, ("le", bound)), total))
            samples += [("_sum", labels, self._sums[labels]), ("_count", labels, total)]
        return Family(name=self.name, kind="histogram", words=self.words, samples=samples)


class RPCDurations:
    """The Observer of a server: how long its RPCs took and how they ended."""

    def __init__(self) -> None:
        self._durations = Durations("gerbang_rpc_seconds", "RPCs served, by method and code.")

    def rpc_finished(self, method: str, code: str, seconds: float) -> None:
        self._durations.add((("method", method), ("code", code)), seconds)

    async def families(self) -> Sequence[Family]:
        return [self._durations.family()]


def _braces(labels: Labels) -> str:
    if not labels:
        return ""
    return "{" + ",".join(f'{name}="{text.translate(_ESCAPED)}"' for name, text in labels) + "}"
