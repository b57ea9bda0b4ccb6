"""Acts on stored notifications: makes the bank be asked about the payment.

The worker calls it before it looks for what is due. The two commits (the
transfer, the notification's end) need not be one: a crash between them only
asks the bank once more.
"""

from __future__ import annotations

from servicekit.clock import Clock
from servicekit.log import get_logger

from bank_adapter.application.ports.inbound_store import InboundStore
from bank_adapter.application.ports.ledger import Ledger, OvertakenError
from bank_adapter.application.records import ACTOR
from bank_adapter.domain.bank_notification import BankNotification, Handling
from bank_adapter.domain.late_rejection import heed
from bank_adapter.domain.states import State
from bank_adapter.limits import WORKER_BATCH

# A rejection only repeats what these states say.
_AGREEING = frozenset({State.REJECTED, State.RETURNED})
log = get_logger()


class HeedNotifications:
    """One pass over what waits."""

    def __init__(self, *, store: InboundStore, ledger: Ledger, clock: Clock) -> None:
        self._store = store
        self._ledger = ledger
        self._clock = clock

    async def execute(self) -> int:
        """How many notifications came to their end."""
        ended = 0
        for notification in await self._store.waiting(limit=WORKER_BATCH):
            try:
                ended += await self._heed(notification)
            except OvertakenError:
                log.debug("somebody else was first", transfer_id=notification.transfer_id)
        return ended

    async def _heed(self, notification: BankNotification) -> int:
        transfer = await self._ledger.get(notification.transfer_id)
        if transfer is None:
            raise AssertionError("a waiting notification has a transfer")
        now_us = self._clock.now_us()
        handling, change = heed(transfer, notification, at_us=now_us, actor=ACTOR)
        if handling is Handling.WAITING:
            return 0
        if change is not None:
            await self._ledger.apply(change)
        await self._store.close(notification.notification_id, handling, at_us=now_us)
        surprising = (
            handling is Handling.EVIDENCE
            and notification.rejected
            and transfer.state not in _AGREEING
        )
        (log.error if surprising else log.info)(
            "bank notified about a payment",
            transfer_id=transfer.transfer_id,
            notification_id=notification.notification_id,
            state=transfer.state.value,
            rejected=notification.rejected,
            handling=handling.value,
        )
        return 1
