"""The bank's access token: one per bank identity, refreshed once for everyone.

The token lives in the database with a generation. A process refreshes it only
while it holds the lease, early, and one task at a time; the others wait for
what it stores. A refused token is given up only if it is still the current
one. The house assumes that a new token kills the old one.
"""

from __future__ import annotations

import asyncio
import contextlib

from servicekit.clock import Clock
from servicekit.log import get_logger

from bank_adapter.application.bank import Bank
from bank_adapter.application.clock_watch import ClockWatch
from bank_adapter.application.converse import Converser, Outcome
from bank_adapter.application.ports.identifiers import Identifiers
from bank_adapter.application.ports.ledger import Ledger, UnavailableError
from bank_adapter.application.ports.token_store import StoredToken, TokenStore
from bank_adapter.application.records import ACTOR, request_half, response_half
from bank_adapter.domain.audit_record import AuditRecord
from bank_adapter.domain.bank_day import jakarta
from bank_adapter.domain.verdict import Reading, Verdict
from bank_adapter.drivers.protocol import TokenReading
from bank_adapter.limits import TOKEN_EARLY_S, TOKEN_POLL_S, TOKEN_WAIT_S

_MICROSECONDS = 1_000_000
log = get_logger()
# What a bank without tokens is sent.
_NONE = StoredToken(value="", generation=0, expires_us=0)


class NoTokenError(Exception):
    """The bank gave no token. `reading` says what that means for a sender."""

    def __init__(self, reading: Reading) -> None:
        super().__init__(reading.reason)
        self.reading = reading


