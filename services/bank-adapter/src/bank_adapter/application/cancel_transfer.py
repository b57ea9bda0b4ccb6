"""Cancels a payment that is not on its way. Transfers themselves are irrevocable."""

from __future__ import annotations

from servicekit.clock import Clock

from bank_adapter.application.holds import Holds
from bank_adapter.application.ports.identifiers import Identifiers
from bank_adapter.application.ports.ledger import Ledger, OvertakenError
from bank_adapter.application.records import state_changed
from bank_adapter.domain.sending import cancel
from bank_adapter.domain.states import IllegalEventError, State
from bank_adapter.domain.transfer import Transfer

_TRIES = 3


class NotCancellableError(Exception):
    """The transfer is on its way, or may have been, or is at its end."""

    def __init__(self, transfer: Transfer) -> None:
        super().__init__(transfer.state.value)
        self.transfer = transfer


class CancelTransfer:
    """The verb behind POST /v1/transfers/{id}:cancel."""

    def __init__(
        self, *, ledger: Ledger, holds: Holds, identifiers: Identifiers, clock: Clock
    ) -> None:
        self._ledger = ledger
        self._holds = holds
        self._identifiers = identifiers
        self._clock = clock

    async def execute(self, transfer: Transfer, *, actor: str) -> Transfer:
        """The cancelled transfer; one that was cancelled before comes back as it is.

        Raises NotCancellableError, and OvertakenError when others keep changing it.
        """
        for _ in range(_TRIES):
            if transfer.state is State.CANCELLED:
                return transfer
            try:
                return await self._cancel(transfer, actor)
            except OvertakenError:
                transfer = await self._ledger.get(transfer.transfer_id) or transfer
        raise OvertakenError

    async def _cancel(self, transfer: Transfer, actor: str) -> Transfer:
        if await self._holds.doubts(transfer):
            raise NotCancellableError(transfer)
        now_us = self._clock.now_us()
        try:
            change = cancel(transfer, at_us=now_us, actor=actor)
        except IllegalEventError:
            raise NotCancellableError(transfer) from None
        record = state_changed(
            change, event_id=self._identifiers.event_id(), at_us=now_us, actor=actor
        )
        await self._ledger.apply(change.with_records(record))
        return change.after
