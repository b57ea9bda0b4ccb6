"""Takes a transfer out of NEEDS_OPERATOR by the word of a named person.

The person's reason, the step and both audit records are one transaction,
guarded by the version that was read. Nothing is sent here: a resumed payment
is the worker's.
"""

from __future__ import annotations

from servicekit.clock import Clock
from servicekit.log import get_logger

from bank_adapter.application.operator_reason import check_reason
from bank_adapter.application.ports.identifiers import Identifiers
from bank_adapter.application.ports.ledger import Ledger
from bank_adapter.application.read_transfers import TransferNotFoundError
from bank_adapter.application.records import resolved_by_operator, state_changed
from bank_adapter.application.transfer_request import InvalidFieldError
from bank_adapter.domain.bank_day import end_of_bank_day_us
from bank_adapter.domain.resolving import Decision, resolve
from bank_adapter.domain.transfer import Transfer
from bank_adapter.limits import SEND_BY_AT_LEAST_S

_MICROSECONDS = 1_000_000
log = get_logger()


class ResolveTransfer:
    """The verb behind OperatorService.ResolveTransfer."""

    def __init__(self, *, ledger: Ledger, identifiers: Identifiers, clock: Clock) -> None:
        self._ledger = ledger
        self._identifiers = identifiers
        self._clock = clock

    async def execute(self, transfer_id: str, decision: Decision, *, trace_id: str) -> Transfer:
        """The transfer after it.

        Raises InvalidFieldError, TransferNotFoundError, NotResolvableError,
        and OvertakenError when somebody changed it at the same moment.
        """
        _check(decision)
        transfer = await self._ledger.get(transfer_id)
        if transfer is None:
            raise TransferNotFoundError(transfer_id)
        now_us = self._clock.now_us()
        change = resolve(
            transfer,
            await self._ledger.events(transfer_id),
            decision,
            at_us=now_us,
            send_by_us=max(end_of_bank_day_us(now_us), now_us + SEND_BY_AT_LEAST_S * _MICROSECONDS),
        )
        moved = state_changed(
            change, event_id=self._identifiers.event_id(), at_us=now_us, actor=decision.operator
        )
        resolved = resolved_by_operator(
            change,
            event_id=self._identifiers.event_id(),
            trace_id=trace_id,
            seen_sequence=decision.seen_sequence,
        )
        await self._ledger.apply(change.with_records(moved, resolved))
        log.warning(
            "an operator resolved a payment",
            transfer_id=transfer_id,
            operator=decision.operator,
            resolution=decision.resolution.value,
        )
        return change.after


def _check(decision: Decision) -> None:
    """Raises InvalidFieldError."""
    check_reason(decision.reason)
    if decision.seen_sequence <= 0:
        raise InvalidFieldError("seenSequence", "is required", missing=True)
