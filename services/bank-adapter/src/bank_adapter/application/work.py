"""What the worker does, pass by pass: send what waits, ask, recover, expire.

Work is claimed by compare-and-set, so any number of workers may run. A pass
that finds somebody else was first simply goes on.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

from servicekit.clock import Clock
from servicekit.log import get_logger

from bank_adapter.application.bank import Banks
from bank_adapter.application.circuits import Circuits
from bank_adapter.application.heed_notifications import HeedNotifications
from bank_adapter.application.inquire_transfer import InquireTransfer
from bank_adapter.application.ports.ledger import Ledger, OvertakenError, UnavailableError
from bank_adapter.application.recover import Recover
from bank_adapter.application.send_payment import SendPayment
from bank_adapter.domain.states import State
from bank_adapter.domain.transfer import Transfer
from bank_adapter.limits import WORKER_BATCH, WORKER_PARALLEL

# A settled payment is due only while a notified rejection is in question.
_ASKED_ABOUT = (State.UNKNOWN, State.ACCEPTED, State.SETTLED, State.RECONCILED)
log = get_logger()


class Work:
    """Starts what is due and lets it run; what runs is never started twice."""

    def __init__(
        self,
        *,
        banks: Banks,
        circuits: Circuits,
        ledger: Ledger,
        send_payment: SendPayment,
        inquire: InquireTransfer,
        recover: Recover,
        heed: HeedNotifications,
        clock: Clock,
    ) -> None:
        self._banks = banks
        self._circuits = circuits
        self._ledger = ledger
        self._send_payment = send_payment
        self._inquire = inquire
        self._recover = recover
        self._heed = heed
        self._clock = clock
        self._running: dict[str, asyncio.Task[None]] = {}
        # The payment that tries a recovering bank, by bank identity.
        self._probing: dict[str, str] = {}

    async def execute(self) -> int:
        """One pass; how much was started or given up."""
        found = await self._recover.execute()
        found += await self._heed.execute()
        now_us = self._clock.now_us()
        for transfer in await self._ledger.due(State.PREPARED, now_us=now_us, limit=WORKER_BATCH):
            expired = transfer.send_by_us <= now_us
            if not expired and await self._must_wait(transfer):
                continue
            found += self._start(transfer, self._expire if expired else self._send_payment.resume)
        # It is due only at its send-by time, when it was not approved.
        waiting = State.AWAITING_APPROVAL
        for transfer in await self._ledger.due(waiting, now_us=now_us, limit=WORKER_BATCH):
            found += self._start(transfer, self._expire)
        for state in _ASKED_ABOUT:
            for transfer in await self._ledger.due(state, now_us=now_us, limit=WORKER_BATCH):
                found += self._start(transfer, self._inquire.execute)
        return found

    async def _must_wait(self, transfer: Transfer) -> bool:
        """Behind a circuit that is about to close, one payment goes first."""
        bank = self._banks.find(transfer.bank)
        circuit = await self._circuits.find(bank)
        if not circuit.reason or self._circuits.is_open(circuit):
            return False
        if bank.identity in self._probing:
            return True
        self._probing[bank.identity] = transfer.transfer_id
        return False

    async def drain(self) -> None:
        """Waits until everything started has come to its end."""
        while self._running:
            await asyncio.wait(self._running.values())

    async def _expire(self, transfer: Transfer) -> Transfer:
        return await self._recover.expire(transfer)

    def _start(self, transfer: Transfer, verb: Callable[[Transfer], Awaitable[Transfer]]) -> int:
        if transfer.transfer_id in self._running:
            return 0
        if len(self._running) >= WORKER_PARALLEL:
            self._probing.pop(transfer.bank_identity, None)
            return 0
        task = asyncio.create_task(self._run(transfer, verb), name=transfer.transfer_id)
        self._running[transfer.transfer_id] = task
        task.add_done_callback(lambda _: self._ended(transfer))
        return 1

    def _ended(self, transfer: Transfer) -> None:
        self._running.pop(transfer.transfer_id, None)
        if self._probing.get(transfer.bank_identity) == transfer.transfer_id:
            del self._probing[transfer.bank_identity]

    @staticmethod
    async def _run(transfer: Transfer, verb: Callable[[Transfer], Awaitable[Transfer]]) -> None:
        try:
            await verb(transfer)
        except OvertakenError:
            log.debug("somebody else was first", transfer_id=transfer.transfer_id)
        except UnavailableError:
            log.warning("the database is away", transfer_id=transfer.transfer_id)
        except Exception:
            log.exception("work on a transfer failed", transfer_id=transfer.transfer_id)
