"""Carries one payment to its bank: intent, token, signature, send, conclusion.

The same use case serves a request that just came in and the worker that picks
up what waits. Its order is the heart of the house (rules of money, section 3):
the intent is durable before anything is signed or sent, the conclusion is
durable before anyone hears of it, and nothing in between is retried.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass

from msgspec.structs import replace
from servicekit.clock import Clock
from servicekit.log import get_logger

from bank_adapter.application.ask_about_accounts import AskAboutAccounts, Asker, BankSaidNoError
from bank_adapter.application.bank import Bank, Banks
from bank_adapter.application.circuits import Circuits
from bank_adapter.application.clock_watch import ClockWatch
from bank_adapter.application.converse import Converser, Outcome
from bank_adapter.application.ports.identifiers import Identifiers
from bank_adapter.application.ports.ledger import (
    Ledger,
    OutcomeUnknownError,
    OvertakenError,
    UnavailableError,
)
from bank_adapter.application.ports.ownership import Ownership
from bank_adapter.application.ports.token_store import StoredToken
from bank_adapter.application.records import ACTOR, attempt_finished, state_changed
from bank_adapter.application.steps import Reached, nowhere
from bank_adapter.application.tokens import NoTokenError, Tokens
from bank_adapter.domain.attempt import Attempt, AttemptKind, result_of
from bank_adapter.domain.bank_day import bank_day, jakarta
from bank_adapter.domain.change import Change
from bank_adapter.domain.order import PaymentOrder
from bank_adapter.domain.rail_choice import UnsupportedRailError
from bank_adapter.domain.sending import conclude_sending, open_sending, postpone
from bank_adapter.domain.states import State
from bank_adapter.domain.transfer import Transfer
from bank_adapter.domain.verdict import Reading, Verdict
from bank_adapter.drivers.protocol import Envelope, InvalidOrderError
from bank_adapter.limits import (
    CONCLUDE_RETRY_FIRST_S,
    CONCLUDE_RETRY_MOST_S,
    FIRST_BYTE_AFTER_COMMIT_S,
)

_MICROSECONDS = 1_000_000
log = get_logger()


@dataclass(frozen=True, slots=True, kw_only=True)
class Crossing:
    """One attempt's end: the reading and what crossed the wire."""

    reading: Reading
    outcome: Outcome[Reading] | None = None


