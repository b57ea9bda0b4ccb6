"""Takes a payment from a client: checks it, stores it, sends it, waits a while.

Nothing is stored before the request is found good, so a refused request does
not use its key up. From the moment the intent is committed the payment goes
its way whether the client waits or not.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass

from msgspec.structs import replace
from servicekit.clock import Clock
from servicekit.log import get_logger

from bank_adapter.application.bank import Bank, Banks
from bank_adapter.application.check_name import Checked, CheckName
from bank_adapter.application.circuits import Circuits
from bank_adapter.application.draft_order import DraftedOrder, draft_order
from bank_adapter.application.ports.circuit_store import Circuit
from bank_adapter.application.ports.identifiers import Identifiers
from bank_adapter.application.ports.ledger import (
    AlreadyThereError,
    Ledger,
    LimitReachedError,
    OutcomeUnknownError,
)
from bank_adapter.application.records import state_changed
from bank_adapter.application.send_payment import SendPayment
from bank_adapter.application.spending_limits import SpendingLimits
from bank_adapter.application.steps import Reached, nowhere
from bank_adapter.application.transfer_request import TransferRequest, check_request
from bank_adapter.domain.approving import ApprovalRule, receive_for_approval
from bank_adapter.domain.attempt import Attempt
from bank_adapter.domain.audit_record import Half
from bank_adapter.domain.change import Change
from bank_adapter.domain.duplicates import likeness, unresolved_twin
from bank_adapter.domain.rail_choice import (
    NoRailFitsError,
    RailClosedError,
    RailLimitError,
    UnsupportedRailError,
)
from bank_adapter.domain.sending import receive_and_send, receive_only
from bank_adapter.domain.spending_limit import LimitDraw, LimitExceededError
from bank_adapter.domain.states import State
from bank_adapter.domain.transfer import Transfer
from bank_adapter.drivers.protocol import InvalidOrderError, UnsupportedServiceError
from bank_adapter.limits import IN_FLIGHT_MOST, TWINS_MOST

# Why a payment that is well formed is not taken.
REFUSALS = (
    InvalidOrderError,
    LimitExceededError,
    NoRailFitsError,
    RailClosedError,
    RailLimitError,
    UnsupportedRailError,
    UnsupportedServiceError,
)
# An id of ours that turns out to be taken is drawn again at most this often.
_DRAWS = 3
log = get_logger()


class KeyUsedError(Exception):
    """The key or the reference belongs to another payment of this client."""

    def __init__(self, transfer: Transfer, *, field: str) -> None:
        super().__init__(transfer.transfer_id)
        self.transfer = transfer
        self.field = field


class PossibleDuplicateError(Exception):
    """What looks like the same payment is unresolved: its money may have moved."""

    def __init__(self, transfer: Transfer) -> None:
        super().__init__(transfer.transfer_id)
        self.transfer = transfer


class TooBusyError(Exception):
    """This process has as many payments under way as it may."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Created:
    """The transfer as it is now, and whether it was there before."""

    transfer: Transfer
    replayed: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class _Intent:
    """A payment about to be stored, and what is stored with it."""

    transfer: Transfer
    draws: tuple[LimitDraw, ...]
    received: Half | None


def _look_at(stored: asyncio.Future[Transfer]) -> None:
    """Retrieves an error that nobody may be left to wait for."""
    if not stored.cancelled():
        stored.exception()


