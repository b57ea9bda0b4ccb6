"""When a bank statement proves that a payment was never debited.

"Not found" alone is never final: the payment may not have arrived yet. With a
grace window behind us and a complete statement without any debit that could
be ours, it is. The proof is deliberately narrow: one debit of the same amount
since the first attempt, whoever's it is, and a person must look.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from bank_adapter.domain.money import Money

# A bank may date a debit a little before our own clock saw the attempt begin.
_CLOCK_MARGIN = timedelta(minutes=10)


@dataclass(frozen=True, slots=True, kw_only=True)
class Movement:
    """A line of a statement. `at` is None when its date could not be read."""

    amount: Money
    debit: bool
    at: datetime | None


def could_be_ours(movement: Movement, *, amount: Money, since: datetime) -> bool:
    """Whether this line may be the debit of a payment first tried at `since`."""
    if not movement.debit or movement.amount != amount:
        return False
    # A statement may carry days without times; such a line counts by its day.
    return (
        movement.at is None
        or movement.at >= since - _CLOCK_MARGIN
        or (
            movement.at.date() == since.astimezone(movement.at.tzinfo).date()
            and movement.at.time().replace(tzinfo=None) == datetime.min.time()
        )
    )


def proves_absence(
    movements: Iterable[Movement], *, complete: bool, amount: Money, since: datetime
) -> bool:
    """Whether the statement shows that nothing of ours was debited."""
    return complete and not any(
        could_be_ours(movement, amount=amount, since=since) for movement in movements
    )
