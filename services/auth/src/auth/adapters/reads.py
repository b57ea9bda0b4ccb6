"""Reads of the database, on threads of their own.

No driver is called on the event loop; a read is one transaction on one thread.
"""

import asyncio
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from servicekit.database import read
from sqlalchemy import Engine, Row, Select
from sqlalchemy.exc import DBAPIError

from auth.application.ports import StoreUnavailableError
from auth.limits import READ_THREADS


class Reads:
    """Runs SELECTs; raises StoreUnavailableError. Close it when done."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._pool = ThreadPoolExecutor(READ_THREADS, thread_name_prefix="read")

    async def rows(
        self, query: Select[*tuple[Any, ...]], parameters: dict[str, Any] | None = None
    ) -> Sequence[Row[*tuple[Any, ...]]]:
        def select() -> Sequence[Row[*tuple[Any, ...]]]:
            try:
                with read(self._engine) as connection:
                    return connection.execute(query, parameters or {}).all()
            except DBAPIError as error:
                raise StoreUnavailableError(f"the database cannot be read: {error.orig}") from None

        return await asyncio.get_running_loop().run_in_executor(self._pool, select)

    def close(self) -> None:
        self._pool.shutdown(wait=True, cancel_futures=True)
