"""One writer thread that turns many small transactions into few (group commit).

Units that wait at the same time are written in one transaction by unit_writer;
a unit's future resolves only after its own commit. The event loop is never
blocked. A caller that stops waiting does not stop its unit.
"""

import asyncio
import queue
import threading
import time
from collections import defaultdict, deque
from collections.abc import Iterable
from dataclasses import dataclass

from sqlalchemy.engine import Engine

from servicekit import limits
from servicekit.commit_unit import (
    CommitError,
    CommitFailed,
    CommitUnknown,
    ConflictError,
    GuardFailed,
    Statement,
    Unit,
)
from servicekit.log import get_logger
from servicekit.unit_writer import UnitWriter

__all__ = [
    "CommitError",
    "CommitFailed",
    "CommitUnknown",
    "ConflictError",
    "GroupCommit",
    "GuardFailed",
    "Statement",
    "Unit",
]

_log = get_logger()


@dataclass(slots=True)
class _Waiting:
    """A unit and who waits for it."""

    unit: Unit
    future: asyncio.Future[None]


class GroupCommit:
    """The process's only writer to its database."""

    def __init__(
        self,
        engine: Engine,
        *,
        linger_s: float = 0.002,
        max_batch: int = 256,
        writer: UnitWriter | None = None,
    ) -> None:
        self._writer = writer or UnitWriter(engine)
        self._linger_s = linger_s
        self._max_batch = max_batch
        # None in the queue means: no more will come.
        self._queue: queue.SimpleQueue[_Waiting | None] = queue.SimpleQueue()
        self._lock = threading.Lock()
        self._open = False
        self._closing = False
        self._thread = threading.Thread(target=self._run, name="group-commit", daemon=True)

    def start(self) -> None:
        """Start the writer thread. Once."""
        self._thread.start()
        self._open = True

    async def commit(self, unit: Unit) -> None:
        """Return when the unit is committed.

        Raises GuardFailed, ConflictError, CommitFailed or CommitUnknown, and
        RuntimeError before start and after close.
        """
        future: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        with self._lock:
            if not self._open:
                raise RuntimeError("the group commit is not running")
            self._queue.put(_Waiting(unit, future))
        await future

    def close(self) -> None:
        """Write what was handed over, then end the thread. Blocks until then."""
        with self._lock:
            if not self._open:
                return
            self._open = False
            self._queue.put(None)
        self._thread.join()

    def _run(self) -> None:
        postponed: deque[_Waiting] = deque()
        last_size = 0
        while True:
            batch, postponed = self._collect(postponed, last_size)
            if not batch:
                break
            last_size = len(batch)
            _resolve(batch, self._write(batch))
        self._writer.close()

    def _write(self, batch: list[_Waiting]) -> list[CommitError | None]:
        units = [waiting.unit for waiting in batch]
        try:
            return self._writer.write(units)
        except BaseException:  # noqa: BLE001 - the thread must live on
            # A fault of ours: nobody knows what was written.
            _log.error("group commit crashed", units=len(units), exc_info=True)
            return [CommitUnknown(unit, "the writer failed") for unit in units]

    def _collect(
        self, postponed: deque[_Waiting], last_size: int
    ) -> tuple[list[_Waiting], deque[_Waiting]]:
        """The next batch, ordered by key, and what must wait for the one after.

        Waits for the first unit. The batch is empty only when all is written
        and no more will come.
        """
        batch: dict[str, _Waiting] = {}
        later: deque[_Waiting] = deque()
        while postponed and len(batch) < self._max_batch:
            _place(postponed.popleft(), batch, later)
        later.extend(postponed)
        linger_until = 0.0
        while not self._closing and len(batch) < self._max_batch:
            try:
                arrived = self._next(batch, linger_until)
            except queue.Empty:
                crowd = max(len(batch), last_size)
                if linger_until or crowd <= limits.LINGER_ABOVE_UNITS or not self._linger_s:
                    break
                linger_until = time.monotonic() + self._linger_s
                continue
            if arrived is None:
                self._closing = True
            else:
                _place(arrived, batch, later)
        return [batch[key] for key in sorted(batch)], later

    def _next(self, batch: dict[str, _Waiting], linger_until: float) -> _Waiting | None:
        if not batch:
            return self._queue.get()
        if not linger_until:
            return self._queue.get_nowait()
        return self._queue.get(timeout=max(0.0, linger_until - time.monotonic()))


def _place(waiting: _Waiting, batch: dict[str, _Waiting], later: deque[_Waiting]) -> None:
    if waiting.unit.key in batch:
        later.append(waiting)
    else:
        batch[waiting.unit.key] = waiting


def _resolve(batch: Iterable[_Waiting], outcomes: Iterable[CommitError | None]) -> None:
    """Tell everyone who waits, with one wake-up per event loop."""
    by_loop: dict[
        asyncio.AbstractEventLoop, list[tuple[asyncio.Future[None], CommitError | None]]
    ] = defaultdict(list)
    for waiting, outcome in zip(batch, outcomes, strict=True):
        by_loop[waiting.future.get_loop()].append((waiting.future, outcome))
    for loop, answers in by_loop.items():
        try:
            loop.call_soon_threadsafe(_set_all, answers)
        except RuntimeError:
            _log.warning("event loop closed before its commits", units=len(answers))


def _set_all(answers: Iterable[tuple[asyncio.Future[None], CommitError | None]]) -> None:
    for future, outcome in answers:
        # A caller that was cancelled has cancelled its future with it.
        if future.done():
            continue
        if outcome is None:
            future.set_result(None)
        else:
            future.set_exception(outcome)
