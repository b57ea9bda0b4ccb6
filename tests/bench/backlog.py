"""What the audit has not received yet: the adapter's outbox, the signer's journal.

A rate of transfers is true only if the audit keeps up with it, so every step
says how many events waited when its time was over, and costs are counted until
the last of them was stored.
"""

from __future__ import annotations

import time
from types import TracebackType
from typing import Self

from localstack.stack import Stack
from servicekit.config import DatabaseSettings
from servicekit.database import open_engine, read
from sqlalchemy import text

OUTBOX = text("SELECT COUNT(*) FROM outbox")
JOURNAL = text("SELECT (SELECT sequence FROM journal_head) - (SELECT sequence FROM journal_relay)")
LOOK_S = 0.1


class Backlog:
    """Counts events on their way to the audit."""

    def __init__(self, stack: Stack) -> None:
        queries = {"bank-adapter": OUTBOX, "signer": JOURNAL}
        self._queries = [
            (open_engine(DatabaseSettings(url=stack.settings.database_url(service))), query)
            for service, query in queries.items()
        ]

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        for engine, _ in self._queries:
            engine.dispose()

    def count(self) -> int:
        total = 0
        for engine, query in self._queries:
            with read(engine) as connection:
                total += int(connection.execute(query).scalar_one())
        return total

    def wait_until_empty(self, *, within_s: float) -> bool:
        """Whether everything was shipped in time."""
        deadline = time.monotonic() + within_s
        while self.count():
            if time.monotonic() > deadline:
                return False
            time.sleep(LOOK_S)
        return True
