"""The bench's result as tables for a person and as one JSON document."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from installation import RAISED
from signing import SigningResult
from transfer_steps import StepResult

EXPECTED_RATIO = 0.33
EXPECTED_AT = 64
EXPECTED_RSA = 0.7
EXPECTED_HMAC = 10_000
ORDER = ("edge", "bank-adapter", "worker", "signer", "audit", "auth", "simulator", "mariadb")


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """Everything one run found out."""

    cores: int
    steps: list[StepResult]
    openssl_rsa_per_s: float | None
    signing: list[SigningResult]
    broken: list[str]

    def ceiling(self, connections: int) -> StepResult | None:
        for step in self.steps:
            if step.what == "ceiling" and step.connections == connections:
                return step
        return None

    def write_json(self, path: Path) -> None:
        document: dict[str, Any] = dataclasses.asdict(self)
        for step in document["steps"]:
            # Thousands of references: they were judged already.
            step["load"]["settled"] = len(step["load"]["settled"])
        path.write_text(json.dumps(document, indent=2) + "\n")

    def lines(self) -> Iterator[str]:
        delays = sorted({step.bank_delay_ms for step in self.steps if step.what == "gateway"})
        yield f"{self.cores} cores. Raised for the load, by override:"
        yield from (f"  {line}" for line in RAISED)
        for delay in delays:
            yield from ("", f"Transfers, bank answers after {delay} ms")
            steps = [s for s in self.steps if s.what == "gateway" and s.bank_delay_ms == delay]
            yield from table(SPEED, [self._speed(step) for step in steps])
            yield from ("", "  CPU milliseconds per transfer, by process")
            yield from by_process(steps, lambda step: step.cpu_ms, sums=True)
        ceilings = [step for step in self.steps if step.what == "ceiling"]
        yield from ("", "The ceiling: the same edge before an empty handler")
        yield from table(SPEED[:5], [self._speed(step)[:5] for step in ceilings])
        yield from ("", "  CPU milliseconds per request, by process")
        yield from by_process(ceilings, lambda step: step.cpu_ms, sums=True)
        yield from ("", "Memory (RSS, MiB) after each step")
        yield from by_process(self.steps, lambda step: step.rss_mib, sums=False)
        yield from ("", "Signatures over the batched stream")
        yield from self._signing()
        yield from ("", *self._verdict())

    def _speed(self, step: StepResult) -> list[str]:
        ceiling = self.ceiling(step.connections)
        ratio = step.per_s / ceiling.per_s if ceiling and ceiling.per_s else None
        return [
            str(step.connections),
            f"{step.per_s:.0f}",
            f"{step.load.p50_ms:.1f}",
            f"{step.load.p99_ms:.1f}",
            errors(step),
            f"{ratio:.2f}" if ratio is not None else "-",
            str(step.behind),
        ]

    def _signing(self) -> Iterator[str]:
        openssl = self.openssl_rsa_per_s
        rows = []
        for one in self.signing:
            against = f"{one.per_core / openssl:.2f}" if openssl and "RSA" in one.algorithm else "-"
            rows.append(
                [
                    one.algorithm,
                    str(one.batch),
                    f"{one.per_s:.0f}",
                    f"{one.per_core:.0f}",
                    against,
                    f"{one.database_per_core:.0f}",
                    f"{one.full.p99_ms:.1f}",
                    f"{one.half.p50_ms:.1f}",
                    f"{one.half.p99_ms:.1f}",
                    str(sum(one.full.errors.values()) + sum(one.half.errors.values())),
                ]
            )
        yield from table(SIGNING, rows)
        if openssl is None:
            yield "  openssl is not on the path: nothing to compare RSA with"
        else:
            yield f"  openssl speed rsa2048: {openssl:.0f} signatures/s of one core"

    def _verdict(self) -> Iterator[str]:
        for step in self.steps:
            ceiling = self.ceiling(step.connections)
            at = step.what == "gateway" and not step.bank_delay_ms
            if at and step.connections == EXPECTED_AT and ceiling and ceiling.per_s:
                ratio = step.per_s / ceiling.per_s
                at_64 = f"{ratio:.2f} (expected {EXPECTED_RATIO})"
                yield f"ratio to the ceiling at {EXPECTED_AT} connections: {at_64}"
        for one in self.signing:
            if "HMAC" in one.algorithm:
                yield f"HMAC-SHA512 per core: {one.per_core:.0f} (expected {EXPECTED_HMAC})"
            elif self.openssl_rsa_per_s:
                share = one.per_core / self.openssl_rsa_per_s
                yield f"RSA-2048 against openssl: {share:.2f} (expected {EXPECTED_RSA})"
        paid = sum(len(step.load.settled) for step in self.steps)
        if self.broken:
            yield "BROKEN:"
            yield from (f"  {line}" for line in self.broken)
        else:
            yield f"{paid} payments were told SETTLED; the bank debited each exactly once."


SPEED = ("connections", "transfers/s", "p50 ms", "p99 ms", "errors", "of ceiling", "behind")
SIGNING = (
    "algorithm",
    "batch",
    "per s",
    "per core",
    "of openssl",
    "per db core",
    "p99 ms full",
    "p50 ms half",
    "p99 ms half",
    "errors",
)


def errors(step: StepResult) -> str:
    if not step.error_count:
        return "0"
    named = ", ".join(f"{name} {count}" for name, count in step.load.errors.items())
    return f"{step.error_count} ({named})"


def by_process(steps: Sequence[StepResult], values: Any, *, sums: bool) -> Iterator[str]:
    """One line a step, one column a process."""
    names: list[str] = []
    for step in steps:
        names += [name for name in values(step) if name not in names]
    names.sort(key=lambda name: (ORDER.index(name) if name in ORDER else len(ORDER), name))
    head = ["connections", *names]
    if sums:
        head += ["all", "(load itself)"]
    rows = []
    for step in steps:
        of: Mapping[str, float] = values(step)
        row = [label(step, steps), *(cell(of.get(name), sums=sums) for name in names)]
        if sums:
            row += [f"{sum(of.values()):.2f}", f"{step.load_cpu_ms:.2f}"]
        rows.append(row)
    yield from table(head, rows)


def label(step: StepResult, among: Sequence[StepResult]) -> str:
    """The step's connections, and what it was when the table mixes kinds."""
    if len({(one.what, one.bank_delay_ms) for one in among}) == 1:
        return str(step.connections)
    what = "ceiling" if step.what == "ceiling" else f"{step.bank_delay_ms} ms"
    return f"{what}, {step.connections}"


def cell(value: float | None, *, sums: bool) -> str:
    if value is None:
        return "-"
    return f"{value:.2f}" if sums else f"{value:.0f}"


def table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> Iterator[str]:
    """Right-aligned columns."""
    lines = [list(head), *map(list, rows)]
    widths = [max(len(line[place]) for line in lines) for place in range(len(head))]
    for line in lines:
        cells = (text.rjust(width) for text, width in zip(line, widths, strict=True))
        yield "  " + "  ".join(cells)
