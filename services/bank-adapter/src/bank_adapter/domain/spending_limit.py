"""How much may be paid: per transfer and per Jakarta day, for whom and from where.

A limit counts every transfer that its selectors match, as one sum: without a
client it counts all clients together. What was rejected or cancelled is not
counted; what is unresolved or came back is.
"""

from __future__ import annotations

from dataclasses import dataclass

from bank_adapter.domain.bank_day import bank_day
from bank_adapter.domain.money import Money
from bank_adapter.domain.selection import Selection
from bank_adapter.domain.states import State
from bank_adapter.domain.transfer import Transfer

# Certainly no money left.
UNCOUNTED = frozenset({State.REJECTED, State.CANCELLED})


class LimitExceededError(Exception):
    """The payment is over a limit. `left` is what the limit still allows, for people."""

    def __init__(self, name: str, *, allows: str, left: str) -> None:
        super().__init__(f"limit {name} allows {allows}; left: {left}")
        self.name = name
        self.left = left


@dataclass(frozen=True, slots=True, kw_only=True)
class LimitUse:
    """What one limit has counted on one day."""

    amount_minor: int = 0
    transfer_count: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class LimitDraw:
    """A payment's share of one limit's day, taken only if it still fits.

    `amount_most` and `count_most` bound the day's sums, the draw included; 0
    is no bound. `day` is yyyymmdd.
    """

    name: str
    day: int
    amount_minor: int
    amount_most: int
    count_most: int


@dataclass(frozen=True, slots=True, kw_only=True)
class SpendingLimit(Selection):
    """Amounts in minor units of rupiah; 0 is no bound."""

    name: str
    per_transfer_minor: int = 0
    per_day_minor: int = 0
    per_day_count: int = 0

    @property
    def counts_days(self) -> bool:
        return bool(self.per_day_minor or self.per_day_count)

    def check_one(self, amount: Money) -> None:
        """Raises LimitExceededError for a transfer too large in itself."""
        if self.per_transfer_minor and amount.minor > self.per_transfer_minor:
            most = _written(self.per_transfer_minor, amount)
            raise LimitExceededError(self.name, allows=f"{most} a transfer", left=most)

    def check_day(self, amount: Money, use: LimitUse) -> None:
        """Raises LimitExceededError when the day has no room for the transfer."""
        if self.per_day_count and use.transfer_count >= self.per_day_count:
            raise LimitExceededError(
                self.name, allows=f"{self.per_day_count} transfers a day", left="0"
            )
        left = self.per_day_minor - use.amount_minor
        if self.per_day_minor and amount.minor > left:
            raise LimitExceededError(
                self.name,
                allows=f"{_written(self.per_day_minor, amount)} a day",
                left=_written(max(left, 0), amount),
            )

    def draw(self, transfer: Transfer) -> LimitDraw:
        return LimitDraw(
            name=self.name,
            day=bank_day(transfer.created_us),
            amount_minor=transfer.order.amount.minor,
            amount_most=self.per_day_minor,
            count_most=self.per_day_count,
        )


def _written(minor: int, like: Money) -> str:
    return f"{Money(minor, like.currency).value} {like.currency}"
