"""A change: everything one step writes, in one transaction or not at all."""

from __future__ import annotations

from msgspec import Struct
from msgspec.structs import replace

from bank_adapter.domain.attempt import Attempt
from bank_adapter.domain.audit_record import AuditRecord
from bank_adapter.domain.kept_line import KeptLine
from bank_adapter.domain.operator_decision import OperatorDecision
from bank_adapter.domain.spending_limit import LimitDraw
from bank_adapter.domain.states import Event, State, advance
from bank_adapter.domain.transfer import Transfer, TransferEvent


class Change(Struct, frozen=True, kw_only=True):
    """A transfer before and after, with what is written beside it.

    `before` is None for a new transfer. The ledger applies the whole change
    only if the stored version is still `before.version`.
    """

    before: Transfer | None
    after: Transfer
    events: tuple[TransferEvent, ...] = ()
    opened: Attempt | None = None
    closed: Attempt | None = None
    records: tuple[AuditRecord, ...] = ()
    # Of a new transfer: what it takes of the limits, or it is not written.
    draws: tuple[LimitDraw, ...] = ()
    decision: OperatorDecision | None = None
    # The line of a statement that caused it, as evidence.
    line: KeptLine | None = None

    def with_records(self, *records: AuditRecord) -> Change:
        """The same change with more for the audit."""
        return replace(self, records=self.records + records)

    @property
    def moved(self) -> bool:
        """Whether the internal state changed."""
        return self.before is None or self.before.state is not self.after.state


def bump(transfer: Transfer) -> Transfer:
    """The same facts under the next version."""
    return replace(transfer, version=transfer.version + 1)


def step(
    transfer: Transfer,
    event: Event,
    *,
    at_us: int,
    actor: str,
    reason: str = "",
    attempt_id: str = "",
) -> tuple[Transfer, TransferEvent]:
    """Moves a transfer along the table. Raises IllegalEventError.

    The version is not touched: one change may take several steps.
    """
    to_state = advance(transfer.state, event)
    line = TransferEvent(
        transfer_id=transfer.transfer_id,
        sequence=transfer.event_count + 1,
        at_us=at_us,
        event=event.value,
        from_state=transfer.state.value,
        to_state=to_state.value,
        reason=reason,
        attempt_id=attempt_id,
        actor=actor,
    )
    moved = replace(
        transfer,
        state=to_state,
        state_reason=reason,
        event_count=line.sequence,
        updated_us=max(at_us, transfer.updated_us),
    )
    return moved, line


def note(
    transfer: Transfer, *, at_us: int, actor: str, reason: str, attempt_id: str = ""
) -> tuple[Transfer, TransferEvent]:
    """Appends a fact that moves nothing: evidence."""
    line = TransferEvent(
        transfer_id=transfer.transfer_id,
        sequence=transfer.event_count + 1,
        at_us=at_us,
        event="",
        from_state=transfer.state.value,
        to_state=transfer.state.value,
        reason=reason,
        attempt_id=attempt_id,
        actor=actor,
    )
    return replace(transfer, event_count=line.sequence), line


def receive(
    transfer: Transfer, *, at_us: int, actor: str
) -> tuple[Transfer, tuple[TransferEvent, ...]]:
    """From nothing to PREPARED: the request was stored, found good, and waits for nobody."""
    validated, lines = received(transfer, at_us=at_us, actor=actor)
    prepared, line = step(validated, Event.PREPARE, at_us=at_us, actor=actor)
    return prepared, (*lines, line)


def received(
    transfer: Transfer, *, at_us: int, actor: str
) -> tuple[Transfer, tuple[TransferEvent, ...]]:
    """From nothing to VALIDATED."""
    first = TransferEvent(
        transfer_id=transfer.transfer_id,
        sequence=1,
        at_us=at_us,
        event="RECEIVE",
        from_state="",
        to_state=State.RECEIVED.value,
        actor=actor,
    )
    stored = replace(transfer, state=State.RECEIVED, event_count=1)
    validated, second = step(stored, Event.VALIDATE, at_us=at_us, actor=actor)
    return validated, (first, second)
