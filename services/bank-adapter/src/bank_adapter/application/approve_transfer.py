"""Approves or declines a waiting transfer by the word of a named person.

The person's reason, the step and both audit records are one transaction,
guarded by the version that was read. Nothing is sent here: an approved payment
is the worker's, behind the bank's circuit like any other.
"""

from __future__ import annotations

from servicekit.clock import Clock
from servicekit.log import get_logger

from bank_adapter.application.holds import Holds
from bank_adapter.application.operator_reason import check_reason
from bank_adapter.application.ports.identifiers import Identifiers
from bank_adapter.application.ports.ledger import Ledger, PagePosition
from bank_adapter.application.ports.operator_reads import OperatorReads
from bank_adapter.application.read_transfers import Page, TransferNotFoundError, waiting_page
from bank_adapter.application.records import resolved_by_operator, state_changed
from bank_adapter.domain.approving import NotApprovableError, Refusal, Word, decide
from bank_adapter.domain.states import State
from bank_adapter.domain.transfer import Transfer

log = get_logger()


class ApproveTransfer:
    """The verbs behind ApprovalService."""

    def __init__(
        self,
        *,
        ledger: Ledger,
        reads: OperatorReads,
        holds: Holds,
        identifiers: Identifiers,
        clock: Clock,
    ) -> None:
        self._holds = holds
        self._ledger = ledger
        self._reads = reads
        self._identifiers = identifiers
        self._clock = clock

    async def waiting(self, *, after: PagePosition | None, limit: int) -> Page:
        """What waits for approval, of every client, longest waiting first."""
        found = await self._reads.waiting(State.AWAITING_APPROVAL, after=after, limit=limit + 1)
        return waiting_page(found, limit)

    async def execute(self, transfer_id: str, word: Word, *, trace_id: str) -> Transfer:
        """The transfer after it.

        Raises InvalidFieldError, TransferNotFoundError, NotApprovableError,
        and OvertakenError when somebody changed it at the same moment.
        """
        check_reason(word.reason)
        transfer = await self._ledger.get(transfer_id)
        if transfer is None:
            raise TransferNotFoundError(transfer_id)
        if await self._holds.doubts(transfer):
            raise NotApprovableError(transfer, Refusal.IN_DOUBT)
        now_us = self._clock.now_us()
        change = decide(transfer, word, at_us=now_us)
        moved = state_changed(
            change, event_id=self._identifiers.event_id(), at_us=now_us, actor=word.operator
        )
        said = resolved_by_operator(
            change,
            event_id=self._identifiers.event_id(),
            trace_id=trace_id,
            seen_sequence=transfer.event_count,
        )
        await self._ledger.apply(change.with_records(moved, said))
        log.info(
            "an operator decided about a payment",
            transfer_id=transfer_id,
            operator=word.operator,
            approved=word.approved,
        )
        return change.after
