"""A payment that waits for a second pair of eyes, and the word of its owner.

The client makes, a named person checks. Until the person approves nothing is
prepared for sending; a decline, the client's cancellation and the send-by time
end it, and no money can have moved.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from msgspec.structs import replace

from bank_adapter.domain.change import Change, bump, received, step
from bank_adapter.domain.operator_decision import OperatorDecision, Resolution
from bank_adapter.domain.selection import Selection
from bank_adapter.domain.states import Event, State
from bank_adapter.domain.transfer import Transfer, TransferEvent

AWAITING: Final = "AWAITING_APPROVAL"
DECLINED: Final = "DECLINED"


@dataclass(frozen=True, slots=True, kw_only=True)
class ApprovalRule(Selection):
    """Payments of at least `from_minor` wait; 0 is every one of the selection."""

    from_minor: int = 0

    def needs(self, transfer: Transfer) -> bool:
        return transfer.order.amount.minor >= self.from_minor and self.covers(transfer)


class Refusal(StrEnum):
    """Why a word is not taken."""

    NOT_WAITING = "the transfer does not wait for approval"
    IN_DOUBT = "it may have been sent before the backup was restored; compare the statement first"
    TOO_LATE = "its time for sending has passed; it ends as expired"


class NotApprovableError(Exception):
    """The word is not allowed for the transfer as it is; nothing was changed."""

    def __init__(self, transfer: Transfer, refusal: Refusal) -> None:
        super().__init__(refusal.value)
        self.transfer = transfer
        self.refusal = refusal


@dataclass(frozen=True, slots=True, kw_only=True)
class Word:
    """What a named person says, and why."""

    approved: bool
    operator: str
    reason: str


def receive_for_approval(transfer: Transfer, *, at_us: int, actor: str) -> Change:
    """A new transfer that waits for a person; the worker ends it at its send-by time."""
    validated, lines = received(transfer, at_us=at_us, actor=actor)
    waiting, line = step(validated, Event.AWAIT_APPROVAL, at_us=at_us, actor=actor, reason=AWAITING)
    after = replace(waiting, next_action_us=transfer.send_by_us)
    return Change(before=None, after=after, events=(*lines, line))


def decide(transfer: Transfer, word: Word, *, at_us: int) -> Change:
    """To PREPARED, where the worker sends it, or to REJECTED. Raises NotApprovableError."""
    if transfer.state is not State.AWAITING_APPROVAL:
        raise NotApprovableError(transfer, Refusal.NOT_WAITING)
    if word.approved and transfer.send_by_us <= at_us:
        raise NotApprovableError(transfer, Refusal.TOO_LATE)
    more: tuple[TransferEvent, ...]
    if word.approved:
        approved, first = step(transfer, Event.APPROVE, at_us=at_us, actor=word.operator)
        moved, second = step(approved, Event.PREPARE, at_us=at_us, actor=word.operator)
        after, more = replace(moved, next_action_us=at_us), (second,)
    else:
        moved, first = step(
            transfer, Event.DECLINE, at_us=at_us, actor=word.operator, reason=DECLINED
        )
        after, more = replace(moved, next_action_us=0), ()
    return Change(
        before=transfer,
        after=bump(after),
        events=(first, *more),
        decision=OperatorDecision(
            transfer_id=transfer.transfer_id,
            sequence=first.sequence,
            at_us=at_us,
            operator=word.operator,
            resolution=Resolution.APPROVED if word.approved else Resolution.DECLINED,
            reason=word.reason,
        ),
    )
