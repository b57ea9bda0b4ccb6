"""Limits in SQL: one row a limit and day, drawn from in the payment's own commit.

The draw is one guarded UPDATE on the primary key. Payments of one limit that
commit at once wait for each other's row, so the sum is exact on every
database and over any number of processes.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from servicekit.group_commit import (
    CommitError,
    ConflictError,
    GroupCommit,
    Statement,
    Unit,
)
from sqlalchemy import Connection, bindparam, insert, or_, select, update

from bank_adapter.adapters.sql_reader import SQLReader
from bank_adapter.adapters.sql_tables import limit_use
from bank_adapter.application.ports.ledger import UnavailableError
from bank_adapter.domain.bank_day import bank_day
from bank_adapter.domain.change import Change
from bank_adapter.domain.spending_limit import UNCOUNTED, LimitDraw, LimitUse

_OPEN: Final = insert(limit_use)
_PAGE = (limit_use.c.name == bindparam("k_name"), limit_use.c.day == bindparam("k_day"))

DRAW: Final = (
    update(limit_use)
    .where(
        *_PAGE,
        or_(
            bindparam("k_amount_most") == 0,
            limit_use.c.amount_minor + bindparam("v_amount") <= bindparam("k_amount_most"),
        ),
        or_(
            bindparam("k_count_most") == 0,
            limit_use.c.transfer_count < bindparam("k_count_most"),
        ),
    )
    .values(
        amount_minor=limit_use.c.amount_minor + bindparam("v_amount"),
        transfer_count=limit_use.c.transfer_count + 1,
    )
)

_ADJUST: Final = (
    update(limit_use)
    .where(*_PAGE)
    .values(
        amount_minor=limit_use.c.amount_minor + bindparam("v_amount"),
        transfer_count=limit_use.c.transfer_count + bindparam("v_count"),
    )
)


def limit_statements(change: Change) -> list[Statement]:
    """What a change does to the limits: draws on them, gives back, or takes again."""
    before, after = change.before, change.after
    if before is None:
        return [_draw(draw) for draw in change.draws]
    counted = after.state not in UNCOUNTED
    if not after.limit_names or counted == (before.state not in UNCOUNTED):
        return []
    # Taking again is not guarded: the money has moved, whatever the limit says.
    sign = 1 if counted else -1
    return [
        Statement(
            _ADJUST,
            {
                "k_name": name,
                "k_day": bank_day(after.created_us),
                "v_amount": sign * after.order.amount.minor,
                "v_count": sign,
            },
        )
        for name in after.limit_names.split(",")
    ]


def _draw(draw: LimitDraw) -> Statement:
    return Statement(
        DRAW,
        {
            "k_name": draw.name,
            "k_day": draw.day,
            "k_amount_most": draw.amount_most,
            "k_count_most": draw.count_most,
            "v_amount": draw.amount_minor,
        },
    )


class SQLLimitBook:
    """Implements the port application.ports.limit_book.LimitBook."""

    def __init__(self, writer: GroupCommit, reader: SQLReader) -> None:
        self._writer = writer
        self._reader = reader

    async def use(self, names: Sequence[str], day: int) -> Mapping[str, LimitUse]:
        query = select(limit_use).where(limit_use.c.name.in_(names), limit_use.c.day == day)

        def run(connection: Connection) -> dict[str, LimitUse]:
            return {
                row.name: LimitUse(amount_minor=row.amount_minor, transfer_count=row.transfer_count)
                for row in connection.execute(query)
            }

        return await self._reader.run(run)

    async def open(self, names: Sequence[str], day: int) -> None:
        for name in names:
            page = {"name": name, "day": day, "amount_minor": 0, "transfer_count": 0}
            try:
                await self._writer.commit(Unit(f"limit:{name}", (Statement(_OPEN, page),)))
            except ConflictError:
                continue  # somebody else opened it
            except CommitError as error:
                raise UnavailableError(str(error)) from error
