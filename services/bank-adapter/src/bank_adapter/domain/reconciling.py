"""What a bank's statement does to a payment.

The statement is the bank's last word about the money, later than any answer.
A debit of a settled payment reconciles it; a debit of one that should have
none, and a settled payment that a complete statement does not show, contradict
the ledger: a person decides, and nothing is guessed (docs/transfer-life.md).
"""

from __future__ import annotations

from typing import Final

from msgspec.structs import replace

from bank_adapter.domain.change import Change, bump, note, step
from bank_adapter.domain.kept_line import KeptLine
from bank_adapter.domain.late_rejection import RETURNABLE, question
from bank_adapter.domain.resolving import RESOLVED
from bank_adapter.domain.statement_match import NOT_SENT, Basis
from bank_adapter.domain.states import TRANSITIONS, Event, State
from bank_adapter.domain.transfer import Transfer

DEBITED: Final = "DEBIT_ON_STATEMENT"
NOT_SHOWN: Final = "NOT_ON_STATEMENT"
SHOWN_RETURNED: Final = "RETURN_ON_STATEMENT"

_ENDED = frozenset({State.REJECTED, State.CANCELLED})


def debit_shown(transfer: Transfer, line: KeptLine, *, at_us: int, actor: str) -> Change | None:
    """What a debit that is certainly the payment's does to it.

    None for a payment whose own inquiry is still to say it: then the line is
    no evidence yet.
    """
    reason = f"STATEMENT_{line.basis}"
    if transfer.state is State.SETTLED:
        moved, event = step(transfer, Event.RECONCILE, at_us=at_us, actor=actor, reason=reason)
        # What made it SETTLED stays on show.
        after = replace(moved, reconciled_us=at_us, state_reason=transfer.state_reason)
    elif transfer.state in {State.RECONCILED, State.RETURNED}:
        after, event = note(transfer, at_us=at_us, actor=actor, reason=reason)
    elif transfer.state in _ENDED:
        moved, event = step(transfer, Event.CONTRADICT, at_us=at_us, actor=actor, reason=DEBITED)
        after = replace(moved, next_action_us=0)
    elif transfer.state in NOT_SENT:
        return hand_back(transfer, line, at_us=at_us, actor=actor)
    else:
        return None
    return Change(before=transfer, after=bump(after), events=(event,), line=line)


def hand_back(transfer: Transfer, line: KeptLine, *, at_us: int, actor: str) -> Change | None:
    """A payment that is not sent yet, beside a debit that looks like it: it is not sent.

    Somebody paid it by hand, or it was sent by a database that was lost. It
    counts as exposed from now on: no rejection ends it by itself. None for
    a payment that is no longer waiting.
    """
    if Event.HAND_BACK not in TRANSITIONS[transfer.state]:
        return None
    moved, event = step(transfer, Event.HAND_BACK, at_us=at_us, actor=actor, reason=DEBITED)
    after = replace(moved, next_action_us=0, exposed_count=max(transfer.exposed_count, 1))
    return Change(before=transfer, after=bump(after), events=(event,), line=line)


def is_judged(transfer: Transfer) -> bool:
    """Whether a missing debit speaks against it; not against a person's word."""
    return transfer.state is State.SETTLED and transfer.state_reason != RESOLVED


def debit_missing(transfer: Transfer, *, at_us: int, actor: str) -> Change:
    """A settled payment that complete statements do not show, day after day."""
    moved, event = step(transfer, Event.CONTRADICT, at_us=at_us, actor=actor, reason=NOT_SHOWN)
    after = replace(moved, next_action_us=0)
    return Change(before=transfer, after=bump(after), events=(event,))


def return_shown(
    transfer: Transfer, line: KeptLine | None, *, at_us: int, actor: str
) -> Change | None:
    """Money of the payment's amount came back.

    A credit that names our reference returns it. One that only looks like it
    makes the bank be asked, like a notification: a wrong RETURNED would have
    the ERP pay again. None when it is no longer settled.
    """
    if transfer.state not in RETURNABLE:
        return None
    if line is not None and line.basis == Basis.REFERENCE:
        moved, event = step(transfer, Event.RETURN, at_us=at_us, actor=actor, reason=SHOWN_RETURNED)
        after = replace(moved, next_action_us=0, unresolved_us=0)
    else:
        asked = question(transfer, at_us=at_us)
        after, event = note(asked, at_us=at_us, actor=actor, reason=SHOWN_RETURNED)
    return Change(before=transfer, after=bump(after), events=(event,), line=line)
