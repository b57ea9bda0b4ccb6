"""What the worker does, pass by pass: send what waits, ask, recover, expire.

Work is claimed by compare-and-set, so any number of workers may run. A pass
that finds somebody else was first simply goes on.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

from servicekit.clock import Clock
from servicekit.log import get_logger

from bank_adapter.application.inquire_transfer import InquireTransfer
from bank_adapter.application.ports.ledger import Ledger, OvertakenError, UnavailableError
from bank_adapter.application.recover import Recover
from bank_adapter.application.send_payment import SendPayment
from bank_adapter.domain.states import State
from bank_adapter.domain.transfer import Transfer
from bank_adapter.limits import WORKER_BATCH, WORKER_PARALLEL

log = get_logger()


class Work:
    """Starts what is due and lets it run; what runs is never started twice."""

    def __init__(
        self,
        *,
        ledger: Ledger,
        send_payment: SendPayment,
        inquire: InquireTransfer,
        recover: Recover,
        clock: Clock,
    ) -> None:
        self._ledger = ledger
        self._send_payment = send_payment
        self._inquire = inquire
        self._recover = recover
        self._clock = clock
        self._running: dict[str, asyncio.Task[None]] = {}

    async def execute(self) -> int:
        """One pass; how much was started or given up."""
        found = await self._recover.execute()
        now_us = self._clock.now_us()
        for transfer in await self._ledger.due(State.PREPARED, now_us=now_us, limit=WORKER_BATCH):
            send = self._expire if transfer.send_by_us <= now_us else self._send_payment.resume
            found += self._start(transfer, send)
        for state in (State.UNKNOWN, State.ACCEPTED):
            for transfer in await self._ledger.due(state, now_us=now_us, limit=WORKER_BATCH):
                found += self._start(transfer, self._inquire.execute)
        return found

    async def drain(self) -> None:
        """Waits until everything started has come to its end."""
        while self._running:
            await asyncio.wait(self._running.values())

    async def _expire(self, transfer: Transfer) -> Transfer:
        return await self._recover.expire(transfer)

    def _start(self, transfer: Transfer, verb: Callable[[Transfer], Awaitable[Transfer]]) -> int:
        if transfer.transfer_id in self._running or len(self._running) >= WORKER_PARALLEL:
            return 0
        task = asyncio.create_task(self._run(transfer, verb), name=transfer.transfer_id)
        self._running[transfer.transfer_id] = task
        task.add_done_callback(lambda _: self._running.pop(transfer.transfer_id, None))
        return 1

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
