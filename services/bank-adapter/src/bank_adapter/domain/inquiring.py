"""Asking the bank what became of a payment.

Every inquiry is an attempt of its own. A verdict comes only from a reading
that echoes our order (the driver sees to that); here the readings about all
messages that may have reached the bank are joined, and the transfer moves or
waits (rules of money, section 5).
"""

from __future__ import annotations

from collections.abc import Sequence

from msgspec.structs import replace

from bank_adapter.domain.attempt import Attempt
from bank_adapter.domain.change import Change, bump, note, step
from bank_adapter.domain.inquiry_schedule import InquirySchedule
from bank_adapter.domain.states import INQUIRED, Event
from bank_adapter.domain.transfer import Transfer
from bank_adapter.domain.verdict import Reading, Verdict

_MICROSECONDS = 1_000_000

_MOVES = {
    Verdict.SETTLED: Event.SETTLE,
    Verdict.REJECTED: Event.REJECT,
    Verdict.RETURNED: Event.RETURN,
}
# What is reported when no verdict is reached, the most telling first.
_UNDECIDED = (
    Verdict.PENDING,
    Verdict.UNKNOWN,
    Verdict.NOT_FOUND,
    Verdict.REFUSED,
    Verdict.REFUSED_TOKEN,
    Verdict.NOT_SENT,
)


def claim(transfer: Transfer, *, until_us: int) -> Change:
    """Takes the transfer for one round of inquiry until `until_us`."""
    after = replace(transfer, next_action_us=until_us)
    return Change(before=transfer, after=bump(after))


def open_inquiry(transfer: Transfer, attempt: Attempt) -> Change:
    """Stores the inquiry's id and bytes before they are used."""
    return Change(before=transfer, after=bump(transfer), opened=attempt)


def close_inquiry(transfer: Transfer, ended: Attempt, reading: Reading, *, at_us: int) -> Change:
    """Writes one inquiry's outcome; the transfer itself moves afterwards."""
    after, line = note(
        transfer,
        at_us=at_us,
        actor="bank-adapter",
        reason=f"INQUIRY_{reading.verdict.value}",
        attempt_id=ended.attempt_id,
    )
    return Change(before=transfer, after=bump(after), events=(line,), closed=ended)


def join(readings: Sequence[Reading]) -> Reading:
    """One reading for all messages of a transfer.

    One success settles. A rejection needs the same final word about every
    message. Otherwise the transfer stays where it is.
    """
    for verdict in (Verdict.SETTLED, Verdict.RETURNED):
        for reading in readings:
            if reading.verdict is verdict:
                return reading
    if readings and all(reading.verdict is Verdict.REJECTED for reading in readings):
        return readings[-1]
    for verdict in _UNDECIDED:
        for reading in readings:
            if reading.verdict is verdict:
                return reading
    return Reading(verdict=Verdict.UNKNOWN, reason="NOTHING_TO_ASK")


def conclude_inquiries(
    transfer: Transfer,
    reading: Reading,
    *,
    at_us: int,
    actor: str,
    schedule: InquirySchedule,
) -> Change | None:
    """What a round of inquiries, joined to one reading, does to the transfer.

    None when another process has moved the transfer meanwhile: its word stands.
    """
    if transfer.state not in INQUIRED:
        return None
    event = _MOVES.get(reading.verdict)
    if event is not None:
        moved, line = step(transfer, event, at_us=at_us, actor=actor, reason=reading.reason)
        after = replace(moved.with_words_of(reading), next_action_us=0, unresolved_us=0)
        return Change(before=transfer, after=bump(after), events=(line,))
    return ask_again(
        transfer,
        Event.EXHAUST_INQUIRIES,
        f"INQUIRIES_EXHAUSTED_{reading.verdict.value}",
        at_us=at_us,
        actor=actor,
        schedule=schedule,
    )


def ask_again(
    transfer: Transfer,
    event: Event,
    reason: str,
    *,
    at_us: int,
    actor: str,
    schedule: InquirySchedule,
) -> Change:
    """The bank is asked once more; at the end of the schedule `event` calls a person."""
    age_s = (at_us - transfer.unresolved_us) / _MICROSECONDS
    next_us = schedule.next_us(at_us=at_us, inquiry_count=transfer.inquiry_count + 1, age_s=age_s)
    if next_us is None:
        moved, line = step(transfer, event, at_us=at_us, actor=actor, reason=reason)
        after = replace(moved, next_action_us=0)
        return Change(before=transfer, after=bump(after), events=(line,))
    after = replace(
        transfer,
        inquiry_count=transfer.inquiry_count + 1,
        next_action_us=next_us,
    )
    return Change(before=transfer, after=bump(after))
