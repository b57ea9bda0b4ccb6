"""Arranges the statements of many units into few executions. Pure.

Each unit's own order is kept. Equal statements of different units become one
step, in order of first appearance as far as the units' own orders allow.
"""

from collections import Counter
from collections.abc import Hashable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy.sql import Executable

from servicekit.commit_unit import Statement, Unit
from servicekit.guarded_update import GuardedUpdate


@dataclass(frozen=True, slots=True)
class Step:
    """One execution with all its parameters and the rows that it must touch in all."""

    executable: Executable | GuardedUpdate
    parameters: tuple[Any, ...]
    expected_rows: int | None


def _kind(statement: Statement) -> Hashable:
    """Statements of one kind may share an execution.

    The parameters' names belong to the kind: an INSERT takes its columns from
    the first row and would drop what other rows have beside them. Guards other
    than 1 stay alone, since their sum could hide two wrongs.
    """
    if statement.expected_rows not in (1, None):
        return object()
    return (id(statement.executable), statement.expected_rows, frozenset(statement.parameters))


def plan(units: Sequence[Unit]) -> Iterator[Step]:
    """The steps that do what all units ask for."""
    rests = [[(_kind(statement), statement) for statement in unit.statements] for unit in units]
    for rest in rests:
        # Taken from the end, which is cheap.
        rest.reverse()
    # In how many units a kind is still to come.
    to_come = Counter(kind for rest in rests for kind in {kind for kind, _ in rest})
    while any(rests):
        kind = _next_kind(rests, to_come)
        taken: list[Statement] = []
        for rest in rests:
            before = len(taken)
            while rest and rest[-1][0] == kind:
                taken.append(rest.pop()[1])
            if len(taken) > before and all(other != kind for other, _ in rest):
                to_come[kind] -= 1
        yield _step(taken)


def _next_kind(
    rests: Sequence[Sequence[tuple[Hashable, Statement]]], to_come: Counter[Hashable]
) -> Hashable:
    """The first kind that no unit holds further behind; else the first unit's next one."""
    heads = Counter(rest[-1][0] for rest in rests if rest)
    for kind, count in heads.items():
        if count == to_come[kind]:
            return kind
    return next(iter(heads))


def _step(taken: Sequence[Statement]) -> Step:
    first = taken[0]
    expected = None if first.expected_rows is None else first.expected_rows * len(taken)
    return Step(
        executable=first.executable,
        parameters=tuple(statement.parameters for statement in taken),
        expected_rows=expected,
    )
