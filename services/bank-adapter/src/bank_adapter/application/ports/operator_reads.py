"""What only operators read: across clients, and what people decided."""

from __future__ import annotations

from typing import Protocol

from bank_adapter.application.ports.ledger import PagePosition
from bank_adapter.domain.attempt import Attempt
from bank_adapter.domain.operator_decision import OperatorDecision
from bank_adapter.domain.states import State
from bank_adapter.domain.transfer import Transfer


class OperatorReads(Protocol):
    """Reads of the ledger. Every method may raise UnavailableError."""

    async def waiting(
        self, state: State, *, after: PagePosition | None, limit: int
    ) -> tuple[Transfer, ...]:
        """Transfers of every client in a state, by last change, longest waiting first."""
        ...

    async def decisions(self, transfer_id: str) -> tuple[OperatorDecision, ...]:
        """Oldest first."""
        ...

    async def attempts_made(
        self, *, after_us: int, before_us: int, after_id: str, limit: int
    ) -> tuple[Attempt, ...]:
        """Of every transfer in the order of their ids, which is that of their making.

        Bounds are in microseconds, to the millisecond, 0 for none; `after_id`
        is where the last page ended.
        """
        ...
