"""Reads transfers for a client: one with its history, a list, the pull feed."""

from __future__ import annotations

from dataclasses import dataclass

from servicekit.clock import Clock

from bank_adapter.application.ports.ledger import Ledger, PagePosition, TransferFilter
from bank_adapter.domain.attempt import Attempt
from bank_adapter.domain.transfer import Transfer, TransferEvent
from bank_adapter.limits import FEED_SETTLE_S

_MICROSECONDS = 1_000_000


class TransferNotFoundError(Exception):
    """No such transfer of this client; another client's is as absent as none."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TransferHistory:
    """A transfer with everything that happened, oldest first."""

    transfer: Transfer
    attempts: tuple[Attempt, ...]
    events: tuple[TransferEvent, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """Some transfers, and where the next page starts; None on the last."""

    transfers: tuple[Transfer, ...]
    next: PagePosition | None


def waiting_page(found: tuple[Transfer, ...], limit: int) -> Page:
    """A page by last change, of one transfer more than it shows if there are more."""
    shown = found[:limit]
    if len(found) <= limit:
        return Page(transfers=shown, next=None)
    last = shown[-1]
    return Page(
        transfers=shown, next=PagePosition(at_us=last.updated_us, transfer_id=last.transfer_id)
    )


class ReadTransfers:
    """The reading verbs behind /v1/transfers."""

    def __init__(self, *, ledger: Ledger, clock: Clock) -> None:
        self._ledger = ledger
        self._clock = clock

    async def one(self, transfer_id: str, *, client_id: str) -> Transfer:
        """Raises TransferNotFoundError."""
        transfer = await self._ledger.get(transfer_id)
        if transfer is None or transfer.client_id != client_id:
            raise TransferNotFoundError(transfer_id)
        return transfer

    async def history(self, transfer_id: str, *, client_id: str) -> TransferHistory:
        """Raises TransferNotFoundError."""
        transfer = await self.one(transfer_id, client_id=client_id)
        return TransferHistory(
            transfer=transfer,
            attempts=await self._ledger.attempts(transfer_id),
            events=await self._ledger.events(transfer_id),
        )

    async def newest(
        self, wanted: TransferFilter, *, after: PagePosition | None, limit: int
    ) -> Page:
        """By creation, newest first."""
        found = await self._ledger.list_newest(wanted, after=after, limit=limit + 1)
        shown = found[:limit]
        more = len(found) > limit
        last = (
            PagePosition(at_us=shown[-1].created_us, transfer_id=shown[-1].transfer_id)
            if (more)
            else None
        )
        return Page(transfers=shown, next=last)

    async def changed(self, wanted: TransferFilter, *, after: PagePosition, limit: int) -> Page:
        """The pull feed: by last change, oldest first; its token never ends.

        A change shows only once it has settled, so that one that committed
        late cannot slip in behind a token already handed out.
        """
        before_us = self._clock.now_us() - int(FEED_SETTLE_S * _MICROSECONDS)
        found = await self._ledger.list_changed(
            wanted, after=after, before_us=before_us, limit=limit
        )
        if not found:
            return Page(transfers=(), next=after)
        last = found[-1]
        return Page(
            transfers=found,
            next=PagePosition(at_us=last.updated_us, transfer_id=last.transfer_id),
        )
