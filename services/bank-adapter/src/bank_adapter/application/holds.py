"""Keeps payments from being sent while a person says so.

Asked in the same places as a bank's circuit, before anything is intended; what
is on its way already is carried to its end. Every process sees a change within
a moment (`HOLD_BELIEVED_S`).
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from servicekit.clock import Clock
from servicekit.log import get_logger

from bank_adapter.application.operator_reason import check_reason
from bank_adapter.application.ports.hold_store import HoldStore
from bank_adapter.application.ports.identifiers import Identifiers
from bank_adapter.application.ports.ledger import OvertakenError
from bank_adapter.application.transfer_request import InvalidFieldError
from bank_adapter.domain.audit_record import AuditRecord
from bank_adapter.domain.hold import EVERYTHING, Hold, HoldKind
from bank_adapter.domain.transfer import Transfer
from bank_adapter.limits import HOLD_BELIEVED_S

log = get_logger()


@dataclass(frozen=True, slots=True, kw_only=True)
class HoldWord:
    """What a named person wants: sending stopped or let go, and why."""

    scope: str
    on: bool
    kind: HoldKind
    operator: str
    reason: str
    trace_id: str = ""


class Holds:
    """Every hold of the house."""

    def __init__(
        self,
        *,
        store: HoldStore,
        bank_ids: Collection[str],
        identifiers: Identifiers,
        clock: Clock,
    ) -> None:
        self._store = store
        self._bank_ids = frozenset(bank_ids)
        self._identifiers = identifiers
        self._clock = clock
        self._seen: tuple[Hold, ...] = ()
        self._seen_at: float | None = None

    async def find(self, bank_id: str) -> Hold | None:
        """The hold on a bank, read at most once a moment; one after a restore goes first."""
        now = self._clock.monotonic()
        if self._seen_at is None or now - self._seen_at >= HOLD_BELIEVED_S:
            self._seen, self._seen_at = await self._store.all(), now
        found = [hold for hold in self._seen if hold.covers(bank_id)]
        return min(found, key=lambda hold: hold.kind is not HoldKind.RESTORE, default=None)

    async def doubts(self, transfer: Transfer) -> bool:
        """Whether the payment must not end by itself now: see Hold.doubts."""
        hold = await self.find(transfer.bank)
        return hold is not None and hold.doubts(transfer)

    async def show(self) -> tuple[Hold, ...]:
        """As stored now, those that were let go too."""
        return await self._store.all()

    async def say(self, word: HoldWord) -> Hold:
        """Places a hold or lets it go; repeating what holds already changes nothing.

        Raises InvalidFieldError, and OvertakenError when somebody was first.
        """
        check_reason(word.reason)
        scope = word.scope or EVERYTHING
        if scope not in {EVERYTHING, *self._bank_ids}:
            raise InvalidFieldError("bank", "is not configured here")
        stored = {hold.scope: hold for hold in await self._store.all()}.get(scope)
        if stored is None and not word.on:
            raise InvalidFieldError("bank", "is not on hold")
        same = stored is not None and stored.on == word.on
        if stored is not None and same and (stored.kind is word.kind or not word.on):
            return stored
        return await self._change(scope, word, stored)

    async def _change(self, scope: str, word: HoldWord, stored: Hold | None) -> Hold:
        now_us = self._clock.now_us()
        hold = Hold(
            scope=scope,
            on=word.on,
            kind=word.kind if word.on or stored is None else stored.kind,
            since_us=now_us,
            operator=word.operator,
            reason=word.reason,
            version=stored.version + 1 if stored is not None else 1,
        )
        record = AuditRecord(
            event_id=self._identifiers.event_id(),
            kind="bank.hold.placed" if hold.on else "bank.hold.released",
            at_us=now_us,
            actor=word.operator,
            trace_id=word.trace_id,
            bank="" if scope == EVERYTHING else scope,
            attributes={"scope": scope, "kind": hold.kind.value, "reason": word.reason},
        )
        if not await self._store.save(hold, record):
            raise OvertakenError
        self._seen_at = None
        log.warning(
            "sending is on hold" if hold.on else "sending is let go",
            scope=scope,
            operator=word.operator,
        )
        return hold
