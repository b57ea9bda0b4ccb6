"""What state events say about a transfer, folded into one line for the charts.

The line is a projection: it can be built again from the events. Events may
arrive in any order; the highest sequence decides the state, and replaying an
event changes nothing. The money here is counted, never moved.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Final

from audit.domain.event import Event

# The kinds that may tell a state: that it changed, and that it changed with the
# end of an attempt (an attempt that moves nothing has no state beside it).
_STATE_CHANGED: Final = "transfer.state_changed"
_ATTEMPT_FINISHED: Final = "bank.attempt.finished"
_AMOUNT: Final = re.compile(r"(0|[1-9][0-9]{0,12})\.([0-9]{2})")
_CURRENCY: Final = re.compile(r"[A-Z]{3}")
_INTERNAL_STATE: Final = re.compile(r"[A-Z_]{0,64}")
_SEQUENCE: Final = re.compile(r"0|[1-9][0-9]{0,17}")


class TransferState(StrEnum):
    """The public states of a transfer, as in the contract of the adapter."""

    PENDING = "PENDING"
    SETTLED = "SETTLED"
    REJECTED = "REJECTED"
    RETURNED = "RETURNED"
    UNKNOWN = "UNKNOWN"
    NEEDS_OPERATOR = "NEEDS_OPERATOR"


# States in which somebody or something still has to act.
UNRESOLVED: Final = (TransferState.PENDING, TransferState.UNKNOWN, TransferState.NEEDS_OPERATOR)


@dataclass(frozen=True, slots=True, kw_only=True)
class TransferLine:
    """A transfer as its newest state event tells it.

    `settle_us` is the first time it became SETTLED, 0 when it never did.
    `amount_minor` is in hundredths of the currency.
    """

    transfer_id: str
    client_id: str
    partner_reference_no: str
    bank: str
    state: TransferState
    internal_state: str
    amount_minor: int
    currency: str
    sequence: int
    created_us: int
    updated_us: int
    settle_us: int


def tells_state(event: Event) -> bool:
    """Whether the event says which state a transfer has come to."""
    return event.kind == _STATE_CHANGED or (
        event.kind == _ATTEMPT_FINISHED and "state" in event.attributes
    )


def attribute_problems(event: Event) -> list[tuple[str, str]]:
    """(field, message) for each thing that keeps a state event out of the projection."""
    if not tells_state(event):
        return []
    problems: list[tuple[str, str]] = []
    if not event.transfer_id:
        problems.append(("transferId", "must name the transfer whose state changed"))
    attributes = event.attributes
    if attributes.get("state", "") not in TransferState.__members__:
        problems.append(("attributes.state", "must be a public state of a transfer"))
    if not _AMOUNT.fullmatch(attributes.get("amount", "")):
        problems.append(("attributes.amount", "must be a decimal with two decimals"))
    if not _CURRENCY.fullmatch(attributes.get("currency", "")):
        problems.append(("attributes.currency", "must be an ISO 4217 code"))
    if not _INTERNAL_STATE.fullmatch(attributes.get("internalState", "")):
        problems.append(("attributes.internalState", "must be a state's name"))
    if not _SEQUENCE.fullmatch(attributes.get("sequence", "")):
        problems.append(("attributes.sequence", "must be a whole number"))
    return problems


def minor_units(amount: str) -> int:
    """1250000.00 -> 125000000. Raises ValueError for any other form."""
    match = _AMOUNT.fullmatch(amount)
    if match is None:
        raise ValueError("not a decimal amount with two decimals")
    return int(match[1] + match[2])


def line_of(event: Event) -> TransferLine:
    """The line one valid state event draws on its own."""
    state = TransferState(event.attributes["state"])
    return TransferLine(
        transfer_id=event.transfer_id,
        client_id=event.client_id,
        partner_reference_no=event.partner_reference_no,
        bank=event.bank,
        state=state,
        internal_state=event.attributes.get("internalState", ""),
        amount_minor=minor_units(event.attributes["amount"]),
        currency=event.attributes["currency"],
        sequence=int(event.attributes["sequence"]),
        created_us=event.occur_us,
        updated_us=event.occur_us,
        settle_us=event.occur_us if state is TransferState.SETTLED else 0,
    )


def merge(one: TransferLine, other: TransferLine) -> TransferLine:
    """Two lines of one transfer: the later state, the earliest times."""
    newer = other if other.sequence > one.sequence else one
    settled = [line.settle_us for line in (one, other) if line.settle_us]
    return replace(
        newer,
        created_us=min(one.created_us, other.created_us),
        settle_us=min(settled, default=0),
    )


def fold(known: Mapping[str, TransferLine], events: Iterable[Event]) -> dict[str, TransferLine]:
    """The lines of the transfers that `events` touch, by transfer id."""
    lines: dict[str, TransferLine] = {}
    for event in events:
        if not tells_state(event):
            continue
        line = line_of(event)
        before = lines.get(line.transfer_id) or known.get(line.transfer_id)
        lines[line.transfer_id] = line if before is None else merge(before, line)
    return lines
