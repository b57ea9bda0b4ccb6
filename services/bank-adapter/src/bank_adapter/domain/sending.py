"""Sending a payment: the intent before, the conclusion after.

The intent (`open_sending`) is committed before anything is signed or sent.
What the bank's signal means for the transfer is decided here from the verdict
and from whether an earlier attempt may have reached the bank (rules of money,
section 4). Pure; the ledger makes it durable.
"""

from __future__ import annotations

from dataclasses import dataclass

from msgspec.structs import replace

from bank_adapter.domain.attempt import HARMLESS, Attempt, AttemptResult
from bank_adapter.domain.change import Change, bump, note, receive, step
from bank_adapter.domain.inquiry_schedule import InquirySchedule
from bank_adapter.domain.states import FINAL, TRANSITIONS, Event, IllegalEventError, State
from bank_adapter.domain.transfer import Transfer, TransferEvent
from bank_adapter.domain.verdict import Reading, Verdict

_MICROSECONDS = 1_000_000

_EVENTS = {
    Verdict.NOT_SENT: Event.NOT_SENT,
    Verdict.REFUSED: Event.REFUSED,
    Verdict.REFUSED_TOKEN: Event.REFUSED,
    Verdict.SETTLED: Event.SETTLE,
    Verdict.ACCEPTED: Event.ACCEPT,
    Verdict.REJECTED: Event.REJECT,
    Verdict.DUPLICATE: Event.COLLIDE,
}
# These words speak of the money only if no earlier attempt can have moved it.
_ONLY_WHEN_UNEXPOSED = frozenset({Verdict.REJECTED, Verdict.DUPLICATE})
# After these the payment must not be sent again.
_TAKEN = frozenset({Event.SETTLE, Event.ACCEPT})


@dataclass(frozen=True, slots=True, kw_only=True)
class RetryPolicy:
    """Waits before another attempt, in seconds, when no money can have moved.

    `not_sent_first_s` doubles up to `not_sent_most_s`; `refused_s` is the wait
    after the bank or the signer refused us, when every attempt would fail.
    """

    not_sent_first_s: float = 1.0
    not_sent_most_s: float = 60.0
    refused_s: float = 60.0

    def wait_s(self, verdict: Verdict, transfer: Transfer) -> float:
        if verdict is Verdict.REFUSED_TOKEN and transfer.token_refusal_count <= 1:
            return 0.0
        if verdict in {Verdict.REFUSED, Verdict.REFUSED_TOKEN}:
            return self.refused_s
        doublings = min(max(transfer.send_count - 1, 0), 16)
        return min(self.not_sent_first_s * float(2**doublings), self.not_sent_most_s)


def receive_and_send(transfer: Transfer, attempt: Attempt, *, at_us: int, actor: str) -> Change:
    """A new transfer, from RECEIVED to SENDING in one change."""
    prepared, lines = receive(transfer, at_us=at_us, actor=actor)
    sending, line = _send(prepared, attempt, at_us=at_us, actor=actor)
    return Change(before=None, after=sending, events=(*lines, line), opened=attempt)


def receive_only(
    transfer: Transfer, *, at_us: int, actor: str, reason: str, until_us: int
) -> Change:
    """A new transfer that waits in PREPARED for the worker, with the reason shown."""
    prepared, lines = receive(transfer, at_us=at_us, actor=actor)
    waiting = replace(prepared, state_reason=reason, next_action_us=until_us)
    return Change(before=None, after=waiting, events=lines)


def postpone(transfer: Transfer, *, at_us: int, reason: str, until_us: int) -> Change:
    """A PREPARED transfer waits on, because its bank's circuit is open.

    Only a new reason is news to the ERP's pull feed.
    """
    updated_us = transfer.updated_us if transfer.state_reason == reason else at_us
    waiting = replace(
        transfer,
        state_reason=reason,
        next_action_us=until_us,
        updated_us=max(updated_us, transfer.updated_us),
    )
    return Change(before=transfer, after=bump(waiting))


def open_sending(transfer: Transfer, attempt: Attempt, *, at_us: int, actor: str) -> Change:
    """PREPARED to SENDING with a new attempt. Raises IllegalEventError."""
    sending, line = _send(transfer, attempt, at_us=at_us, actor=actor)
    return Change(before=transfer, after=bump(sending), events=(line,), opened=attempt)


def _send(
    transfer: Transfer, attempt: Attempt, *, at_us: int, actor: str
) -> tuple[Transfer, TransferEvent]:
    moved, line = step(
        transfer, Event.SEND, at_us=at_us, actor=actor, attempt_id=attempt.attempt_id
    )
    sending = replace(
        moved,
        attempt_id=attempt.attempt_id,
        owner_id=attempt.owner_id,
        attempt_deadline_us=attempt.deadline_us,
        next_action_us=0,
        send_count=moved.send_count + 1,
    )
    return sending, line


def event_of(verdict: Verdict, *, exposed_before: bool) -> Event:
    """What an attempt's verdict does to its transfer.

    `exposed_before` says that an earlier attempt may have reached the bank: a
    rejection of a later one then says nothing about the money, and a bank that
    knows our reference is no foreign collision.
    """
    if exposed_before and verdict in _ONLY_WHEN_UNEXPOSED:
        return Event.LOSE_TRACK
    return _EVENTS.get(verdict, Event.LOSE_TRACK)


