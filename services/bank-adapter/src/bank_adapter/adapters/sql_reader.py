"""Reads off the event loop: a few threads, each read on its own connection."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from servicekit.database import read
from sqlalchemy import Connection, Engine
from sqlalchemy.exc import DBAPIError

from bank_adapter.application.ports.ledger import UnavailableError

T = TypeVar("T")


class SQLReader:
    """Runs read functions. Raises UnavailableError when the database is away.

    A function may run twice, when the first connection turns out to be dead.
    """

    def __init__(self, engine: Engine, *, threads: int = 4) -> None:
        self._engine = engine
        self._pool = ThreadPoolExecutor(threads, thread_name_prefix="ledger-read")

    async def run(self, query: Callable[[Connection], T]) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._pool, self._read, query)

    def close(self) -> None:
        self._pool.shutdown(wait=False, cancel_futures=True)

    def _read(self, query: Callable[[Connection], T]) -> T:
        try:
            return self._read_once(query)
        except DBAPIError as error:
            if not error.connection_invalidated:
                raise UnavailableError(type(error.orig).__name__) from error
        # The server had closed an idle connection, or was away: once more on a new one.
        try:
            return self._read_once(query)
        except DBAPIError as error:
            raise UnavailableError(type(error.orig).__name__) from error

    def _read_once(self, query: Callable[[Connection], T]) -> T:
        with read(self._engine) as connection:
            return query(connection)
