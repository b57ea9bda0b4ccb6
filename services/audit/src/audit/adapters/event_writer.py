"""Feeds the event store from the event loop: one thread, one commit at a time.

Batches that arrive while a commit runs are stored together in the next one.
When a shared transaction fails, each batch is tried alone, so one sender's
bad luck is not another's. Nothing is acknowledged before its own commit.
"""

import asyncio
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Protocol

from audit import limits
from audit.domain.event import Event


class BatchStore(Protocol):
    """What the writer drives; SQLEventStore in production."""

    def store(self, events: Sequence[Event]) -> frozenset[str]: ...


class OverloadedError(Exception):
    """Too many batches wait already; the sender should come back later."""


@dataclass(frozen=True, slots=True)
class _Waiting:
    events: Sequence[Event]
    stored: asyncio.Future[int]


class EventWriter:
    """The EventLog of the application. `start` on the loop that calls `store`."""

    def __init__(self, store: BatchStore) -> None:
        self._store = store
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="audit-writer")
        self._queue: asyncio.Queue[_Waiting] = asyncio.Queue(limits.MAX_BATCHES_WAITING)
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        self._task = asyncio.get_running_loop().create_task(self._drain())

    async def close(self) -> None:
        """Stop after the running commit; waiting batches are not acknowledged."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)
        _abandon([self._queue.get_nowait() for _ in range(self._queue.qsize())])
        await asyncio.to_thread(self._thread.shutdown)

    async def store(self, events: Sequence[Event]) -> int:
        waiting = _Waiting(events, asyncio.get_running_loop().create_future())
        try:
            self._queue.put_nowait(waiting)
        except asyncio.QueueFull:
            raise OverloadedError("too many batches wait to be stored") from None
        return await waiting.stored

    async def _drain(self) -> None:
        carried: _Waiting | None = None
        while True:
            group = [carried or await self._queue.get()]
            carried = None
            size = len(group[0].events)
            while not self._queue.empty():
                batch = self._queue.get_nowait()
                size += len(batch.events)
                if size > limits.MAX_EVENTS_PER_COMMIT:
                    carried = batch
                    break
                group.append(batch)
            try:
                await self._commit(group)
            except asyncio.CancelledError:
                _abandon(group if carried is None else [*group, carried])
                raise

    async def _commit(self, group: list[_Waiting]) -> None:
        together = [event for batch in group for event in batch.events]
        try:
            stored = await self._in_thread(together)
        except Exception as error:  # noqa: BLE001 - handed to whoever waits
            if len(group) == 1:
                _fail(group[0], error)
                return
            for batch in group:
                await self._commit([batch])
            return
        remaining = set(stored)
        for batch in group:
            mine = {event.event_id for event in batch.events} & remaining
            remaining -= mine
            # A caller that hung up has cancelled its future.
            if not batch.stored.done():
                batch.stored.set_result(len(mine))

    async def _in_thread(self, events: Sequence[Event]) -> frozenset[str]:
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._thread, self._store.store, events)


def _fail(batch: _Waiting, error: Exception) -> None:
    if not batch.stored.done():
        batch.stored.set_exception(error)


def _abandon(group: Sequence[_Waiting]) -> None:
    for batch in group:
        batch.stored.cancel()
