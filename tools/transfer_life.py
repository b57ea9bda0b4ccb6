"""Pictures and tables of a transfer's life, drawn from the code that lives it.

The states from domain/states.py, the meaning of signals from snap/signals.py.
Nothing here is written by hand but the headings.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable

from bank_adapter.domain.states import FINAL, PUBLIC, TRANSITIONS, State
from bank_adapter.snap.signals import STANDARD, TRANSACTION_STATUS, Signals

ELSE = "UNKNOWN"


def picture() -> str:
    """The transition table as a mermaid state diagram."""
    lines = ["```mermaid", "stateDiagram-v2", "    direction TB", f"    [*] --> {State.RECEIVED}"]
    for state, events in TRANSITIONS.items():
        by_target: dict[State, list[str]] = defaultdict(list)
        for event, target in events.items():
            by_target[target].append(event.value)
        lines += [
            f"    {state} --> {target}: {', '.join(names)}" for target, names in by_target.items()
        ]
    return "\n".join([*lines, "```"])


def public_states() -> str:
    """Which internal states stand behind each public one."""
    behind: dict[str, list[str]] = defaultdict(list)
    for state, public in PUBLIC.items():
        behind[public.value].append(f"{state}*" if state in FINAL else state.value)
    rows = ["| the ERP sees | inside it is |", "|---|---|"]
    rows += [f"| `{public}` | {', '.join(states)} |" for public, states in behind.items()]
    return "\n".join(
        [*rows, "", "\\* final: only a contradiction, a return or a reconciliation moves it."]
    )


def signals() -> str:
    """HTTP status and case code against groups of services that read them alike."""
    groups: dict[tuple[tuple[tuple[int, str], str], ...], list[str]] = defaultdict(list)
    for service, table in sorted(STANDARD.items()):
        groups[_key(table)].append(service)
    tables = sorted(((sorted(services), dict(key)) for key, services in groups.items()))
    # Rows that read alike in every group become one.
    rows: dict[tuple[int, tuple[str, ...]], list[str]] = defaultdict(list)
    for http, case in sorted({signal for _, table in tables for signal in table}):
        verdicts = tuple(table.get((http, case), "") for _, table in tables)
        rows[(http, verdicts)].append(case)
    head = [", ".join(services) for services, _ in tables]
    lines = [f"| HTTP | case | {' | '.join(head)} |", "|---" * (len(head) + 2) + "|"]
    lines += [
        f"| {http} | {_ranges(cases)} | {' | '.join(verdicts)} |"
        for (http, verdicts), cases in sorted(rows.items(), key=lambda row: (row[0][0], row[1]))
    ]
    lines.append(f"| *anything else* | | {' | '.join(ELSE for _ in head)} |")
    return "\n".join(lines)


def statuses() -> str:
    """What the status inquiry's `latestTransactionStatus` means."""
    rows = ["| status | means |", "|---|---|"]
    rows += [f"| {status} | {verdict} |" for status, verdict in TRANSACTION_STATUS.items()]
    return "\n".join([*rows, "| *anything else* | PENDING |"])


def _key(table: Signals) -> tuple[tuple[tuple[int, str], str], ...]:
    return tuple(sorted((signal, verdict.value) for signal, verdict in table.items()))


def _ranges(cases: Iterable[str]) -> str:
    """`00-15, 17-23`."""
    numbers = sorted(int(case) for case in cases)
    runs: list[list[int]] = []
    for number in numbers:
        if runs and number == runs[-1][-1] + 1:
            runs[-1].append(number)
        else:
            runs.append([number])
    return ", ".join(
        f"{run[0]:02d}-{run[-1]:02d}" if len(run) > 1 else f"{run[0]:02d}" for run in runs
    )
