"""What is handed to the group commit, and how it can fail.

A unit is everything that must become true together, usually one transfer's
step. It is all written or not at all.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy.engine import Connection
from sqlalchemy.sql import Executable

from servicekit.guarded_update import GuardedUpdate


@dataclass(frozen=True, slots=True)
class Statement:
    """One statement with its parameters and its guard.

    `executable` should be a constant of a module: only one and the same object
    is merged with others into one execution. `expected_rows` guards it: the
    number of rows that it must touch; None means that any number will do. A
    guard of 1 must stand on a unique key, because merged statements are counted
    together.
    """

    executable: Executable | GuardedUpdate
    parameters: Mapping[str, Any] = field(repr=False)
    expected_rows: int | None = 1


@dataclass(frozen=True, slots=True)
class Unit:
    """Statements that are committed together, in this order.

    Two units with the same key never share a transaction. `landed` reads back,
    on a connection of its own, whether the unit was committed; it decides when
    the answer to a COMMIT was lost. Without it such a unit fails as unknown.
    """

    key: str
    statements: tuple[Statement, ...]
    landed: Callable[[Connection], bool] | None = field(default=None, repr=False)


class CommitError(Exception):
    """A unit was not committed, or nobody knows."""

    def __init__(self, unit: Unit, message: str) -> None:
        super().__init__(message)
        self.unit = unit


class GuardFailed(CommitError):  # noqa: N818 - named after what happened, as its users read it
    """A statement touched another number of rows than it had to; nothing was written."""

    def __init__(self, unit: Unit, index: int) -> None:
        super().__init__(unit, f"the guard of statement {index} did not hold")
        self.index = index


class ConflictError(CommitError):
    """A statement broke a constraint (usually a unique key); nothing was written."""

    def __init__(self, unit: Unit, index: int) -> None:
        super().__init__(unit, f"statement {index} broke a constraint")
        self.index = index


class CommitFailed(CommitError):  # noqa: N818 - see GuardFailed
    """The database could not be used; nothing was written and the unit may be tried again."""


class CommitUnknown(CommitError):  # noqa: N818 - see GuardFailed
    """The answer to COMMIT was lost and reading back was not possible."""
