"""Walk the chain and say whether it is what was acknowledged.

Finds an event that was edited, removed, inserted or moved, a searched column
that lies about its event, and a tail that was cut off below the head. Events
may be stored while it walks. A chain that was replaced whole, head included,
shows only against a link that was noted elsewhere: begin there, or compare.
"""

from dataclasses import dataclass

from servicekit.clock import Clock

from audit import limits
from audit.application.ports import ChainCheck, ChainStore
from audit.domain.chain import EMPTY_CHAIN, Break, ChainHead, compare_with_head, follow


@dataclass(frozen=True, slots=True, kw_only=True)
class Walk:
    """How far one walk came. `head` is None when its row is gone.

    `anchor` is where the stored part of the chain begins.
    """

    anchor: ChainHead
    walked: ChainHead
    head: ChainHead | None
    found: Break | None
    is_complete: bool


@dataclass(frozen=True, slots=True)
class VerifyChain:
    """The use case behind VerifyChain, `python -m audit verify` and the chain page."""

    store: ChainStore
    clock: Clock

    async def run(self, start: ChainHead = EMPTY_CHAIN) -> ChainCheck:
        """Walk from `start` to the head, record the result and return it.

        The empty chain stands for the beginning of what is stored.
        """
        start_us = self.clock.now_us()
        walk = await self.walk(start, at_most=None)
        check = ChainCheck(
            from_sequence=max(start.sequence, walk.anchor.sequence),
            start_us=start_us,
            finish_us=self.clock.now_us(),
            walked=walk.walked,
            found=walk.found,
        )
        await self.store.record(check)
        return check

    async def go_on(self) -> ChainCheck:
        """Walk from where the last good walk ended; over everything after a bad one."""
        last, anchor = await self.store.last_check(), await self.store.anchor()
        if last is None or last.found or last.walked.sequence < anchor.sequence:
            return await self.run()
        return await self.run(last.walked)

    async def walk(self, start: ChainHead, *, at_most: int | None) -> Walk:
        """Follow the chain from `start`, which it must still hold, for `at_most` links.

        The answer's `walked` is where the next call begins. Nothing is recorded.
        """
        anchor = await self.store.anchor()
        if start == EMPTY_CHAIN:
            start = anchor
        if found := await self._differs(start, anchor):
            head = await self.store.head()
            return Walk(anchor=anchor, walked=anchor, head=head, found=found, is_complete=True)
        walked = start
        while True:
            limit = limits.VERIFY_PAGE_ROWS
            if at_most is not None:
                limit = min(limit, start.sequence + at_most - walked.sequence)
            if limit == 0:
                head = await self.store.head()
                return Walk(anchor=anchor, walked=walked, head=head, found=None, is_complete=False)
            rows = await self.store.rows_after(walked.sequence, limit=limit)
            if not rows:
                # Read after the rows: what was committed with a later head is
                # then visible to one more look.
                head = await self.store.head()
                if head and head.sequence > walked.sequence and await self._has_more(walked):
                    continue
                found = _judge_end(walked, head)
                return Walk(anchor=anchor, walked=walked, head=head, found=found, is_complete=True)
            walked, found = (walked, rows) if isinstance(rows, Break) else follow(walked, rows)
            if found is not None:
                head = await self.store.head()
                return Walk(anchor=anchor, walked=walked, head=head, found=found, is_complete=True)

    async def _differs(self, start: ChainHead, anchor: ChainHead) -> Break | None:
        """Whether the chain holds another link than this one."""
        if start == anchor:
            return None
        if start.sequence <= anchor.sequence:
            return Break(
                sequence=start.sequence,
                problem=f"is not stored: what is begins behind event {anchor.sequence},"
                " which must be the last of an archive",
            )
        rows = await self.store.rows_after(start.sequence - 1, limit=1)
        if isinstance(rows, Break):
            return rows
        if not rows or rows[0].sequence != start.sequence:
            return Break(sequence=start.sequence, problem="the event that was noted is missing")
        if rows[0].chain_hash != start.chain_hash:
            return Break(
                sequence=start.sequence,
                problem="another hash was noted for it: it or an event before it was changed",
            )
        return None

    async def _has_more(self, walked: ChainHead) -> bool:
        rows = await self.store.rows_after(walked.sequence, limit=1)
        return isinstance(rows, Break) or bool(rows)


def _judge_end(walked: ChainHead, head: ChainHead | None) -> Break | None:
    if head is None:
        return Break(sequence=walked.sequence, problem="the head is missing")
    return compare_with_head(walked, head)
