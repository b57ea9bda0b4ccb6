"""Walk the whole chain and say whether it is what was acknowledged.

Finds an event that was edited, removed, inserted or moved, and a tail that
was cut off below the head. Events may be stored while it walks. It cannot
find a chain that was replaced whole, head included: for that, keep the head
that every run logs somewhere this database's administrator cannot write.
"""

from dataclasses import dataclass

from servicekit.clock import Clock

from audit import limits
from audit.application.ports import ChainCheck, ChainStore
from audit.domain.chain import EMPTY_CHAIN, Break, ChainHead, compare_with_head, follow


@dataclass(frozen=True, slots=True)
class VerifyChain:
    """The use case behind `python -m audit verify` and the chain page."""

    store: ChainStore
    clock: Clock

    async def run(self) -> ChainCheck:
        """Walk, record the result and return it."""
        start_us = self.clock.now_us()
        walked, found = await self._walk()
        check = ChainCheck(
            start_us=start_us, finish_us=self.clock.now_us(), walked=walked, found=found
        )
        await self.store.record(check)
        return check

    async def _walk(self) -> tuple[ChainHead, Break | None]:
        walked = EMPTY_CHAIN
        while True:
            rows = await self.store.rows_after(walked.sequence, limit=limits.VERIFY_PAGE_ROWS)
            if isinstance(rows, Break):
                return walked, rows
            if rows:
                walked, found = follow(walked, rows)
                if found is not None:
                    return walked, found
                continue
            # Read after the rows: what was committed with a later head is
            # then visible to one more look.
            head = await self.store.head()
            if head is None:
                return walked, Break(sequence=walked.sequence, problem="the head is missing")
            if head.sequence > walked.sequence and await self._has_more(walked):
                continue
            return walked, compare_with_head(walked, head)

    async def _has_more(self, walked: ChainHead) -> bool:
        rows = await self.store.rows_after(walked.sequence, limit=1)
        return isinstance(rows, Break) or bool(rows)
