"""Probable duplicates: another key for what looks like the same payment.

Beside an unresolved twin a new payment is refused, because the twin may have
moved the money; any other likeness is only pointed out (rules of money, 6).
"""

from __future__ import annotations

from collections.abc import Sequence

from bank_adapter.domain.bank_day import bank_day
from bank_adapter.domain.states import State
from bank_adapter.domain.transfer import Transfer

_UNRESOLVED = frozenset({State.UNKNOWN, State.NEEDS_OPERATOR})
# Money that certainly did not move makes no duplicate.
_HARMLESS = frozenset({State.REJECTED, State.CANCELLED, State.RETURNED})


def unresolved_twin(twins: Sequence[Transfer]) -> Transfer | None:
    """A twin whose money may have moved."""
    return next((twin for twin in twins if twin.state in _UNRESOLVED), None)


def likeness(twins: Sequence[Transfer], *, remark: str, at_us: int) -> Transfer | None:
    """A twin of the same bank day with the same remark."""
    today = bank_day(at_us)
    return next(
        (
            twin
            for twin in twins
            if twin.state not in _HARMLESS
            and twin.order.remark == remark
            and bank_day(twin.created_us) == today
        ),
        None,
    )
