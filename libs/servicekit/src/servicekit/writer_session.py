"""The writer's one database connection, thrown away after any doubt about it.

On MySQL each session holds a named lock of its own. When the answer to a COMMIT
was lost, the next session waits for that lock: once it is free the server has
ended the old session, and what can be read then is final.
"""

import contextlib
import secrets
from collections.abc import Callable
from typing import TypeVar

from sqlalchemy import text
from sqlalchemy.engine import Connection, Engine
from sqlalchemy.exc import DBAPIError, SQLAlchemyError

from servicekit import limits
from servicekit.database_errors import is_transient

R = TypeVar("R")

_TAKE_LOCK = text("SELECT GET_LOCK(:name, :wait_s)")
_RELEASE_LOCK = text("SELECT RELEASE_LOCK(:name)")


class UnreachableError(Exception):
    """The database cannot be reached or its write lock cannot be had."""


class UnclearError(Exception):
    """COMMIT did not say that it succeeded."""


class WriterSession:
    """Runs transactions; reconnects by itself. Belongs to one thread."""

    def __init__(self, engine: Engine, pause: Callable[[int], None]) -> None:
        self._engine = engine
        self._pause = pause
        self._connection: Connection | None = None
        self._names_sessions = engine.dialect.name in ("mysql", "mariadb")
        self._name = ""
        self._doubtful_name = ""

    def transact(self, work: Callable[[Connection], R]) -> R:
        """Run `work` in a transaction and commit it.

        Raises UnreachableError (nothing was tried), UnclearError (COMMIT had no
        answer) or what `work` raised (rolled back).
        """
        connection = self._begun()
        try:
            result = work(connection)
        except BaseException:
            self._roll_back(connection)
            raise
        try:
            connection.commit()
        except BaseException as error:
            self._doubtful_name = self._name
            self.discard()
            raise UnclearError from error
        return result

    def previous_has_ended(self) -> bool:
        """Whether the session whose COMMIT was unclear can no longer change anything.

        Closing a SQLite connection ends it at once.
        """
        if not self._names_sessions or not self._doubtful_name:
            return True
        connection = self._begun()
        try:
            taken = connection.execute(
                _TAKE_LOCK,
                {"name": self._doubtful_name, "wait_s": limits.MYSQL_SESSION_END_WAIT_S},
            ).scalar()
            if taken:
                connection.execute(_RELEASE_LOCK, {"name": self._doubtful_name})
                self._doubtful_name = ""
            return bool(taken)
        finally:
            self._roll_back(connection)

    def discard(self) -> None:
        """Close the connection for good; the next transaction opens another."""
        connection, self._connection = self._connection, None
        if connection is not None:
            with contextlib.suppress(SQLAlchemyError):
                connection.invalidate()
            with contextlib.suppress(SQLAlchemyError):
                connection.close()

    def _begun(self) -> Connection:
        """A connection inside a new transaction."""
        for attempt in range(1, limits.UNIT_ATTEMPTS + 1):
            try:
                connection = self._connected()
                connection.begin()
            except DBAPIError as error:
                self.discard()
                if attempt == limits.UNIT_ATTEMPTS or not is_transient(error):
                    raise UnreachableError(type(error.orig).__name__) from error
                self._pause(attempt)
            else:
                return connection
        raise AssertionError("unreachable")

    def _connected(self) -> Connection:
        if self._connection is None:
            connection = self._engine.connect().execution_options(preserve_rowcount=True)
            self._connection = connection
            if self._names_sessions:
                self._name = f"gerbang-writer-{secrets.token_hex(8)}"
                connection.execute(_TAKE_LOCK, {"name": self._name, "wait_s": 0})
                connection.rollback()
        return self._connection

    def _roll_back(self, connection: Connection) -> None:
        try:
            connection.rollback()
        except SQLAlchemyError:
            self.discard()
            return
        if connection.invalidated:
            self.discard()
