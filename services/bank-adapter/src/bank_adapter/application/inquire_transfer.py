"""Asks the bank what became of a payment, message by message.

The worker calls it on the schedule, a client by `:inquire`. Every inquiry is
an attempt of its own, stored before it is used. Only a reading that echoes
our order can move the transfer; the driver sees to that.
"""

from __future__ import annotations

from msgspec.structs import replace
from servicekit.clock import Clock
from servicekit.log import get_logger

from bank_adapter.application.bank import Bank, Banks
from bank_adapter.application.circuits import Circuits
from bank_adapter.application.clock_watch import ClockWatch
from bank_adapter.application.converse import Converser, Outcome
from bank_adapter.application.ports.identifiers import Identifiers
from bank_adapter.application.ports.ledger import Ledger, OvertakenError
from bank_adapter.application.ports.ownership import Ownership
from bank_adapter.application.prove_absence import ProveAbsence
from bank_adapter.application.records import (
    ACTOR,
    attempt_finished,
    attempt_started,
    state_changed,
)
from bank_adapter.application.steps import Reached, nowhere
from bank_adapter.application.tokens import NoTokenError, Tokens
from bank_adapter.domain.attempt import HARMLESS, Attempt, AttemptKind, result_of
from bank_adapter.domain.bank_day import bank_day, jakarta
from bank_adapter.domain.inquiring import (
    claim,
    close_inquiry,
    conclude_inquiries,
    join,
    open_inquiry,
)
from bank_adapter.domain.late_rejection import conclude_question, is_questioned
from bank_adapter.domain.order import SentOrder
from bank_adapter.domain.states import INQUIRED, State
from bank_adapter.domain.transfer import Transfer
from bank_adapter.domain.verdict import Reading, Verdict
from bank_adapter.drivers.protocol import Envelope

_MICROSECONDS = 1_000_000
log = get_logger()


