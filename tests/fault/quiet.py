"""Waits for the end of a run: nothing under way, nothing untold, nothing unshipped."""

from __future__ import annotations

import asyncio
from collections import Counter

from bank_adapter.adapters.sql_tables import bank_notification, outbox, transfer
from bank_adapter.domain.bank_notification import Handling
from invariants import RESTING, SETTLED
from localstack.bank_admin import BankAdmin
from localstack.stack import Stack
from servicekit.config import DatabaseSettings
from servicekit.database import open_engine, read
from sqlalchemy import Engine, and_, func, or_, select

WITHIN_S = 150.0
LOOK_S = 0.3


async def until_quiet(stack: Stack, bank: BankAdmin) -> list[str]:
    """Empty when all is quiet; else what was not, after a long time.

    The bank repeats the notifications that nobody thanked for.
    """
    engine = open_engine(DatabaseSettings(url=stack.settings.database_url("bank-adapter")))
    deadline = asyncio.get_running_loop().time() + WITHIN_S
    try:
        while True:
            restless = await asyncio.to_thread(_restless, engine, bank)
            if not restless:
                return []
            if asyncio.get_running_loop().time() > deadline:
                return [f"not quiet after {WITHIN_S:g} s: {dict(restless)}"]
            await asyncio.sleep(LOOK_S)
    finally:
        engine.dispose()


def _restless(engine: Engine, bank: BankAdmin) -> Counter[str]:
    questioned = and_(transfer.c.state.in_(sorted(SETTLED)), transfer.c.next_action_us > 0)
    under_way = or_(transfer.c.state.not_in(sorted(RESTING)), questioned)
    waiting = bank_notification.c.handling == Handling.WAITING.value
    # First: what is heard only now is still to be acted upon.
    repeated = bank.notify_again()
    with read(engine) as connection:
        states = connection.execute(
            select(transfer.c.state, func.count()).where(under_way).group_by(transfer.c.state)
        )
        found = Counter({str(state): count for state, count in states})
        found["notifications not heard"] = repeated
        for name, query in (
            ("events not shipped", select(func.count()).select_from(outbox)),
            ("notifications not heeded", select(func.count()).where(waiting)),
        ):
            found[name] = connection.execute(query).scalar_one()
    return +found
