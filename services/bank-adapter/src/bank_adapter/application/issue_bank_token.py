"""Gives a bank the token it signs its notifications with (SNAP 73, roles swapped).

The bank proves itself by RSA over `client|timestamp`; the signer checks that
with the bank's public key. Of the token only a digest is kept.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable

from servicekit.clock import Clock
from servicekit.log import get_logger

from bank_adapter.application.inbound_banks import InboundBank, InboundBanks
from bank_adapter.application.inbound_call import (
    InboundAnswer,
    InboundCall,
    Refusals,
    accepted,
    call_record,
    check_finding,
    check_moment,
)
from bank_adapter.application.ports.identifiers import Identifiers
from bank_adapter.application.ports.inbound_store import InboundStore, InboundToken
from bank_adapter.application.ports.ledger import UnavailableError
from bank_adapter.application.ports.signature_check import (
    NoFindingError,
    SignatureCheck,
    TokenProof,
)
from bank_adapter.limits import INBOUND_TOKEN_S
from bank_adapter.snap import inbound
from bank_adapter.snap.inbound import RefusedCallError, TokenRequest

_MICROSECONDS = 1_000_000
log = get_logger()


class IssueBankToken:
    """The verb behind POST /openapi/v1.0/access-token/b2b."""

    def __init__(
        self,
        *,
        banks: InboundBanks,
        store: InboundStore,
        signatures: SignatureCheck,
        refusals: Refusals,
        identifiers: Identifiers,
        clock: Clock,
        new_token: Callable[[], str],
    ) -> None:
        self._banks = banks
        self._store = store
        self._signatures = signatures
        self._refusals = refusals
        self._identifiers = identifiers
        self._clock = clock
        self._new_token = new_token

    async def execute(self, call: InboundCall) -> InboundAnswer:
        """The token, or SNAP's refusal. Never raises for what the bank sent."""
        known = ""
        try:
            request = inbound.token_request(call.headers, call.body)
            bank = self._bank_of(request)
            known = bank.bank_id
            check_moment(request.at, bank, now_us=self._clock.now_us())
            proof = TokenProof(
                key_id=bank.token_key_id,
                client_key=request.client_key,
                timestamp=request.timestamp,
                signature=request.signature,
            )
            check_finding(await self._signatures.check(proof, trace_id=call.trace_id))
            return await self._issue(call, bank)
        except RefusedCallError as refusal:
            return await self._refusals.answer(call, refusal, known)
        except (NoFindingError, UnavailableError) as error:
            log.error("a bank's token request could not be judged", bank=known, reason=str(error))  # noqa: TRY400  expected, and no stack helps
            return await self._refusals.answer(
                call, RefusedCallError(500, "00", "General Error"), known
            )

    def _bank_of(self, request: TokenRequest) -> InboundBank:
        bank = self._banks.known_as(request.client_key)
        if bank is None:
            raise RefusedCallError(401, "00", "Unauthorized. [Unknown client]")
        return bank

    async def _issue(self, call: InboundCall, bank: InboundBank) -> InboundAnswer:
        now_us = self._clock.now_us()
        value = self._new_token()
        token = InboundToken(
            token_sha256=hashlib.sha256(value.encode()).hexdigest(),
            bank=bank.bank_id,
            expires_us=now_us + INBOUND_TOKEN_S * _MICROSECONDS,
        )
        answer = accepted(
            call, accessToken=value, tokenType="Bearer", expiresIn=str(INBOUND_TOKEN_S)
        )
        record = call_record(
            call,
            answer,
            event_id=self._identifiers.event_id(),
            at_us=now_us,
            bank=bank.bank_id,
            attributes={},
        )
        await self._store.add_token(token, record, now_us=now_us)
        return answer