def conclude_sending(
    transfer: Transfer,
    stored: Attempt,
    ended: Attempt,
    reading: Reading,
    *,
    at_us: int,
    actor: str,
    retry: RetryPolicy,
    schedule: InquirySchedule,
) -> Change:
    """Writes what came of a payment's attempt.

    `stored` is the attempt as the ledger has it, `ended` the same with its
    outcome. Works for the answer in time and for a late one, after recovery
    had already given the attempt up: then the table decides what the late
    word may still do, a contradiction of a final state calls an operator, and
    anything else is kept as evidence.
    """
    counted = stored.result is AttemptResult.LOST
    exposed_before = transfer.exposed_count > (1 if counted else 0)
    event = event_of(reading.verdict, exposed_before=exposed_before)
    current = transfer.attempt_id == ended.attempt_id
    if current and event in TRANSITIONS[transfer.state] and transfer.state not in FINAL:
        moved, line = step(
            transfer,
            event,
            at_us=at_us,
            actor=actor,
            reason=reading.reason,
            attempt_id=ended.attempt_id,
        )
    elif contradicts(transfer.state, event):
        moved, line = step(
            transfer,
            Event.CONTRADICT,
            at_us=at_us,
            actor=actor,
            reason="BANK_CONTRADICTS",
            attempt_id=ended.attempt_id,
        )
    elif transfer.state is State.PREPARED and event in _TAKEN:
        # An operator had it sent again, and an earlier attempt turns out to have arrived.
        moved, line = step(
            transfer,
            Event.HAND_BACK,
            at_us=at_us,
            actor=actor,
            reason="BANK_CONTRADICTS",
            attempt_id=ended.attempt_id,
        )
    else:
        moved, line = note(
            transfer,
            at_us=at_us,
            actor=actor,
            reason=f"LATE_{reading.verdict.value}",
            attempt_id=ended.attempt_id,
        )
    after = _account(moved, ended, reading, counted=counted)
    after = schedule_next(after, reading.verdict, at_us=at_us, retry=retry, schedule=schedule)
    return Change(before=transfer, after=bump(after), events=(line,), closed=ended)


def contradicts(state: State, event: Event) -> bool:
    """Whether the bank's word excludes a final state we already reported."""
    if state in {State.REJECTED, State.CANCELLED}:
        return event in {Event.SETTLE, Event.ACCEPT, Event.RETURN}
    if state in {State.SETTLED, State.RECONCILED, State.RETURNED}:
        return event is Event.REJECT
    return False


def _account(moved: Transfer, ended: Attempt, reading: Reading, *, counted: bool) -> Transfer:
    """Keeps the books of the transfer: exposures, refusals, the bank's words."""
    harmless = ended.result in HARMLESS
    exposure = (0 if harmless else 1) - (1 if counted else 0)
    refusal = 1 if reading.verdict is Verdict.REFUSED_TOKEN else 0
    return replace(
        moved.with_words_of(reading),
        exposed_count=moved.exposed_count + exposure,
        token_refusal_count=moved.token_refusal_count + refusal,
    )


def schedule_next(
    transfer: Transfer,
    verdict: Verdict,
    *,
    at_us: int,
    retry: RetryPolicy,
    schedule: InquirySchedule,
) -> Transfer:
    """Sets when the worker looks again, from the state the transfer is in now."""
    if transfer.state is State.PREPARED:
        wait_us = int(retry.wait_s(verdict, transfer) * _MICROSECONDS)
        return replace(transfer, next_action_us=at_us + wait_us, owner_id="", unresolved_us=0)
    if transfer.state in {State.UNKNOWN, State.ACCEPTED}:
        if transfer.unresolved_us:
            return transfer
        first_us = schedule.next_us(at_us=at_us, inquiry_count=0, age_s=0.0)
        return replace(
            transfer,
            owner_id="",
            unresolved_us=at_us,
            inquiry_count=0,
            next_action_us=at_us if first_us is None else first_us,
        )
    return replace(transfer, next_action_us=0, owner_id="")


def lose_track(
    transfer: Transfer,
    ended: Attempt,
    *,
    at_us: int,
    actor: str,
    reason: str,
    schedule: InquirySchedule,
) -> Change:
    """SENDING to UNKNOWN: the owner died or the attempt's deadline passed."""
    moved, line = step(
        transfer,
        Event.LOSE_TRACK,
        at_us=at_us,
        actor=actor,
        reason=reason,
        attempt_id=ended.attempt_id,
    )
    exposed = replace(moved, exposed_count=moved.exposed_count + 1)
    after = schedule_next(
        exposed, Verdict.UNKNOWN, at_us=at_us, retry=RetryPolicy(), schedule=schedule
    )
    return Change(before=transfer, after=bump(after), events=(line,), closed=ended)


def expire(transfer: Transfer, *, at_us: int, actor: str) -> Change:
    """PREPARED to REJECTED(EXPIRED) at the send-by time.

    One that an operator resumed goes back to the operator: an attempt of it may
    have reached the bank, and a clock is no word of the bank.
    """
    exposed = transfer.exposed_count > 0
    moved, line = step(
        transfer,
        Event.HAND_BACK if exposed else Event.EXPIRE,
        at_us=at_us,
        actor=actor,
        reason="SEND_BY_PASSED" if exposed else "EXPIRED",
    )
    after = replace(moved, next_action_us=0)
    return Change(before=transfer, after=bump(after), events=(line,))


def cancel(transfer: Transfer, *, at_us: int, actor: str) -> Change:
    """To CANCELLED while no attempt is open or may have arrived. Raises IllegalEventError."""
    if transfer.exposed_count > 0:
        raise IllegalEventError(transfer.state, Event.CANCEL)
    moved, line = step(transfer, Event.CANCEL, at_us=at_us, actor=actor, reason="CANCELLED")
    after = replace(moved, next_action_us=0)
    return Change(before=transfer, after=bump(after), events=(line,))
