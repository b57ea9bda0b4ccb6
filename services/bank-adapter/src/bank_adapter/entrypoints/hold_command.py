"""`python -m bank_adapter hold`: everything on hold before a process starts.

For a restored database: written straight into it, so that the first process
that starts finds it there.
"""

from __future__ import annotations

from servicekit.clock import SystemClock
from servicekit.database import check_migrated, open_engine
from servicekit.group_commit import GroupCommit

from bank_adapter.adapters.random_identifiers import RandomIdentifiers
from bank_adapter.adapters.sql_holds import SQLHoldStore
from bank_adapter.adapters.sql_reader import SQLReader
from bank_adapter.application.holds import Holds, HoldWord
from bank_adapter.bootstrap import MIGRATIONS
from bank_adapter.config import BankAdapterSettings
from bank_adapter.domain.hold import EVERYTHING, Hold, HoldKind

OPERATOR = "command line"


async def hold_everything(settings: BankAdapterSettings, reason: str) -> Hold:
    """Raises InvalidFieldError, NotMigratedError and UnavailableError."""
    engine = open_engine(settings.database, mode=settings.mode)
    try:
        check_migrated(engine, MIGRATIONS)
        writer, reader, clock = GroupCommit(engine), SQLReader(engine), SystemClock()
        writer.start()
        try:
            holds = Holds(
                store=SQLHoldStore(writer, reader),
                bank_ids=settings.banks,
                identifiers=RandomIdentifiers(clock),
                clock=clock,
            )
            word = HoldWord(
                scope=EVERYTHING,
                on=True,
                kind=HoldKind.RESTORE,
                operator=OPERATOR,
                reason=reason.strip(),
            )
            return await holds.say(word)
        finally:
            writer.close()
            reader.close()
    finally:
        engine.dispose()
