"""The "verify now" button: at most one walk over the chain at a time.

The walk goes on after the page was answered; its result is stored and shown
by the next look at the page.
"""

import asyncio

from servicekit.log import get_logger

from audit.application.verify_chain import VerifyChain
from audit.entrypoints.chain_watch import tell

_log = get_logger()


class RunningVerification:
    """Starts a walk and knows whether one runs."""

    def __init__(self, verify: VerifyChain) -> None:
        self._verify = verify
        self._task: asyncio.Task[None] | None = None

    @property
    def is_running(self) -> bool:
        return self._task is not None and not self._task.done()

    async def start(self, *, operator: str, patience_s: float) -> None:
        """Start a walk unless one runs; wait for its end, but not for long."""
        if not self.is_running:
            _log.info("chain verification asked for", operator=operator)
            self._task = asyncio.create_task(self._run())
        if self._task is not None:
            await asyncio.wait({self._task}, timeout=patience_s)

    async def stop(self) -> None:
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

    async def _run(self) -> None:
        try:
            check = await self._verify.run()
        except Exception:  # noqa: BLE001 - nobody awaits the task; the page shows the old result
            _log.error("chain verification failed to run", exc_info=True)
            return
        tell(check)
