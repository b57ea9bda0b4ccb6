"""The life of a transfer: every state, every event, one table.

An event that is not in the table for the state raises IllegalEventError and
changes nothing. The picture in docs/transfer-life.md is generated from this
table. Source: the house's rules of money (docs/transfer-life.md).
"""

from __future__ import annotations

from enum import StrEnum
from typing import Final


class State(StrEnum):
    """Internal states."""

    RECEIVED = "RECEIVED"
    VALIDATED = "VALIDATED"
    AWAITING_APPROVAL = "AWAITING_APPROVAL"
    APPROVED = "APPROVED"
    PREPARED = "PREPARED"
    SENDING = "SENDING"
    ACCEPTED = "ACCEPTED"
    UNKNOWN = "UNKNOWN"
    SETTLED = "SETTLED"
    RECONCILED = "RECONCILED"
    REJECTED = "REJECTED"
    CANCELLED = "CANCELLED"
    RETURNED = "RETURNED"
    NEEDS_OPERATOR = "NEEDS_OPERATOR"


class Event(StrEnum):
    """What can happen to a transfer."""

    VALIDATE = "VALIDATE"
    AWAIT_APPROVAL = "AWAIT_APPROVAL"
    APPROVE = "APPROVE"
    DECLINE = "DECLINE"
    PREPARE = "PREPARE"
    SEND = "SEND"
    # The attempt's sender knows that no byte was written.
    NOT_SENT = "NOT_SENT"
    # The bank or the signer refused before processing.
    REFUSED = "REFUSED"
    SETTLE = "SETTLE"
    ACCEPT = "ACCEPT"
    REJECT = "REJECT"
    RETURN = "RETURN"
    LOSE_TRACK = "LOSE_TRACK"
    # The bank knows our reference although we never sent it.
    COLLIDE = "COLLIDE"
    EXHAUST_INQUIRIES = "EXHAUST_INQUIRIES"
    RECONCILE = "RECONCILE"
    CANCEL = "CANCEL"
    EXPIRE = "EXPIRE"
    # A payment that a person resumed must not end by itself, and one that the
    # statement shows before it was sent must not be sent: a person decides.
    HAND_BACK = "HAND_BACK"
    # The bank said something that a final state excludes.
    CONTRADICT = "CONTRADICT"
    OPERATOR_SETTLE = "OPERATOR_SETTLE"
    OPERATOR_REJECT = "OPERATOR_REJECT"
    OPERATOR_RESUME = "OPERATOR_RESUME"


class PublicState(StrEnum):
    """The few states the ERP sees; the names are part of the contract."""

    PENDING = "PENDING"
    SETTLED = "SETTLED"
    REJECTED = "REJECTED"
    RETURNED = "RETURNED"
    UNKNOWN = "UNKNOWN"
    NEEDS_OPERATOR = "NEEDS_OPERATOR"


TRANSITIONS: Final[dict[State, dict[Event, State]]] = {
    State.RECEIVED: {
        Event.VALIDATE: State.VALIDATED,
    },
    State.VALIDATED: {
        Event.PREPARE: State.PREPARED,
        Event.AWAIT_APPROVAL: State.AWAITING_APPROVAL,
    },
    State.AWAITING_APPROVAL: {
        Event.APPROVE: State.APPROVED,
        Event.DECLINE: State.REJECTED,
        Event.CANCEL: State.CANCELLED,
        Event.EXPIRE: State.REJECTED,
        Event.HAND_BACK: State.NEEDS_OPERATOR,
    },
    State.APPROVED: {
        Event.PREPARE: State.PREPARED,
        Event.CANCEL: State.CANCELLED,
        Event.EXPIRE: State.REJECTED,
    },
    State.PREPARED: {
        Event.SEND: State.SENDING,
        Event.CANCEL: State.CANCELLED,
        Event.EXPIRE: State.REJECTED,
        Event.HAND_BACK: State.NEEDS_OPERATOR,
    },
    State.SENDING: {
        Event.NOT_SENT: State.PREPARED,
        Event.REFUSED: State.PREPARED,
        Event.SETTLE: State.SETTLED,
        Event.ACCEPT: State.ACCEPTED,
        Event.REJECT: State.REJECTED,
        Event.LOSE_TRACK: State.UNKNOWN,
        Event.COLLIDE: State.NEEDS_OPERATOR,
    },
    State.ACCEPTED: {
        Event.SETTLE: State.SETTLED,
        Event.REJECT: State.REJECTED,
        Event.RETURN: State.RETURNED,
        Event.EXHAUST_INQUIRIES: State.NEEDS_OPERATOR,
    },
    State.UNKNOWN: {
        Event.SETTLE: State.SETTLED,
        Event.REJECT: State.REJECTED,
        Event.RETURN: State.RETURNED,
        Event.ACCEPT: State.ACCEPTED,
        # Only a late word of the attempt's own sender says these two.
        Event.NOT_SENT: State.PREPARED,
        Event.REFUSED: State.PREPARED,
        Event.COLLIDE: State.NEEDS_OPERATOR,
        Event.EXHAUST_INQUIRIES: State.NEEDS_OPERATOR,
    },
    State.SETTLED: {
        Event.RECONCILE: State.RECONCILED,
        Event.RETURN: State.RETURNED,
        Event.CONTRADICT: State.NEEDS_OPERATOR,
    },
    State.RECONCILED: {
        Event.RETURN: State.RETURNED,
        Event.CONTRADICT: State.NEEDS_OPERATOR,
    },
    State.REJECTED: {Event.CONTRADICT: State.NEEDS_OPERATOR},
    State.CANCELLED: {Event.CONTRADICT: State.NEEDS_OPERATOR},
    State.RETURNED: {Event.CONTRADICT: State.NEEDS_OPERATOR},
    State.NEEDS_OPERATOR: {
        Event.OPERATOR_SETTLE: State.SETTLED,
        Event.OPERATOR_REJECT: State.REJECTED,
        Event.OPERATOR_RESUME: State.PREPARED,
    },
}

PUBLIC: Final[dict[State, PublicState]] = {
    State.RECEIVED: PublicState.PENDING,
    State.VALIDATED: PublicState.PENDING,
    State.AWAITING_APPROVAL: PublicState.PENDING,
    State.APPROVED: PublicState.PENDING,
    State.PREPARED: PublicState.PENDING,
    State.SENDING: PublicState.PENDING,
    State.ACCEPTED: PublicState.PENDING,
    State.UNKNOWN: PublicState.UNKNOWN,
    State.SETTLED: PublicState.SETTLED,
    State.RECONCILED: PublicState.SETTLED,
    State.REJECTED: PublicState.REJECTED,
    State.CANCELLED: PublicState.REJECTED,
    State.RETURNED: PublicState.RETURNED,
    State.NEEDS_OPERATOR: PublicState.NEEDS_OPERATOR,
}

# The bank is asked about these until it gives an explicit word.
INQUIRED: Final = frozenset({State.ACCEPTED, State.UNKNOWN})
# Nothing but a contradiction, a return or a reconciliation changes these.
FINAL: Final = frozenset(
    {State.SETTLED, State.RECONCILED, State.REJECTED, State.CANCELLED, State.RETURNED}
)


class IllegalEventError(Exception):
    """The event cannot happen in this state; nothing was changed."""

    def __init__(self, state: State, event: Event) -> None:
        super().__init__(f"{event} cannot happen in {state}")
        self.state = state
        self.event = event


def advance(state: State, event: Event) -> State:
    """The state after the event. Raises IllegalEventError."""
    try:
        return TRANSITIONS[state][event]
    except KeyError:
        raise IllegalEventError(state, event) from None
