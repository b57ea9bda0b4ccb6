"""Asks the bank about accounts: a balance, the name behind a number.

Nothing here moves money, so a failure is an error to the client and no more.
Both the question and the answer go into the audit.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TypeVar

from servicekit.clock import Clock

from bank_adapter.application.bank import Bank, Banks, UnknownBankError
from bank_adapter.application.clock_watch import ClockWatch
from bank_adapter.application.converse import Converser, Outcome
from bank_adapter.application.ports.identifiers import Identifiers
from bank_adapter.application.ports.ledger import Ledger
from bank_adapter.application.records import request_half, response_half
from bank_adapter.application.tokens import NoTokenError, Tokens
from bank_adapter.application.transfer_request import AccountNotAllowedError, InvalidFieldError
from bank_adapter.domain.audit_record import AuditRecord
from bank_adapter.domain.bank_code import is_one_of
from bank_adapter.domain.bank_day import jakarta
from bank_adapter.domain.conversation import Conversation, WireMessage
from bank_adapter.domain.money import Money
from bank_adapter.domain.rail import Capability, Rail
from bank_adapter.domain.rail_choice import UnsupportedRailError
from bank_adapter.domain.verdict import Reading, Verdict
from bank_adapter.drivers.protocol import AccountReading, BalanceReading, Envelope
from bank_adapter.limits import STATEMENT_DAYS
from bank_adapter.snap.statement import StatementReading

ResultT = TypeVar("ResultT", BalanceReading, AccountReading, StatementReading)


class BankSaidNoError(Exception):
    """The bank did not give what was asked; `reading` says why."""

    def __init__(self, reading: Reading) -> None:
        super().__init__(reading.reason or reading.response_code)
        self.reading = reading


@dataclass(frozen=True, slots=True, kw_only=True)
class Asker:
    """On whose behalf the bank is asked. `operator` names a person who asks about it."""

    client_id: str
    allowed_accounts: frozenset[str]
    trace_id: str
    operator: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountQuestion:
    """Whose name is asked for; amount and source where a bank wants them.

    `rail` says over which network the payment would go; None leaves it to the
    bank code. VIRTUAL_ACCOUNT asks for a virtual account and its bill.
    """

    bank_id: str
    account_no: str
    bank_code: str = ""
    amount: Money | None = None
    source_account_no: str = ""
    rail: Rail | None = None


def _service(about: AccountQuestion, bank: Bank) -> Capability:
    """The service that answers. Raises InvalidFieldError when rail and bank disagree."""
    if about.rail is Rail.VIRTUAL_ACCOUNT:
        return Capability.TRANSFER_VIRTUAL_ACCOUNT
    inside = not about.bank_code or is_one_of(about.bank_code, bank.driver.own_bank_codes)
    if about.rail is None:
        return Capability.INQUIRY_INTERNAL if inside else Capability.INQUIRY_EXTERNAL
    if about.rail is Rail.INTRABANK:
        if not inside:
            raise InvalidFieldError("beneficiaryBankCode", "is another bank's")
        return Capability.INQUIRY_INTERNAL
    if not about.bank_code:
        raise InvalidFieldError("beneficiaryBankCode", "is required", missing=True)
    if inside:
        raise InvalidFieldError("beneficiaryBankCode", "is this bank itself")
    return Capability.INQUIRY_EXTERNAL


class AskAboutAccounts:
    """The verbs behind /v1/accounts and /v1/accountInquiries."""

    def __init__(
        self,
        *,
        banks: Banks,
        ledger: Ledger,
        converser: Converser,
        tokens: Tokens,
        identifiers: Identifiers,
        clock: Clock,
        clock_watch: ClockWatch,
    ) -> None:
        self._clock_watch = clock_watch
        self._banks = banks
        self._ledger = ledger
        self._converser = converser
        self._tokens = tokens
        self._identifiers = identifiers
        self._clock = clock

    async def balance(
        self, asker: Asker, *, bank_id: str, account_no: str
    ) -> tuple[Bank, BalanceReading]:
        """Of one of the client's own accounts.

        Raises InvalidFieldError, AccountNotAllowedError, UnsupportedRailError
        or BankSaidNoError.
        """
        bank = self._bank(bank_id, Capability.BALANCE)
        if f"{bank.bank_id}:{account_no}" not in asker.allowed_accounts:
            raise AccountNotAllowedError(account_no)
        now_us = self._clock.now_us()
        message = bank.driver.render_balance(
            account_no=account_no,
            reference_no=self._reference(bank, now_us),
            at=jakarta(now_us),
        )
        result = await self._ask(asker, bank, message, bank.driver.balance)
        return bank, result

    async def statement(
        self, asker: Asker, *, bank_id: str, account_no: str, first_day: date, last_day: date
    ) -> tuple[Bank, StatementReading]:
        """Whole Jakarta days, both included. Raises like `balance`.

        Of a period with more lines than the bank gives at once each half is
        asked for, down to single days.
        """
        bank = self._bank(bank_id, Capability.STATEMENT)
        if f"{bank.bank_id}:{account_no}" not in asker.allowed_accounts:
            raise AccountNotAllowedError(account_no)
        now = jakarta(self._clock.now_us())
        if first_day > last_day or last_day > now.date():
            raise InvalidFieldError("toDate", "must be from fromDate to today")
        if first_day < now.date() - timedelta(days=STATEMENT_DAYS):
            raise InvalidFieldError("fromDate", f"must be at most {STATEMENT_DAYS} days ago")
        reading = await self._statement(
            asker, bank, account_no=account_no, first_day=first_day, last_day=last_day
        )
        return bank, reading

    async def _statement(
        self, asker: Asker, bank: Bank, *, account_no: str, first_day: date, last_day: date
    ) -> StatementReading:
        now_us = self._clock.now_us()
        message = bank.driver.render_statement(
            account_no=account_no,
            reference_no=self._reference(bank, now_us),
            first_day=first_day,
            last_day=last_day,
            at=jakarta(now_us),
        )
        whole = await self._ask(asker, bank, message, bank.driver.statement)
        if not whole.cut_off or first_day == last_day:
            return whole
        middle = first_day + (last_day - first_day) // 2
        from_day = middle + timedelta(days=1)
        newer = await self._statement(
            asker, bank, account_no=account_no, first_day=from_day, last_day=last_day
        )
        older = await self._statement(
            asker, bank, account_no=account_no, first_day=first_day, last_day=middle
        )
        return newer.after(older, from_day=from_day)

    async def account(self, asker: Asker, about: AccountQuestion) -> tuple[Bank, AccountReading]:
        """The name behind a beneficiary account. Raises like `balance`."""
        if not about.account_no:
            raise InvalidFieldError("beneficiaryAccountNo", "is required", missing=True)
        bank = self._bank(about.bank_id, None)
        bank = self._bank(about.bank_id, _service(about, bank))
        source = about.source_account_no
        if source and f"{bank.bank_id}:{source}" not in asker.allowed_accounts:
            raise AccountNotAllowedError(source)
        reading = await self.name(asker, bank, about, reference_no="")
        return bank, reading

    async def name(
        self,
        asker: Asker,
        bank: Bank,
        about: AccountQuestion,
        *,
        reference_no: str,
        timeout_s: float | None = None,
    ) -> AccountReading:
        """One question about a name. Raises InvalidOrderError or BankSaidNoError.

        `reference_no` is the payment's own where there is one: BCA wants the
        same number in the question and in the transfer that follows.
        """
        now_us = self._clock.now_us()
        message = bank.driver.render_account_inquiry(
            account_no=about.account_no,
            bank_code=about.bank_code,
            reference_no=reference_no or self._reference(bank, now_us),
            at=jakarta(now_us),
            amount=about.amount,
            source_account_no=about.source_account_no,
            rail=about.rail,
        )
        return await self._ask(
            asker, bank, message, bank.driver.account_inquiry, timeout_s=timeout_s
        )

    def _bank(self, bank_id: str, capability: Capability | None) -> Bank:
        try:
            bank = self._banks.find(bank_id)
        except UnknownBankError:
            raise InvalidFieldError(
                "bank", f"is not configured here; one of {', '.join(self._banks.names)}"
            ) from None
        if capability is not None and capability not in bank.driver.capabilities:
            raise UnsupportedRailError(f"the bank does not offer {capability.value}")
        return bank

    async def _ask(
        self,
        asker: Asker,
        bank: Bank,
        message: WireMessage,
        talk: Callable[[WireMessage, Envelope], Conversation[ResultT]],
        *,
        timeout_s: float | None = None,
    ) -> ResultT:
        """One question; a refused token is refreshed once."""
        longest_s = timeout_s or bank.bank_timeout_s
        result, reading = await self._once(asker, bank, message, talk, timeout_s=longest_s)
        if reading.verdict is Verdict.REFUSED_TOKEN:
            result, reading = await self._once(asker, bank, message, talk, timeout_s=longest_s)
        if result is None or reading.verdict is not Verdict.ACCEPTED:
            raise BankSaidNoError(reading)
        return result

    def _reference(self, bank: Bank, at_us: int) -> str:
        """Of a question that belongs to no payment."""
        return self._identifiers.bank_reference(at_us, digits=bank.driver.reference_digits)

    async def _once(
        self,
        asker: Asker,
        bank: Bank,
        message: WireMessage,
        talk: Callable[[WireMessage, Envelope], Conversation[ResultT]],
        *,
        timeout_s: float,
    ) -> tuple[ResultT | None, Reading]:
        try:
            token = await self._tokens.current(bank)
        except NoTokenError as no_token:
            return None, no_token.reading
        started_us = self._clock.now_us()
        envelope = Envelope(
            external_id=self._identifiers.external_id(
                started_us, digits=bank.driver.external_id_digits(message.service_code)
            ),
            access_token=token.value,
            at=jakarta(started_us),
        )
        attempt_id = self._identifiers.attempt_id()
        outcome = await self._converser.run(
            talk(message, envelope),
            bank.wire,
            attempt_id=attempt_id,
            timeout_s=timeout_s,
            before_first_byte=lambda: None,
        )
        self._clock_watch.saw(bank.identity, outcome.answer)
        reading = outcome.result.reading if outcome.result is not None else outcome.failure
        if reading is None:
            raise AssertionError("a conversation ends with a result or a failure")
        if reading.verdict is Verdict.REFUSED_TOKEN:
            await self._tokens.give_up(bank, token)
        await self._record(
            asker,
            bank,
            message,
            outcome,
            reading=reading,
            attempt_id=attempt_id,
            started_us=started_us,
        )
        return outcome.result, reading

    async def _record(
        self,
        asker: Asker,
        bank: Bank,
        message: WireMessage,
        outcome: Outcome[ResultT],
        *,
        reading: Reading,
        attempt_id: str,
        started_us: int,
    ) -> None:
        now_us = self._clock.now_us()
        record = AuditRecord(
            event_id=self._identifiers.event_id(),
            kind="bank.account.asked",
            at_us=now_us,
            actor=asker.operator or asker.client_id,
            trace_id=asker.trace_id,
            client_id=asker.client_id,
            bank=bank.bank_id,
            attempt_id=attempt_id,
            request=request_half(outcome.sent) if outcome.sent is not None else None,
            response=response_half(outcome.answer) if outcome.answer is not None else None,
            attributes={
                "serviceCode": message.service_code,
                "verdict": reading.verdict.value,
                "responseCode": reading.response_code,
                "reason": reading.reason,
                "durationMs": str((now_us - started_us) // 1000),
            },
        )
        await self._ledger.record([record])
