"""What each limit has counted, day by day."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Protocol

from bank_adapter.domain.spending_limit import LimitUse


class LimitBook(Protocol):
    """Raises UnavailableError when the database is away.

    The counting itself is part of the ledger's changes.
    """

    async def use(self, names: Sequence[str], day: int) -> Mapping[str, LimitUse]:
        """Of the limits that have a page for the day."""
        ...

    async def open(self, names: Sequence[str], day: int) -> None:
        """Makes the day's page of each limit, empty, where there is none."""
        ...