class Tokens:
    """Hands out the current token of a bank."""

    def __init__(
        self,
        *,
        store: TokenStore,
        ledger: Ledger,
        converser: Converser,
        identifiers: Identifiers,
        clock: Clock,
        clock_watch: ClockWatch,
        holder: str,
    ) -> None:
        self._clock_watch = clock_watch
        self._store = store
        self._ledger = ledger
        self._converser = converser
        self._identifiers = identifiers
        self._clock = clock
        self._holder = holder
        self._cached: dict[str, StoredToken] = {}
        self._locks: dict[str, asyncio.Lock] = {}

    async def current(self, bank: Bank) -> StoredToken:
        """A token good for another while. Raises NoTokenError.

        Empty, and never asked for, at a bank whose messages carry none.
        """
        if not bank.driver.needs_token:
            return _NONE
        cached = self._cached.get(bank.identity)
        if cached is not None and self._good(cached):
            return cached
        async with self._locks.setdefault(bank.identity, asyncio.Lock()):
            cached = self._cached.get(bank.identity)
            if cached is not None and self._good(cached):
                return cached
            try:
                token = await self._shared(bank)
            except UnavailableError as error:
                reading = Reading(verdict=Verdict.NOT_SENT, reason="TOKEN_STORE_UNAVAILABLE")
                raise NoTokenError(reading) from error
            self._cached[bank.identity] = token
            return token

    async def give_up(self, bank: Bank, token: StoredToken) -> None:
        """The bank refused this token: nobody shall use it again."""
        if token is _NONE:
            return
        cached = self._cached.get(bank.identity)
        if cached is not None and cached.generation == token.generation:
            del self._cached[bank.identity]
        try:
            await self._store.give_up(bank.identity, generation=token.generation)
        except UnavailableError:
            log.warning("a refused bank token could not be marked", bank=bank.bank_id)

    async def give_up_current(self, bank: Bank) -> None:
        """The bank gave a token that is not kept here; it may have ended the one that is."""
        with contextlib.suppress(UnavailableError):
            stored = await self._store.load(bank.identity)
            if stored is not None:
                await self.give_up(bank, stored)

    def _good(self, token: StoredToken) -> bool:
        return token.expires_us - TOKEN_EARLY_S * _MICROSECONDS > self._clock.now_us()

    async def _shared(self, bank: Bank) -> StoredToken:
        """The stored token, or a fresh one if this process may fetch it."""
        deadline = self._clock.monotonic() + TOKEN_WAIT_S
        while True:
            stored = await self._store.load(bank.identity)
            if stored is not None and self._good(stored):
                return stored
            now_us = self._clock.now_us()
            until_us = now_us + int((bank.token_timeout_s + TOKEN_WAIT_S) * _MICROSECONDS)
            leased = await self._store.lease(
                bank.identity, holder=self._holder, now_us=now_us, until_us=until_us
            )
            if leased:
                return await self._fetch_unless_there(bank)
            if self._clock.monotonic() >= deadline:
                raise NoTokenError(Reading(verdict=Verdict.NOT_SENT, reason="TOKEN_BUSY"))
            await asyncio.sleep(TOKEN_POLL_S)

    async def _fetch_unless_there(self, bank: Bank) -> StoredToken:
        """Under the lease: the one before us may have stored a token since we looked.

        Asking all the same would end that token for everybody.
        """
        try:
            stored = await self._store.load(bank.identity)
        except BaseException:
            await self._release(bank)
            raise
        if stored is not None and self._good(stored):
            await self._release(bank)
            return stored
        return await self._fetch(bank, after=stored)

    async def _release(self, bank: Bank) -> None:
        with contextlib.suppress(UnavailableError):
            await asyncio.shield(self._store.release(bank.identity, holder=self._holder))

    async def _fetch(self, bank: Bank, *, after: StoredToken | None) -> StoredToken:
        """Asks the bank under the lease, and stores what it gave."""
        generation = (after.generation if after is not None else 0) + 1
        try:
            token = await self._ask(bank, generation)
            saved = await self._store.save(bank.identity, token, holder=self._holder)
        except BaseException:
            await self._release(bank)
            raise
        if not saved:
            raise NoTokenError(Reading(verdict=Verdict.NOT_SENT, reason="TOKEN_LEASE_LOST"))
        log.info("bank token refreshed", bank=bank.bank_id, generation=generation)
        return token

    async def _ask(self, bank: Bank, generation: int) -> StoredToken:
        """One token conversation. Raises NoTokenError."""
        started_us = self._clock.now_us()
        attempt_id = self._identifiers.attempt_id()
        outcome = await self._converser.run(
            bank.driver.token(at=jakarta(started_us)),
            bank.wire,
            attempt_id=attempt_id,
            timeout_s=bank.token_timeout_s,
            before_first_byte=lambda: None,
        )
        self._clock_watch.saw(bank.identity, outcome.answer)
        await self._record(bank, outcome, attempt_id=attempt_id, started_us=started_us)
        result = outcome.result
        if result is None or not result.access_token:
            raise NoTokenError(_as_sender_sees(result, outcome.failure))
        return StoredToken(
            value=result.access_token,
            generation=generation,
            expires_us=started_us + result.expires_in_s * _MICROSECONDS,
        )

    async def _record(
        self, bank: Bank, outcome: Outcome[TokenReading], *, attempt_id: str, started_us: int
    ) -> None:
        now_us = self._clock.now_us()
        reading = outcome.result.reading if outcome.result is not None else outcome.failure
        record = AuditRecord(
            event_id=self._identifiers.event_id(),
            kind="bank.token.requested",
            at_us=now_us,
            actor=ACTOR,
            bank=bank.bank_id,
            attempt_id=attempt_id,
            request=request_half(outcome.sent) if outcome.sent is not None else None,
            response=response_half(outcome.answer) if outcome.answer is not None else None,
            attributes={
                "serviceCode": "73",
                "responseCode": reading.response_code if reading is not None else "",
                "reason": reading.reason if reading is not None else "",
                "durationMs": str((now_us - started_us) // 1000),
            },
        )
        await self._ledger.record([record])


def _as_sender_sees(result: TokenReading | None, failure: Reading | None) -> Reading:
    """Without a token nothing of the payment was sent, whatever the bank said.

    A bank that refuses our token request refuses us; anything else is an
    outage, and the payment waits.
    """
    reading = result.reading if result is not None else failure
    if reading is None:
        return Reading(verdict=Verdict.NOT_SENT, reason="TOKEN_UNAVAILABLE")
    refused = reading.verdict in {Verdict.REFUSED, Verdict.REFUSED_TOKEN, Verdict.REJECTED}
    return Reading(
        verdict=Verdict.REFUSED if refused else Verdict.NOT_SENT,
        response_code=reading.response_code,
        response_message=reading.response_message,
        reason="TOKEN_REFUSED" if refused else "TOKEN_UNAVAILABLE",
        alarm=refused,
    )
