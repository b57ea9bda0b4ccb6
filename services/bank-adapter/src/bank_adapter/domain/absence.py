"""When a bank statement proves that a payment was never debited.

"Not found" alone is never final: the payment may not have arrived yet. With a
grace window behind us and a complete statement without any debit that could
be ours, it is. The proof is deliberately narrow: one debit of the same amount
since the first attempt, whoever's it is, and a person must look.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta

from bank_adapter.domain.money import Money
from bank_adapter.domain.statement_line import StatementLine

# A bank may date a debit a little before our own clock saw the attempt begin.
_CLOCK_MARGIN = timedelta(minutes=10)


def could_be_ours(line: StatementLine, *, amount: Money, since: datetime) -> bool:
    """Whether this line may be the debit of a payment first tried at `since`."""
    if not line.debit or line.amount != amount:
        return False
    # A statement may carry days without times; such a line counts by its day.
    return (
        line.at is None
        or line.at >= since - _CLOCK_MARGIN
        or (
            line.at.date() == since.astimezone(line.at.tzinfo).date()
            and line.at.time().replace(tzinfo=None) == datetime.min.time()
        )
    )


def proves_absence(
    lines: Iterable[StatementLine], *, complete: bool, amount: Money, since: datetime
) -> bool:
    """Whether the statement shows that nothing of ours was debited."""
    return complete and not any(could_be_ours(line, amount=amount, since=since) for line in lines)
