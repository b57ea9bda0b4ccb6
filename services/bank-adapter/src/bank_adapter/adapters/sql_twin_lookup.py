"""Whether a client has a payment that looks the same, asked for many at once.

Every payment asks this, nearly always in vain. Those that ask while a query is
under way share the next one; nobody waits for others to come.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from sqlalchemy import Connection, bindparam, select

from bank_adapter.adapters.sql_reader import SQLReader
from bank_adapter.adapters.sql_tables import transfer
from bank_adapter.limits import TWIN_QUESTIONS_MOST

_Key = tuple[str, bytes]

_FOUND = select(transfer.c.client_id, transfer.c.twin).where(
    transfer.c.client_id.in_(bindparam("clients", expanding=True)),
    transfer.c.twin.in_(bindparam("twins", expanding=True)),
)


class SQLTwinLookup:
    """Belongs to one event loop."""

    def __init__(self, reader: SQLReader) -> None:
        self._reader = reader
        self._asked: list[tuple[_Key, asyncio.Future[bool]]] = []
        self._asking: asyncio.Task[None] | None = None

    async def has_any(self, client_id: str, twin: bytes) -> bool:
        """Raises UnavailableError when the database is away."""
        answer: asyncio.Future[bool] = asyncio.get_running_loop().create_future()
        self._asked.append(((client_id, twin), answer))
        if self._asking is None:
            self._asking = asyncio.create_task(self._ask(), name="twin-lookup")
        return await answer

    async def _ask(self) -> None:
        try:
            while self._asked:
                batch = self._asked[:TWIN_QUESTIONS_MOST]
                del self._asked[:TWIN_QUESTIONS_MOST]
                await self._answer(batch)
        finally:
            self._asking = None

    async def _answer(self, batch: Sequence[tuple[_Key, asyncio.Future[bool]]]) -> None:
        wanted = {
            "clients": sorted({client_id for (client_id, _), _ in batch}),
            "twins": sorted({twin for (_, twin), _ in batch}),
        }

        def run(connection: Connection) -> set[_Key]:
            return {(row.client_id, row.twin) for row in connection.execute(_FOUND, wanted)}

        failure: Exception | None = None
        found: set[_Key] = set()
        try:
            found = await self._reader.run(run)
        except Exception as error:  # noqa: BLE001  told to everyone who asked
            failure = error
        for key, answer in batch:
            # Who no longer waits has cancelled its future.
            if answer.done():
                continue
            if failure is not None:
                answer.set_exception(failure)
            else:
                answer.set_result(key in found)
