"""A payment that was settled and may have been sent back afterwards.

RTGS and SKN can be rejected late; the bank tells us by a notification, or its
statement shows money that looks like it. That is a claim: the bank is asked
before it is believed, and only an inquiry that echoes our order makes the
payment RETURNED (rules of money, sections 2 and 4). Until then it stays.
"""

from __future__ import annotations

from msgspec.structs import replace

from bank_adapter.domain.bank_notification import BankNotification, Handling
from bank_adapter.domain.change import Change, bump, note, step
from bank_adapter.domain.inquiring import ask_again
from bank_adapter.domain.inquiry_schedule import InquirySchedule
from bank_adapter.domain.states import INQUIRED, Event, State
from bank_adapter.domain.transfer import Transfer, TransferEvent
from bank_adapter.domain.verdict import Reading, Verdict

# The states a late rejection can end.
RETURNABLE = frozenset({State.SETTLED, State.RECONCILED})


def is_questioned(transfer: Transfer) -> bool:
    """Whether the bank is being asked if a settled payment came back."""
    return transfer.state in RETURNABLE and transfer.next_action_us > 0


def heed(
    transfer: Transfer, notification: BankNotification, *, at_us: int, actor: str
) -> tuple[Handling, Change | None]:
    """What a notification does: the bank is asked soon, or it is only kept.

    WAITING while the payment is being sent: what it will become is not known.
    A round of inquiry that is under way does not conclude once this is applied,
    because its answers may be older than the notification.
    """
    if transfer.state is State.SENDING:
        return Handling.WAITING, None
    if transfer.state in INQUIRED:
        asked = transfer
    elif transfer.state in RETURNABLE and notification.rejected:
        asked = question(transfer, at_us=at_us)
    elif transfer.state is State.NEEDS_OPERATOR:
        # An event, so that no person decides without having seen it.
        noted, line = _notified(transfer, notification, at_us=at_us, actor=actor)
        return Handling.EVIDENCE, Change(before=transfer, after=bump(noted), events=(line,))
    else:
        return Handling.EVIDENCE, None
    noted, line = _notified(asked, notification, at_us=at_us, actor=actor)
    after = replace(noted, next_action_us=at_us)
    return Handling.ASKED, Change(before=transfer, after=bump(after), events=(line,))


def question(transfer: Transfer, *, at_us: int) -> Transfer:
    """The bank is asked now whether a settled payment came back."""
    already = is_questioned(transfer)
    return replace(
        transfer,
        inquiry_count=0,
        unresolved_us=transfer.unresolved_us if already else at_us,
        next_action_us=at_us,
    )


def _notified(
    transfer: Transfer, notification: BankNotification, *, at_us: int, actor: str
) -> tuple[Transfer, TransferEvent]:
    reason = f"BANK_NOTIFIED_{notification.service_code}"
    return note(transfer, at_us=at_us, actor=actor, reason=reason)


def conclude_question(
    transfer: Transfer, reading: Reading, *, at_us: int, actor: str, schedule: InquirySchedule
) -> Change:
    """What the bank's answer does to a settled payment that was questioned.

    Gone (04, 05, 06) makes it RETURNED. Still settled: it stays, the claim was
    wrong. Anything else is asked again; when the schedule is at its end, a
    person decides.
    """
    match reading.verdict:
        case Verdict.RETURNED | Verdict.REJECTED:
            moved, line = step(
                transfer, Event.RETURN, at_us=at_us, actor=actor, reason="LATE_REJECTION"
            )
            after = replace(moved.with_words_of(reading), next_action_us=0, unresolved_us=0)
        case Verdict.SETTLED:
            noted, line = note(
                transfer, at_us=at_us, actor=actor, reason="LATE_REJECTION_NOT_CONFIRMED"
            )
            after = replace(noted, next_action_us=0, unresolved_us=0)
        case _:
            return ask_again(
                transfer,
                Event.CONTRADICT,
                f"LATE_REJECTION_{reading.verdict.value}",
                at_us=at_us,
                actor=actor,
                schedule=schedule,
            )
    return Change(before=transfer, after=bump(after), events=(line,))
