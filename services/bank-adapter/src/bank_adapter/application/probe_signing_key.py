"""Tries a staged key at its bank: a token request, or a balance inquiry. Moves no money.

The driver speaks as it does every day; only the signer behind it is another,
which signs with the staged version. What the bank said is told to the signer,
which lets nobody promote the version without it. The token is thrown away.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Final, TypeVar

from servicekit.clock import Clock

from bank_adapter.application.ask_about_accounts import BankSaidNoError
from bank_adapter.application.bank import Bank, Banks, UnknownBankError
from bank_adapter.application.converse import Converser, Outcome
from bank_adapter.application.ports.identifiers import Identifiers
from bank_adapter.application.ports.ledger import Ledger
from bank_adapter.application.ports.signer import NotSigned
from bank_adapter.application.ports.staged_key import (
    SignedStep,
    SignerSaidNoError,
    StagedKey,
    StagedKeys,
)
from bank_adapter.application.records import request_half, response_half
from bank_adapter.application.tokens import NoTokenError, Tokens
from bank_adapter.application.transfer_request import InvalidFieldError
from bank_adapter.domain.audit_record import AuditRecord
from bank_adapter.domain.bank_day import jakarta
from bank_adapter.domain.conversation import Conversation, Signature, SignStep
from bank_adapter.domain.rail import Capability
from bank_adapter.domain.rail_choice import UnsupportedRailError
from bank_adapter.domain.verdict import Reading, Verdict
from bank_adapter.drivers.protocol import BalanceReading, Envelope, TokenReading

T = TypeVar("T")
KIND: Final = "bank.key.probed"
_TOKEN_SERVICE: Final = "73"  # noqa: S105  a service code
_BALANCE_SERVICE: Final = "11"
_ANOTHER_KEY: Final = "ANOTHER_KEY"
_REFUSALS: Final = frozenset({Verdict.REFUSED, Verdict.REJECTED})
_Ended = Outcome[TokenReading] | Outcome[BalanceReading]


@dataclass(frozen=True, slots=True, kw_only=True)
class ProbeResult:
    """The bank's word, as the signer was told."""

    accepted: bool
    service_code: str
    reading: Reading


class _StagedSigner:
    """Implements the port of the day-to-day signer with one staged version."""

    def __init__(self, keys: StagedKeys, key: StagedKey) -> None:
        self._keys = keys
        self._key = key
        self.signed: SignedStep | None = None
        self.said_no: SignerSaidNoError | None = None

    async def sign(self, step: SignStep, *, attempt_id: str) -> Signature | NotSigned:
        if step.key_id != self._key.key_id:
            return NotSigned(reason=_ANOTHER_KEY, refused=False)
        try:
            signature = await self._keys.sign(self._key, step, attempt_id=attempt_id)
        except SignerSaidNoError as no:
            self.said_no = no
            return NotSigned(reason=f"SIGNER_{no.reason}", refused=no.refused)
        self.signed = SignedStep(step=step, attempt_id=attempt_id, signature=signature)
        return signature


