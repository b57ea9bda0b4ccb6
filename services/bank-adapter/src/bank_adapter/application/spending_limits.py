"""Holds a new payment against the configured limits.

What is read here gives the client a good answer; what really holds is the
guard in the payment's own commit (LimitDraw), so that payments that come at
once cannot pass a limit together.
"""

from __future__ import annotations

from collections.abc import Sequence

from bank_adapter.application.ports.limit_book import LimitBook
from bank_adapter.domain.bank_day import bank_day
from bank_adapter.domain.spending_limit import LimitDraw, LimitUse, SpendingLimit
from bank_adapter.domain.transfer import Transfer


class SpendingLimits:
    """Every limit of the house."""

    def __init__(self, limits: Sequence[SpendingLimit], book: LimitBook) -> None:
        self._limits = tuple(sorted(limits, key=lambda limit: limit.name))
        self._book = book

    async def draws(self, transfer: Transfer) -> tuple[LimitDraw, ...]:
        """What the transfer takes of each day's limit, by name.

        Raises LimitExceededError, or UnavailableError when there are limits
        that count days and the database is away.
        """
        matching = [limit for limit in self._limits if limit.covers(transfer)]
        amount = transfer.order.amount
        for limit in matching:
            limit.check_one(amount)
        daily = [limit for limit in matching if limit.counts_days]
        if not daily:
            return ()
        names, day = [limit.name for limit in daily], bank_day(transfer.created_us)
        used = await self._book.use(names, day)
        for limit in daily:
            limit.check_day(amount, used.get(limit.name, LimitUse()))
        unopened = [name for name in names if name not in used]
        if unopened:
            await self._book.open(unopened, day)
        return tuple(limit.draw(transfer) for limit in daily)
