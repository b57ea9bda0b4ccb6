"""Verifies what was added to the chain, again and again, and notes its head.

Each good walk writes the head into the process's log, and into a file when one
is configured. Kept where the database's administrator cannot write, they are
what a log that was computed anew does not fit to. Nothing is repaired here.
"""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from servicekit.log import get_logger

from audit.application.ports import ChainCheck
from audit.application.verify_chain import VerifyChain

_log = get_logger()
_US_PER_SECOND: Final = 1_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class ChainWatch:
    """`run` until cancelled."""

    verify: VerifyChain
    every_s: float
    head_file: Path | None
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep

    async def run(self) -> None:
        while True:
            try:
                await self.look()
            except Exception as error:  # noqa: BLE001 - whatever it is, the next look may succeed
                _log.error("chain verification failed to run", error=type(error).__name__)
            await self.sleep(self.every_s)

    async def look(self) -> None:
        """One walk from where the last one ended."""
        check = await self.verify.go_on()
        tell(check)
        if check.found is None and check.walked.sequence and self.head_file is not None:
            await asyncio.to_thread(self._note, self.head_file, check)

    def _note(self, file: Path, check: ChainCheck) -> None:
        moment = datetime.fromtimestamp(check.finish_us // _US_PER_SECOND, UTC)
        walked = check.walked
        with file.open("a", encoding="ascii") as notes:
            notes.write(
                f"{moment:%Y-%m-%dT%H:%M:%SZ} {walked.sequence}:{walked.chain_hash.hex()}\n"
            )


def tell(check: ChainCheck) -> None:
    """The result of a walk as a line of the log; a broken chain is an alarm."""
    head = f"{check.walked.sequence}:{check.walked.chain_hash.hex()}"
    if check.found is None:
        _log.info("chain verified", from_sequence=check.from_sequence, head=head)
        return
    _log.error(
        "chain broken",
        broken_sequence=check.found.sequence,
        problem=check.found.problem,
        last_good=head,
    )
