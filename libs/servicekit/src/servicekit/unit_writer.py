"""Writes units to the database, together when it works and alone when it does not.

Everything here blocks and belongs to the writer thread of group_commit.
"""

import random
import time
from collections.abc import Callable, Iterable, Sequence
from typing import Any

from sqlalchemy.engine import Connection, Engine
from sqlalchemy.exc import DBAPIError, IntegrityError
from sqlalchemy.sql import Executable

from servicekit import limits
from servicekit.batch_plan import Step, plan
from servicekit.commit_unit import (
    CommitError,
    CommitFailed,
    CommitUnknown,
    ConflictError,
    GuardFailed,
    Unit,
)
from servicekit.database_errors import is_transient
from servicekit.guarded_update import GuardedUpdate
from servicekit.log import get_logger
from servicekit.writer_session import UnclearError, UnreachableError, WriterSession

_log = get_logger()


class _RowCountError(Exception):
    """A merged step touched another number of rows than its units expected."""


class UnitWriter:
    """Turns units into transactions and tells each unit how it went."""

    def __init__(
        self,
        engine: Engine,
        *,
        sleep: Callable[[float], None] = time.sleep,
        jitter: Callable[[], float] = random.random,
    ) -> None:
        self._sleep = sleep
        self._jitter = jitter
        self._session = WriterSession(engine, self._pause)

    def write(self, units: Sequence[Unit]) -> list[CommitError | None]:
        """Write every unit; the answers stand in the units' order, None for committed."""
        if len(units) == 1:
            return self._write_alone(units)
        try:
            self._session.transact(lambda connection: _run_steps(connection, plan(units)))
        except UnclearError:
            return self._settle(units)
        except UnreachableError as error:
            return [_failed(unit, error) for unit in units]
        except Exception as error:  # noqa: BLE001 - whose fault it is shows when each runs alone
            # A guard or a key is a unit's own matter. Anything else would let every
            # batch fail and nobody notice: a statement that executemany cannot take.
            expected = isinstance(error, DBAPIError | _RowCountError)
            report = _log.debug if expected else _log.warning
            report("batch rolled back", units=len(units), error=type(error).__name__)
            return self._write_alone(units)
        return [None] * len(units)

    def close(self) -> None:
        """Give the connection back."""
        self._session.discard()

    def _write_alone(self, units: Sequence[Unit]) -> list[CommitError | None]:
        """Each unit in a transaction of its own; what met a lock is tried again last."""
        outcomes: list[CommitError | None] = [None] * len(units)
        pending = list(range(len(units)))
        for attempt in range(limits.UNIT_ATTEMPTS):
            if attempt:
                self._pause(attempt)
            again: list[int] = []
            for place, index in enumerate(pending):
                try:
                    outcomes[index] = self._write_one(units[index])
                except UnreachableError as error:
                    # The others would only wait for the same answer.
                    for other in again + pending[place:]:
                        outcomes[other] = _failed(units[other], error)
                    return outcomes
                except DBAPIError as error:
                    outcomes[index] = _failed(units[index], error)
                    again.append(index)
            pending = again
            if not pending:
                break
        return outcomes

    def _write_one(self, unit: Unit) -> CommitError | None:
        """One unit. Raises DBAPIError when it is worth another try, or UnreachableError."""
        try:
            self._session.transact(lambda connection: _run_unit(connection, unit))
        except CommitError as error:
            return error
        except UnreachableError:
            raise
        except UnclearError as error:
            landed = self._has_landed(unit)
            if landed is None:
                return _unknown(unit)
            if not landed and isinstance(error.__cause__, DBAPIError):
                raise error.__cause__ from None
            return None if landed else _failed(unit, error)
        except DBAPIError as error:
            if is_transient(error):
                raise
            return _failed(unit, error)
        except Exception as error:  # noqa: BLE001 - a parameter that cannot be bound; one unit's fault
            return _failed(unit, error)
        return None

    def _settle(self, units: Sequence[Unit]) -> list[CommitError | None]:
        """After a COMMIT without an answer: what landed is done, the rest runs again."""
        _log.warning("commit unclear", units=len(units))
        landed = [self._has_landed(unit) for unit in units]
        absent = [unit for unit, found in zip(units, landed, strict=True) if found is False]
        answers = iter(self._write_alone(absent))
        outcomes: list[CommitError | None] = []
        for unit, found in zip(units, landed, strict=True):
            if found is None:
                outcomes.append(_unknown(unit))
            else:
                outcomes.append(None if found else next(answers))
        return outcomes

    def _has_landed(self, unit: Unit) -> bool | None:
        """Whether the unit was committed; None when nobody can tell."""
        if unit.landed is None:
            return None
        for attempt in range(1, limits.COMMIT_LOOKUP_ATTEMPTS + 1):
            try:
                # "Yes" is final at once, "no" only when the old session has ended.
                if self._session.transact(unit.landed):
                    return True
                if not self._session.previous_has_ended():
                    return None
                return bool(self._session.transact(unit.landed))
            except (UnreachableError, UnclearError, DBAPIError) as error:
                _log.warning("commit lookup failed", attempt=attempt, error=type(error).__name__)
                self._sleep(limits.COMMIT_LOOKUP_PAUSE_S)
            except Exception:  # noqa: BLE001 - a fault in the unit's own reading
                _log.error("commit lookup crashed", exc_info=True)
                return None
        return None

    def _pause(self, attempt: int) -> None:
        longest = min(limits.RETRY_MAX_S, limits.RETRY_FIRST_S * 2**attempt)
        self._sleep(longest * (0.5 + self._jitter() / 2))


def _run_steps(connection: Connection, steps: Iterable[Step]) -> None:
    for step in steps:
        touched = _execute(connection, step.executable, step.parameters)
        if step.expected_rows is not None and touched != step.expected_rows:
            raise _RowCountError


def _run_unit(connection: Connection, unit: Unit) -> None:
    for index, statement in enumerate(unit.statements):
        try:
            touched = _execute(connection, statement.executable, (statement.parameters,))
        except IntegrityError:
            # MySQL's own message would show the value of the key.
            raise ConflictError(unit, index) from None
        if statement.expected_rows is not None and touched != statement.expected_rows:
            raise GuardFailed(unit, index)


def _execute(
    connection: Connection, executable: Executable | GuardedUpdate, rows: Sequence[Any]
) -> int:
    """The number of rows that it touched."""
    if isinstance(executable, GuardedUpdate):
        return executable.execute(connection, rows)
    return connection.execute(executable, rows if len(rows) > 1 else rows[0]).rowcount


def _failed(unit: Unit, cause: BaseException) -> CommitFailed:
    error = CommitFailed(unit, f"nothing was written: {type(cause).__name__}")
    error.__cause__ = cause
    return error


def _unknown(unit: Unit) -> CommitUnknown:
    return CommitUnknown(unit, "the answer to COMMIT was lost")
