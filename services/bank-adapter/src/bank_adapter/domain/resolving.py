"""Leaving NEEDS_OPERATOR by a person's word.

The word is recorded with the person's name and reason, in the same change as
the step it causes. A payment that is sent again keeps its bank reference and
the count of attempts that may have reached the bank, so that no rejection of
a later attempt, no clock and no client can end it as rejected by itself.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from msgspec.structs import replace

from bank_adapter.domain.change import Change, bump, step
from bank_adapter.domain.operator_decision import OperatorDecision, Resolution
from bank_adapter.domain.states import Event, State
from bank_adapter.domain.transfer import Transfer, TransferEvent

RESOLVED: Final = "RESOLVED_BY_OPERATOR"
RESUMED: Final = "RESUMED_BY_OPERATOR"

_EVENTS: Final = {
    Resolution.SETTLED: Event.OPERATOR_SETTLE,
    Resolution.REJECTED: Event.OPERATOR_REJECT,
    Resolution.RESUMED: Event.OPERATOR_RESUME,
}


class Objection(StrEnum):
    """Why a resolution is not taken."""

    NOT_WAITING = "the transfer does not wait for an operator"
    OF_AN_APPROVAL = "this word is for a transfer that waits for approval"
    SEEN_TOO_LITTLE = "something happened to the transfer since it was looked at; look again"
    NOT_APPROVED = "nobody has approved it, so it cannot be sent; reject it and let it be made anew"
    REFERENCE_TAKEN = (
        "the bank holds this reference for another payment, so it cannot be sent again; "
        "reject it and pay under a new reference"
    )


class NotResolvableError(Exception):
    """The resolution is not allowed for the transfer as it is; nothing was changed."""

    def __init__(self, transfer: Transfer, objection: Objection) -> None:
        super().__init__(objection.value)
        self.transfer = transfer
        self.objection = objection


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """What a named person decides, and the last event the person saw."""

    resolution: Resolution
    operator: str
    reason: str
    seen_sequence: int


def allowed(transfer: Transfer, events: Collection[TransferEvent]) -> tuple[Resolution, ...]:
    """What may be decided now; nothing unless the transfer waits for a person."""
    return tuple(
        resolution for resolution in _EVENTS if _objection(transfer, events, resolution) is None
    )


def resolve(
    transfer: Transfer,
    events: Collection[TransferEvent],
    decision: Decision,
    *,
    at_us: int,
    send_by_us: int,
) -> Change:
    """To SETTLED, REJECTED or PREPARED. Raises NotResolvableError.

    `events` are the transfer's own; `send_by_us` is until when a resumed
    payment may be sent.
    """
    objection = _objection(transfer, events, decision.resolution)
    if objection is None and decision.seen_sequence != transfer.event_count:
        objection = Objection.SEEN_TOO_LITTLE
    if objection is not None:
        raise NotResolvableError(transfer, objection)
    resumed = decision.resolution is Resolution.RESUMED
    moved, line = step(
        transfer,
        _EVENTS[decision.resolution],
        at_us=at_us,
        actor=decision.operator,
        reason=RESUMED if resumed else RESOLVED,
    )
    after = replace(moved, next_action_us=0, unresolved_us=0, owner_id="")
    if resumed:
        # The inquiries of the next attempt start anew; its exposures do not.
        after = replace(
            after,
            next_action_us=at_us,
            inquiry_count=0,
            send_by_us=max(send_by_us, transfer.send_by_us),
        )
    return Change(
        before=transfer,
        after=bump(after),
        events=(line,),
        decision=OperatorDecision(
            transfer_id=transfer.transfer_id,
            sequence=line.sequence,
            at_us=at_us,
            operator=decision.operator,
            resolution=decision.resolution,
            reason=decision.reason,
        ),
    )


def _objection(
    transfer: Transfer, events: Collection[TransferEvent], resolution: Resolution
) -> Objection | None:
    if transfer.state is not State.NEEDS_OPERATOR:
        return Objection.NOT_WAITING
    if resolution not in _EVENTS:
        return Objection.OF_AN_APPROVAL
    happened = {line.event for line in events}
    if resolution is Resolution.RESUMED and Event.COLLIDE.value in happened:
        return Objection.REFERENCE_TAKEN
    unapproved = Event.AWAIT_APPROVAL.value in happened and Event.APPROVE.value not in happened
    if resolution is Resolution.RESUMED and unapproved:
        return Objection.NOT_APPROVED
    return None
