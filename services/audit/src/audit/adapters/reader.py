"""Runs blocking reads on a few threads of their own, off the event loop."""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from servicekit.database import read
from sqlalchemy import Connection, Engine

from audit import limits

T = TypeVar("T")


class Reader:
    """A pool of reading threads over one engine."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self._threads = ThreadPoolExecutor(
            max_workers=limits.READ_THREADS, thread_name_prefix="audit-reader"
        )

    async def run(self, query: Callable[[Connection], T]) -> T:
        """Run `query` in a read transaction; its result must not need the connection."""
        return await self.call(lambda: self._read(query))

    async def call(self, work: Callable[[], T]) -> T:
        """Run `work` on a reading thread."""
        return await asyncio.get_running_loop().run_in_executor(self._threads, work)

    async def close(self) -> None:
        await asyncio.to_thread(self._threads.shutdown)

    def _read(self, query: Callable[[Connection], T]) -> T:
        with read(self.engine) as connection:
            return query(connection)