class CreateTransfer:
    """The verb behind POST /v1/transfers."""

    def __init__(
        self,
        *,
        banks: Banks,
        ledger: Ledger,
        send_payment: SendPayment,
        identifiers: Identifiers,
        clock: Clock,
        circuits: Circuits,
        limits: SpendingLimits,
        check_name: CheckName,
        approvals: Sequence[ApprovalRule] = (),
        reached: Reached = nowhere,
    ) -> None:
        self._approvals = tuple(approvals)
        self._limits = limits
        self._check_name = check_name
        self._circuits = circuits
        self._reached = reached
        self._banks = banks
        self._ledger = ledger
        self._send_payment = send_payment
        self._identifiers = identifiers
        self._clock = clock
        self._under_way: set[asyncio.Task[Transfer]] = set()

    @property
    def under_way(self) -> int:
        """Payments being carried out by this process."""
        return len(self._under_way)

    async def drain(self) -> None:
        """Waits until every payment under way has come to a durable end."""
        while self._under_way:
            await asyncio.wait(self._under_way)

    async def execute(
        self, request: TransferRequest, *, wait_s: float, received: Half | None = None
    ) -> Created:
        """Creates or repeats. Raises the errors of check_request, of CheckName,
        REFUSALS, KeyUsedError, PossibleDuplicateError, TooBusyError, and the
        ledger's OutcomeUnknownError.

        `wait_s` is how long the client waits for the bank; 0 answers at once.
        """  # noqa: D205  the two halves are one list
        answer_by = self._clock.monotonic() + wait_s
        bank = check_request(request, self._banks)
        if len(self._under_way) >= IN_FLIGHT_MOST:
            raise TooBusyError
        alike = await self._alike(request)
        try:
            return await self._take(request, bank, alike, answer_by=answer_by, received=received)
        except REFUSALS:
            # What was taken once is repeated, whatever hours and limits say now.
            known = await self._known(request)
            if known is None:
                raise
            return self._replay(known, request)

    async def _take(
        self,
        request: TransferRequest,
        bank: Bank,
        alike: str,
        *,
        answer_by: float,
        received: Half | None,
    ) -> Created:
        """Stores the payment and lets it go its way, or finds that it is known."""
        drafted = self._drafted(request, bank)
        circuit = await self._circuits.gate(bank)
        checked = Checked()
        if self._check_name.wanted(request, bank):
            # The bank is not asked again about a payment that is under way.
            if (known := await self._known(request)) is not None:
                return self._replay(known, request)
            checked = await self._check_name.execute(
                request, drafted.order, bank, circuit_reason=circuit.reason
            )
            drafted = drafted.within(checked.session)
        for draw in range(_DRAWS):
            prepared_at = self._clock.monotonic()
            if draw:
                drafted = self._drafted(request, bank).within(checked.session)
            transfer, attempt = self._draft(request, bank, drafted, alike)
            draws = await self._limits.draws(transfer)
            transfer = replace(
                transfer,
                limit_names=",".join(one.name for one in draws),
                beneficiary_name_check=checked.name.value,
            )
            intent = _Intent(transfer=transfer, draws=draws, received=received)
            stored, task = self._set_going(intent, attempt, circuit, prepared_at=prepared_at)
            try:
                # The task owns the payment; a client that hangs up ends only this wait.
                accepted = await asyncio.shield(stored)
            except LimitReachedError:
                # Others drew on a limit meanwhile: look again at what is left.
                continue
            except AlreadyThereError:
                known = await self._known(request)
                if known is not None:
                    return self._replay(known, request)
                # Neither key is taken, so one of our own random ids was.
                log.warning("an id was drawn twice", draw=draw)
                continue
            left_s = answer_by - self._clock.monotonic()
            return Created(transfer=await self._wait(accepted, task, left_s), replayed=False)
        raise TooBusyError

    def _set_going(
        self, intent: _Intent, attempt: Attempt, circuit: Circuit, *, prepared_at: float
    ) -> tuple[asyncio.Future[Transfer], asyncio.Task[Transfer]]:
        """A task that owns the payment from here on; the future tells that it is stored."""
        stored: asyncio.Future[Transfer] = asyncio.get_running_loop().create_future()
        stored.add_done_callback(_look_at)
        waits = self._waits(intent.transfer, circuit)
        task = asyncio.create_task(
            self._store_only(intent, stored, waits)
            if waits is not None
            else self._store_and_send(intent, attempt, stored, prepared_at=prepared_at),
            name=intent.transfer.transfer_id,
        )
        self._under_way.add(task)
        task.add_done_callback(self._ended)
        return stored, task

    async def _alike(self, request: TransferRequest) -> str:
        """The id of a transfer that looks the same, or nothing.

        Raises PossibleDuplicateError beside an unresolved one. A repeated
        request is its own twin and is no duplicate.
        """
        twins = tuple(
            twin
            for twin in await self._ledger.twins(request.client_id, request.twin, limit=TWINS_MOST)
            if twin.idempotency_key != request.idempotency_key
            and twin.partner_reference_no != request.partner_reference_no
        )
        unresolved = unresolved_twin(twins)
        if unresolved is not None and not request.allow_duplicate:
            if await self._known(request) is not None:
                return ""
            raise PossibleDuplicateError(unresolved)
        found = likeness(twins, remark=request.remark, at_us=self._clock.now_us())
        return found.transfer_id if found is not None else ""

    def _drafted(self, request: TransferRequest, bank: Bank) -> DraftedOrder:
        """Under a reference of its own. Raises REFUSALS."""
        now_us = self._clock.now_us()
        reference_no = self._identifiers.bank_reference(now_us, digits=bank.driver.reference_digits)
        return draft_order(request, bank, reference_no=reference_no, at_us=now_us)

    def _draft(
        self, request: TransferRequest, bank: Bank, drafted: DraftedOrder, alike: str
    ) -> tuple[Transfer, Attempt]:
        """The transfer and its first attempt."""
        now_us = self._clock.now_us()
        transfer_id = self._identifiers.transfer_id()
        transfer = Transfer(
            transfer_id=transfer_id,
            client_id=request.client_id,
            partner_reference_no=request.partner_reference_no,
            idempotency_key=request.idempotency_key,
            fingerprint=request.fingerprint,
            twin=request.twin,
            bank=bank.bank_id,
            bank_identity=bank.identity,
            order=drafted.order,
            rail_reason=drafted.rail_reason,
            state=State.RECEIVED,
            version=1,
            event_count=0,
            created_us=now_us,
            updated_us=now_us,
            send_by_us=drafted.send_by_us,
            trace_id=request.trace_id,
            possible_duplicate_of=alike,
        )
        return transfer, self._send_payment.new_attempt(transfer_id, bank, drafted.order)

    async def _store_and_send(
        self,
        intent: _Intent,
        attempt: Attempt,
        stored: asyncio.Future[Transfer],
        *,
        prepared_at: float,
    ) -> Transfer:
        """Commits the intent, tells `stored` how that went, and sends."""
        transfer = intent.transfer
        change = receive_and_send(
            transfer, attempt, at_us=transfer.created_us, actor=transfer.client_id
        )
        self._reached("intent_prepared")
        try:
            await self._ledger.apply(self._complete(change, intent))
        except OutcomeUnknownError as unknown:
            stored.set_exception(unknown)
            return await self._send_payment.disown(change.after, attempt) or transfer
        except Exception as refused:  # noqa: BLE001  told to the waiting request
            stored.set_exception(refused)
            return transfer
        stored.set_result(change.after)
        return await self._send_payment.carry_out(change.after, attempt, prepared_at=prepared_at)

    def _waits(self, transfer: Transfer, circuit: Circuit) -> Change | None:
        """How a payment is received that is not sent at once; None when it is."""
        at_us, actor = transfer.created_us, transfer.client_id
        if any(rule.needs(transfer) for rule in self._approvals):
            return receive_for_approval(transfer, at_us=at_us, actor=actor)
        if not circuit.reason:
            return None
        return receive_only(
            transfer,
            at_us=at_us,
            actor=actor,
            reason=circuit.reason,
            until_us=circuit.open_until_us,
        )

    async def _store_only(
        self, intent: _Intent, stored: asyncio.Future[Transfer], change: Change
    ) -> Transfer:
        """Commits a payment that waits: for a person, or for its bank."""
        transfer = intent.transfer
        try:
            await self._ledger.apply(self._complete(change, intent))
        except Exception as refused:  # noqa: BLE001  told to the waiting request
            stored.set_exception(refused)
            return transfer
        stored.set_result(change.after)
        return change.after

    def _complete(self, change: Change, intent: _Intent) -> Change:
        """With what it draws on limits and what the audit is told."""
        record = state_changed(
            change,
            event_id=self._identifiers.event_id(),
            at_us=change.after.created_us,
            actor=change.after.client_id,
            request=intent.received,
        )
        return replace(change.with_records(record), draws=intent.draws)

    async def _wait(
        self, transfer: Transfer, task: asyncio.Task[Transfer], wait_s: float
    ) -> Transfer:
        """Waits at most `wait_s` for the payment's durable end."""
        if wait_s <= 0:
            return transfer
        done, _ = await asyncio.wait({task}, timeout=wait_s)
        if not done or task.cancelled() or task.exception() is not None:
            return await self._ledger.get(transfer.transfer_id) or transfer
        return task.result()

    def _ended(self, task: asyncio.Task[Transfer]) -> None:
        self._under_way.discard(task)
        if not task.cancelled() and (failure := task.exception()) is not None:
            # The recovery will find the row; nothing is lost by this.
            log.error(
                "carrying out a payment failed", exc_info=failure, transfer_id=task.get_name()
            )

    async def _known(self, request: TransferRequest) -> tuple[Transfer, str] | None:
        """The client's transfer that has the key or the reference, and which."""
        by_key = await self._ledger.find_by_key(request.client_id, request.idempotency_key)
        if by_key is not None:
            return by_key, "idempotencyKey"
        by_reference = await self._ledger.find_by_reference(
            request.client_id, request.partner_reference_no
        )
        if by_reference is not None:
            return by_reference, "partnerReferenceNo"
        return None

    @staticmethod
    def _replay(known: tuple[Transfer, str], request: TransferRequest) -> Created:
        transfer, field = known
        if field == "idempotencyKey" and transfer.fingerprint == request.fingerprint:
            return Created(transfer=transfer, replayed=True)
        if request.idempotency_key == request.partner_reference_no:
            # Without a header the reference is the key; the client knows no other.
            field = "partnerReferenceNo"
        raise KeyUsedError(transfer, field=field)
