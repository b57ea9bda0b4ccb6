"""Late rejections of transfers that were told as successful.

The bank takes the money back; telling the partner is the notifier's work.
"""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable

from simulator.bank import Bank
from simulator.exchange import Call
from simulator.instructions import Instruction
from simulator.transfers import reject_late

REASON = "Rejected by the beneficiary bank"


class LateRejections:
    """Rejects payments after a while and tells the partner by `notify`."""

    def __init__(self, bank: Bank, notify: Callable[[Instruction], Awaitable[object]]) -> None:
        self._bank = bank
        self._notify = notify
        self._tasks: set[asyncio.Task[None]] = set()

    def schedule(self, call: Call, service: str, after_s: float) -> None:
        """Reject the payment of this call in `after_s` seconds."""
        instruction = self._bank.instructions.by_external_id(
            client_id=call.partner.client_id,
            service=service,
            external_id=call.external_id,
            day=None,
        )
        if instruction is None:
            return
        task = asyncio.create_task(self._reject_after(instruction, after_s))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def reject(self, instruction: Instruction) -> object:
        """Reject now. Raises ValueError when the payment is not a booked success."""
        reject_late(self._bank, instruction, REASON)
        return await self._notify(instruction)

    async def close(self) -> None:
        tasks = list(self._tasks)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _reject_after(self, instruction: Instruction, after_s: float) -> None:
        await asyncio.sleep(after_s)
        # Held until the morning, or refunded meanwhile: then there is nothing to reject.
        with contextlib.suppress(ValueError):
            await self.reject(instruction)