class InquireTransfer:
    """One round of inquiry about one transfer."""

    def __init__(
        self,
        *,
        banks: Banks,
        ledger: Ledger,
        converser: Converser,
        tokens: Tokens,
        identifiers: Identifiers,
        ownership: Ownership,
        clock: Clock,
        circuits: Circuits,
        clock_watch: ClockWatch,
        prove_absence: ProveAbsence,
        reached: Reached = nowhere,
    ) -> None:
        self._reached = reached
        self._circuits = circuits
        self._clock_watch = clock_watch
        self._prove_absence = prove_absence
        self._banks = banks
        self._ledger = ledger
        self._converser = converser
        self._tokens = tokens
        self._identifiers = identifiers
        self._ownership = ownership
        self._clock = clock

    async def execute(self, transfer: Transfer) -> Transfer:
        """The transfer after the round; unchanged unless it may be inquired.

        In the hours in which the bank closes its day it is not asked; the
        transfer then says when it will be (`next_action_us`).
        Raises OvertakenError when another process asks or moves it meanwhile.
        """
        if transfer.state not in INQUIRED and not is_questioned(transfer):
            return transfer
        bank = self._banks.find(transfer.bank)
        schedule = bank.schedule_of(transfer.order.rail)
        pause_us = schedule.pause_until_us(self._clock.now_us())
        if pause_us is not None:
            return await self._wait(transfer, pause_us)
        messages = [
            attempt
            for attempt in await self._ledger.attempts(transfer.transfer_id)
            if attempt.kind is AttemptKind.TRANSFER and attempt.result not in HARMLESS
        ]
        # An asker that dies must not keep the others waiting much longer than it could ask.
        until_us = self._clock.now_us() + int(bank.claim_s(len(messages)) * _MICROSECONDS)
        claimed = claim(transfer, until_us=until_us)
        await self._ledger.apply(claimed)
        transfer = claimed.after
        readings: list[Reading] = []
        for message in messages:
            transfer, reading = await self._ask(transfer, message, bank)
            readings.append(reading)
        if transfer.next_action_us != until_us:
            # Moved, or to be asked anew: what was read may be older than that.
            raise OvertakenError
        return await self._conclude(transfer, readings, bank)

    async def _wait(self, transfer: Transfer, until_us: int) -> Transfer:
        """The bank closes its day: whoever asks, it is asked afterwards."""
        if transfer.next_action_us == until_us:
            return transfer
        postponed = claim(transfer, until_us=until_us)
        await self._ledger.apply(postponed)
        return postponed.after

    async def _ask(
        self, transfer: Transfer, about: Attempt, bank: Bank
    ) -> tuple[Transfer, Reading]:
        """One inquiry about one message: stored, sent, and its outcome stored."""
        now_us = self._clock.now_us()
        sent_order = SentOrder(
            order=transfer.order,
            service_code=about.message.service_code,
            external_id=about.external_id,
            transaction_date=about.message.transaction_date,
        )
        margin_s = bank.bank_timeout_s + bank.attempt_margin_s
        message = bank.driver.render_inquiry(sent_order, at=jakarta(now_us))
        attempt = Attempt(
            attempt_id=self._identifiers.attempt_id(),
            transfer_id=transfer.transfer_id,
            kind=AttemptKind.INQUIRY,
            bank_identity=bank.identity,
            external_id=self._identifiers.external_id(
                now_us, digits=bank.driver.external_id_digits(message.service_code)
            ),
            external_day=bank_day(now_us),
            message=message,
            owner_id=self._ownership.owner_id,
            started_us=now_us,
            deadline_us=now_us + int(margin_s * _MICROSECONDS),
            about_attempt_id=about.attempt_id,
        )
        opened = open_inquiry(transfer, attempt).with_records(
            attempt_started(transfer, attempt, event_id=self._identifiers.event_id())
        )
        await self._ledger.apply(opened)
        self._reached("inquiry_opened")
        reading, outcome = await self._cross(attempt, sent_order, bank)
        self._reached("inquiry_answered")
        await self._circuits.told(bank, reading)
        if reading.alarm:
            log.error(
                "inquiry needs attention",
                transfer_id=transfer.transfer_id,
                verdict=reading.verdict.value,
                reason=reading.reason,
            )
        return await self._close(opened.after, attempt, reading, outcome), reading

    async def _cross(
        self, attempt: Attempt, sent_order: SentOrder, bank: Bank
    ) -> tuple[Reading, Outcome[Reading] | None]:
        try:
            token = await self._tokens.current(bank)
        except NoTokenError as no_token:
            return no_token.reading, None
        envelope = Envelope(
            external_id=attempt.external_id,
            access_token=token.value,
            at=jakarta(self._clock.now_us()),
        )
        outcome = await self._converser.run(
            bank.driver.inquiry(sent_order, attempt.message, envelope),
            bank.wire,
            attempt_id=attempt.attempt_id,
            timeout_s=bank.bank_timeout_s,
            before_first_byte=lambda: None,
        )
        self._clock_watch.saw(bank.identity, outcome.answer)
        reading = outcome.result or outcome.failure
        if reading is None:
            raise AssertionError("a conversation ends with a result or a failure")
        if reading.verdict is Verdict.REFUSED_TOKEN:
            await self._tokens.give_up(bank, token)
        return reading, outcome

    async def _close(
        self,
        transfer: Transfer,
        attempt: Attempt,
        reading: Reading,
        outcome: Outcome[Reading] | None,
    ) -> Transfer:
        now_us = self._clock.now_us()
        answer = outcome.answer if outcome is not None else None
        ended = replace(
            attempt,
            result=result_of(reading.verdict, answered=answer is not None),
            verdict=reading.verdict,
            reason=reading.reason,
            ended_us=now_us,
            http_status=answer.status if answer is not None else 0,
            response_code=reading.response_code,
            response_message=reading.response_message,
            reply_body=answer.body if answer is not None else b"",
        )
        record = attempt_finished(
            transfer,
            ended,
            event_id=self._identifiers.event_id(),
            sent=outcome.sent if outcome is not None else None,
            answer=answer,
        )
        while True:
            closed = close_inquiry(transfer, ended, reading, at_us=now_us).with_records(record)
            try:
                await self._ledger.apply(closed)
            except OvertakenError:
                # A late answer moved the transfer; what the bank said is kept all the same.
                stored = await self._ledger.get(transfer.transfer_id)
                if stored is None or stored.version == transfer.version:
                    raise
                transfer = stored
                continue
            return closed.after

    async def _conclude(self, transfer: Transfer, readings: list[Reading], bank: Bank) -> Transfer:
        self._reached("inquiry_recorded")
        now_us = self._clock.now_us()
        joined = join(readings)
        schedule = bank.schedule_of(transfer.order.rail)
        if is_questioned(transfer):
            change = conclude_question(
                transfer, joined, at_us=now_us, actor=ACTOR, schedule=schedule
            )
        else:
            joined = await self._prove_absence.weigh(transfer, joined, bank)
            concluded = conclude_inquiries(
                transfer, joined, at_us=now_us, actor=ACTOR, schedule=schedule
            )
            if concluded is None:
                raise OvertakenError
            change = concluded
        if change.moved:
            record = state_changed(
                change, event_id=self._identifiers.event_id(), at_us=now_us, actor=ACTOR
            )
            change = change.with_records(record)
        await self._ledger.apply(change)
        if change.after.state is State.NEEDS_OPERATOR:
            log.error(
                "payment needs an operator",
                transfer_id=transfer.transfer_id,
                reason=change.after.state_reason,
            )
        elif is_questioned(transfer) and joined.verdict is Verdict.SETTLED:
            log.error(
                "bank does not confirm the rejection it notified",
                transfer_id=transfer.transfer_id,
            )
        return change.after
