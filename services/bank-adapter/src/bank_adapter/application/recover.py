"""Gives up what a dead process left in SENDING: it becomes UNKNOWN, never sent again.

Also ends inquiries whose asker died, so that every attempt has an end in the
audit. The recovery asks no bank; the inquiry loop does, afterwards.
"""

from __future__ import annotations

from collections.abc import Coroutine

from msgspec.structs import replace
from servicekit.clock import Clock
from servicekit.log import get_logger

from bank_adapter.application.bank import Banks
from bank_adapter.application.holds import Holds
from bank_adapter.application.ports.identifiers import Identifiers
from bank_adapter.application.ports.ledger import Ledger, OvertakenError
from bank_adapter.application.records import ACTOR, attempt_finished, state_changed
from bank_adapter.application.steps import Reached, nowhere
from bank_adapter.domain.attempt import Attempt, AttemptResult
from bank_adapter.domain.hold import ON_HOLD
from bank_adapter.domain.inquiring import close_inquiry
from bank_adapter.domain.sending import expire, lose_track, postpone
from bank_adapter.domain.states import State
from bank_adapter.domain.transfer import Transfer
from bank_adapter.domain.verdict import Reading, Verdict
from bank_adapter.limits import HOLD_LOOK_S, WORKER_BATCH

_MICROSECONDS = 1_000_000
log = get_logger()


class Recover:
    """One pass over what has no living owner."""

    def __init__(
        self,
        *,
        banks: Banks,
        holds: Holds,
        ledger: Ledger,
        identifiers: Identifiers,
        clock: Clock,
        reached: Reached = nowhere,
    ) -> None:
        self._reached = reached
        self._banks = banks
        self._holds = holds
        self._ledger = ledger
        self._identifiers = identifiers
        self._clock = clock

    async def execute(self) -> int:
        """How many transfers and inquiries were given up."""
        now_us = self._clock.now_us()
        given_up = 0
        for transfer in await self._ledger.ownerless(now_us=now_us, limit=WORKER_BATCH):
            attempt = await self._ledger.attempt(transfer.attempt_id)
            if attempt is not None:
                given_up += await self._attempted(self._give_up(transfer, attempt))
        for inquiry in await self._ledger.overdue_inquiries(now_us=now_us, limit=WORKER_BATCH):
            asked = await self._ledger.get(inquiry.transfer_id)
            if asked is not None:
                given_up += await self._attempted(self._end_inquiry(asked, inquiry))
        return given_up

    async def expire(self, transfer: Transfer) -> Transfer:
        """REJECTED(EXPIRED) for a transfer past its send-by time.

        After a restored backup an older one waits on: it may have been sent.
        """
        now_us = self._clock.now_us()
        if await self._holds.doubts(transfer):
            look_us = now_us + int(HOLD_LOOK_S * _MICROSECONDS)
            reason = ON_HOLD if transfer.state is State.PREPARED else transfer.state_reason
            waits = postpone(transfer, at_us=now_us, reason=reason, until_us=look_us)
            await self._ledger.apply(waits)
            return waits.after
        change = expire(transfer, at_us=now_us, actor=ACTOR)
        record = state_changed(
            change, event_id=self._identifiers.event_id(), at_us=now_us, actor=ACTOR
        )
        await self._ledger.apply(change.with_records(record))
        return change.after

    async def _give_up(self, transfer: Transfer, attempt: Attempt) -> None:
        now_us = self._clock.now_us()
        overdue = transfer.attempt_deadline_us <= now_us
        ended = _lost(attempt, "DEADLINE_PASSED" if overdue else "OWNER_DIED", now_us)
        change = lose_track(
            transfer,
            ended,
            at_us=now_us,
            actor=ACTOR,
            reason=ended.reason,
            schedule=self._banks.find(transfer.bank).schedule_of(transfer.order.rail),
        )
        finished = attempt_finished(
            transfer, ended, event_id=self._identifiers.event_id(), after=change.after
        )
        await self._ledger.apply(change.with_records(finished))
        self._reached("given_up")
        log.warning(
            "payment lost its sender", transfer_id=transfer.transfer_id, reason=ended.reason
        )

    async def _end_inquiry(self, transfer: Transfer, inquiry: Attempt) -> None:
        now_us = self._clock.now_us()
        ended = _lost(inquiry, "DEADLINE_PASSED", now_us)
        reading = Reading(verdict=Verdict.UNKNOWN, reason=ended.reason)
        change = close_inquiry(transfer, ended, reading, at_us=now_us)
        finished = attempt_finished(transfer, ended, event_id=self._identifiers.event_id())
        await self._ledger.apply(change.with_records(finished))

    @staticmethod
    async def _attempted(work: Coroutine[None, None, None]) -> int:
        """1 when the work was done, 0 when somebody else was first."""
        try:
            await work
        except OvertakenError:
            return 0
        return 1


def _lost(attempt: Attempt, reason: str, at_us: int) -> Attempt:
    return replace(
        attempt,
        result=AttemptResult.LOST,
        verdict=Verdict.UNKNOWN,
        reason=reason,
        ended_us=at_us,
    )