class ProbeSigningKey:
    """The verb behind `gerbang-ops keys probe`."""

    def __init__(
        self,
        *,
        banks: Banks,
        keys: StagedKeys,
        ledger: Ledger,
        tokens: Tokens,
        identifiers: Identifiers,
        clock: Clock,
    ) -> None:
        self._banks = banks
        self._keys = keys
        self._ledger = ledger
        self._tokens = tokens
        self._identifiers = identifiers
        self._clock = clock

    async def execute(
        self, key: StagedKey, *, bank_id: str, account_no: str, trace_id: str
    ) -> ProbeResult:
        """Raises InvalidFieldError, UnsupportedRailError, SignerSaidNoError or BankSaidNoError.

        With each of them the signer was told nothing.
        """
        bank = self._bank(bank_id)
        signer = _StagedSigner(self._keys, key)
        service_code, outcome = _TOKEN_SERVICE, await self._by_token(bank, signer)
        if outcome is None:
            service_code = _BALANCE_SERVICE
            outcome = await self._by_balance(bank, signer, account_no)
        reading = outcome.result.reading if outcome.result is not None else outcome.failure
        if reading is None:
            raise AssertionError("a conversation ends with a result or a failure")
        if signer.said_no is not None:
            raise signer.said_no
        if signer.signed is None:
            raise InvalidFieldError("keyId", f"is no key that {bank.bank_id} is asked with")
        result = ProbeResult(
            accepted=reading.verdict is Verdict.ACCEPTED,
            service_code=service_code,
            reading=reading,
        )
        await self._record(key, bank, signer.signed, outcome, result, trace_id=trace_id)
        if not result.accepted and reading.verdict not in _REFUSALS:
            raise BankSaidNoError(reading)
        await self._keys.report(
            key,
            signer.signed,
            accepted=result.accepted,
            response_code=reading.response_code or f"HTTP{reading.http_status}",
        )
        return result

    def _bank(self, bank_id: str) -> Bank:
        try:
            return self._banks.find(bank_id)
        except UnknownBankError:
            known = ", ".join(self._banks.names)
            raise InvalidFieldError("bank", f"is not configured here; one of {known}") from None

    async def _by_token(self, bank: Bank, signer: _StagedSigner) -> _Ended | None:
        """None when the bank's token requests carry another key's signature, or none."""
        if not bank.driver.needs_token:
            return None
        outcome = await self._talk(
            bank, signer, bank.driver.token(at=self._now()), timeout_s=bank.token_timeout_s
        )
        if outcome.failure is not None and outcome.failure.reason == _ANOTHER_KEY:
            return None
        if outcome.result is not None and outcome.result.access_token:
            await self._tokens.give_up_current(bank)
        return outcome

    async def _by_balance(self, bank: Bank, signer: _StagedSigner, account_no: str) -> _Ended:
        if Capability.BALANCE not in bank.driver.capabilities:
            raise UnsupportedRailError("the bank offers no balance, so this key cannot be probed")
        if not account_no:
            raise InvalidFieldError(
                "sourceAccountNo", "is required for a key that signs no token request", missing=True
            )
        try:
            token = await self._tokens.current(bank)
        except NoTokenError as no_token:
            raise BankSaidNoError(no_token.reading) from None
        at_us = self._clock.now_us()
        message = bank.driver.render_balance(
            account_no=account_no,
            reference_no=self._identifiers.bank_reference(
                at_us, digits=bank.driver.reference_digits
            ),
            at=jakarta(at_us),
        )
        envelope = Envelope(
            external_id=self._identifiers.external_id(
                at_us, digits=bank.driver.external_id_digits(message.service_code)
            ),
            access_token=token.value,
            at=jakarta(at_us),
        )
        outcome = await self._talk(
            bank,
            signer,
            bank.driver.balance(message, envelope),
            timeout_s=bank.bank_timeout_s,
        )
        if outcome.result is not None and outcome.result.reading.verdict is Verdict.REFUSED_TOKEN:
            await self._tokens.give_up(bank, token)
        return outcome

    async def _talk(
        self, bank: Bank, signer: _StagedSigner, talk: Conversation[T], *, timeout_s: float
    ) -> Outcome[T]:
        return await Converser(signer).run(
            talk,
            bank.wire,
            attempt_id=self._identifiers.attempt_id(),
            timeout_s=timeout_s,
            before_first_byte=lambda: None,
        )

    def _now(self) -> datetime:
        return jakarta(self._clock.now_us())

    async def _record(
        self,
        key: StagedKey,
        bank: Bank,
        signed: SignedStep,
        outcome: _Ended,
        result: ProbeResult,
        *,
        trace_id: str,
    ) -> None:
        """Question and answer, masked: neither signature nor token stands in an event."""
        record = AuditRecord(
            event_id=self._identifiers.event_id(),
            kind=KIND,
            at_us=self._clock.now_us(),
            actor=key.operator,
            trace_id=trace_id,
            bank=bank.bank_id,
            attempt_id=signed.attempt_id,
            request=request_half(outcome.sent) if outcome.sent is not None else None,
            response=response_half(outcome.answer) if outcome.answer is not None else None,
            attributes={
                "keyId": key.key_id,
                "keyVersion": str(key.version),
                "serviceCode": result.service_code,
                "verdict": result.reading.verdict.value,
                "responseCode": result.reading.response_code,
                "reason": result.reading.reason,
            },
        )
        await self._ledger.record([record])