class SendPayment:
    """Opens, carries out and concludes attempts to pay."""

    def __init__(
        self,
        *,
        banks: Banks,
        ledger: Ledger,
        ask: AskAboutAccounts,
        converser: Converser,
        tokens: Tokens,
        identifiers: Identifiers,
        ownership: Ownership,
        clock: Clock,
        circuits: Circuits,
        clock_watch: ClockWatch,
        reached: Reached = nowhere,
    ) -> None:
        self._ask = ask
        self._circuits = circuits
        self._clock_watch = clock_watch
        self._banks = banks
        self._ledger = ledger
        self._converser = converser
        self._tokens = tokens
        self._identifiers = identifiers
        self._ownership = ownership
        self._clock = clock
        # Named durable steps, for the tests that kill the process there.
        self._reached = reached

    def new_attempt(self, transfer_id: str, bank: Bank, order: PaymentOrder) -> Attempt:
        """An attempt with its id and its final bytes. Raises InvalidOrderError."""
        now_us = self._clock.now_us()
        message = bank.driver.render_transfer(order, at=jakarta(now_us))
        margin_s = bank.bank_timeout_s + bank.attempt_margin_s
        return Attempt(
            attempt_id=self._identifiers.attempt_id(),
            transfer_id=transfer_id,
            kind=AttemptKind.TRANSFER,
            bank_identity=bank.identity,
            external_id=self._identifiers.external_id(
                now_us, digits=bank.driver.external_id_digits(message.service_code)
            ),
            external_day=bank_day(now_us),
            message=message,
            owner_id=self._ownership.owner_id,
            started_us=now_us,
            deadline_us=now_us + int(margin_s * _MICROSECONDS),
        )

    async def resume(self, transfer: Transfer) -> Transfer:
        """Sends a PREPARED transfer, or lets it wait while its bank is left alone.

        Raises OvertakenError if another process took it.
        """
        bank = self._banks.find(transfer.bank)
        circuit = await self._circuits.gate(bank)
        if self._circuits.is_open(circuit):
            change = postpone(
                transfer,
                at_us=self._clock.now_us(),
                reason=circuit.reason,
                until_us=circuit.open_until_us,
            )
            await self._ledger.apply(change)
            return change.after
        prepared_at = self._clock.monotonic()
        attempt = self.new_attempt(transfer.transfer_id, bank, transfer.order)
        now_us = self._clock.now_us()
        change = open_sending(transfer, attempt, at_us=now_us, actor=ACTOR)
        record = state_changed(
            change, event_id=self._identifiers.event_id(), at_us=now_us, actor=ACTOR
        )
        try:
            await self._ledger.apply(change.with_records(record))
        except OutcomeUnknownError:
            return await self.disown(change.after, attempt) or transfer
        return await self.carry_out(change.after, attempt, prepared_at=prepared_at)

    async def disown(self, transfer: Transfer, attempt: Attempt) -> Transfer | None:
        """Ends an attempt whose intent may or may not have been committed.

        Nothing is sent after such a commit. This process knows that no byte
        was written, so what it finds goes back to PREPARED; None when the
        intent never landed.
        """
        found = await self._found(transfer.transfer_id, attempt.attempt_id)
        if found is None:
            return None
        reading = Reading(verdict=Verdict.NOT_SENT, reason="COMMIT_UNCONFIRMED")
        return await self.conclude(found[0], found[1], Crossing(reading=reading))

    async def carry_out(
        self, transfer: Transfer, attempt: Attempt, *, prepared_at: float
    ) -> Transfer:
        """Sends a transfer whose intent was just committed, to a durable end.

        `prepared_at` is the monotonic time before the commit was asked for.
        Call it in a task of its own: a client that hangs up must not stop it.
        """
        self._reached("intent_committed")
        bank = self._banks.find(transfer.bank)
        try:
            crossing = await self._cross(transfer, attempt, bank, prepared_at=prepared_at)
        except Exception:
            # A fault of ours between intent and conclusion: what left is not known.
            log.exception("sending a payment failed", transfer_id=transfer.transfer_id)
            reading = Reading(verdict=Verdict.UNKNOWN, reason="SENDER_FAILED", alarm=True)
            crossing = Crossing(reading=reading)
        self._reached("bank_answered")
        await self._circuits.told(
            bank, crossing.reading, fresh_token=transfer.token_refusal_count > 0
        )
        concluded = await self.conclude(transfer, attempt, crossing)
        self._reached("conclusion_committed")
        again = (
            concluded.state is State.PREPARED
            and crossing.reading.verdict is Verdict.REFUSED_TOKEN
            and concluded.next_action_us <= self._clock.now_us()
        )
        if again:
            return await self.resume(concluded)
        return concluded

    async def _cross(
        self, transfer: Transfer, attempt: Attempt, bank: Bank, *, prepared_at: float
    ) -> Crossing:
        def before_first_byte() -> str | None:
            if self._clock.monotonic() - prepared_at > FIRST_BYTE_AFTER_COMMIT_S:
                return "COMMIT_TOO_OLD"
            if not self._ownership.holds():
                return "LEASE_LOST"
            self._reached("first_byte")
            return None

        try:
            token = await self._tokens.current(bank)
            if self._clock_watch.skewed(bank.identity):
                if self._clock_watch.stale(bank.identity):
                    token = await self._look_at_clock(transfer, bank, token)
                if self._clock_watch.skewed(bank.identity):
                    skewed = Reading(verdict=Verdict.NOT_SENT, reason="CLOCK_SKEW", alarm=True)
                    return Crossing(reading=skewed)
        except NoTokenError as no_token:
            return Crossing(reading=no_token.reading)
        envelope = Envelope(
            external_id=attempt.external_id,
            access_token=token.value,
            at=jakarta(self._clock.now_us()),
        )
        self._reached("token_held")
        outcome = await self._converser.run(
            bank.driver.transfer(transfer.order, attempt.message, envelope),
            bank.wire,
            attempt_id=attempt.attempt_id,
            timeout_s=bank.bank_timeout_s,
            before_first_byte=before_first_byte,
        )
        self._clock_watch.saw(bank.identity, outcome.answer)
        reading = outcome.result or outcome.failure
        if reading is None:
            raise AssertionError("a conversation ends with a result or a failure")
        if reading.verdict is Verdict.REFUSED_TOKEN:
            await self._tokens.give_up(bank, token)
        return Crossing(reading=reading, outcome=outcome)

    async def _look_at_clock(
        self, transfer: Transfer, bank: Bank, token: StoredToken
    ) -> StoredToken:
        """Lets the bank show its time by a message that moves no money; the token to go on with.

        Where there is no token to ask for, the source account's balance is; a
        bank that offers neither shows its time in its answers to inquiries.
        Raises NoTokenError.
        """
        if bank.driver.needs_token:
            await self._tokens.give_up(bank, token)
            return await self._tokens.current(bank)
        account_no = transfer.order.source_account_no
        asker = Asker(
            client_id=transfer.client_id,
            allowed_accounts=frozenset({f"{bank.bank_id}:{account_no}"}),
            trace_id=transfer.trace_id,
            operator=ACTOR,
        )
        try:
            await self._ask.balance(asker, bank_id=bank.bank_id, account_no=account_no)
        except (BankSaidNoError, InvalidOrderError, UnsupportedRailError) as error:
            log.info("no balance shows the bank's time", reason=type(error).__name__)
        return token

    async def conclude(self, transfer: Transfer, attempt: Attempt, crossing: Crossing) -> Transfer:
        """Makes the end durable, however often the database must be asked.

        When another process changed the transfer first, the word is applied to
        what it left: the table decides what a late word may do.
        """
        ended = self._ended(attempt, crossing)
        stored = attempt
        wait_s = CONCLUDE_RETRY_FIRST_S
        while True:
            change = self._conclusion(transfer, stored, ended, crossing)
            try:
                await self._ledger.apply(change)
            except OvertakenError:
                log.warning("conclusion was overtaken", transfer_id=transfer.transfer_id)
            except UnavailableError:
                log.warning("conclusion not confirmed", transfer_id=transfer.transfer_id)
                await asyncio.sleep(wait_s)
                wait_s = min(wait_s * 2, CONCLUDE_RETRY_MOST_S)
            else:
                self._sound_alarm(change, crossing.reading)
                return change.after
            found = await self._found(transfer.transfer_id, attempt.attempt_id)
            if found is None:
                raise AssertionError("an attempt that was sent is not in the ledger")
            transfer, stored = found
            if stored.verdict is ended.verdict and stored.ended_us == ended.ended_us:
                # The unconfirmed commit had landed.
                return transfer

    async def _found(self, transfer_id: str, attempt_id: str) -> tuple[Transfer, Attempt] | None:
        """What is stored now, however long the database takes to say it."""
        wait_s = CONCLUDE_RETRY_FIRST_S
        while True:
            try:
                attempt = await self._ledger.attempt(attempt_id)
                transfer = await self._ledger.get(transfer_id)
            except UnavailableError:
                await asyncio.sleep(wait_s)
                wait_s = min(wait_s * 2, CONCLUDE_RETRY_MOST_S)
                continue
            if transfer is None or attempt is None:
                return None
            return transfer, attempt

    def _ended(self, attempt: Attempt, crossing: Crossing) -> Attempt:
        reading = crossing.reading
        answer = crossing.outcome.answer if crossing.outcome is not None else None
        return replace(
            attempt,
            result=result_of(reading.verdict, answered=answer is not None),
            verdict=reading.verdict,
            reason=reading.reason,
            ended_us=self._clock.now_us(),
            http_status=answer.status if answer is not None else 0,
            response_code=reading.response_code,
            response_message=reading.response_message,
            reply_body=answer.body if answer is not None else b"",
        )

    def _conclusion(
        self, transfer: Transfer, stored: Attempt, ended: Attempt, crossing: Crossing
    ) -> Change:
        bank = self._banks.find(transfer.bank)
        change = conclude_sending(
            transfer,
            stored,
            ended,
            crossing.reading,
            at_us=ended.ended_us,
            actor=ACTOR,
            retry=bank.retry,
            schedule=bank.schedule_of(transfer.order.rail),
        )
        outcome = crossing.outcome
        finished = attempt_finished(
            transfer,
            ended,
            event_id=self._identifiers.event_id(),
            sent=outcome.sent if outcome is not None else None,
            answer=outcome.answer if outcome is not None else None,
            after=change.after,
        )
        return change.with_records(finished)

    @staticmethod
    def _sound_alarm(change: Change, reading: Reading) -> None:
        if reading.alarm or change.after.state is State.NEEDS_OPERATOR:
            log.error(
                "payment needs attention",
                transfer_id=change.after.transfer_id,
                state=change.after.state.value,
                verdict=reading.verdict.value,
                reason=reading.reason,
                response_code=reading.response_code,
            )
