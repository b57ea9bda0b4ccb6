"""Group commit for the journal: callers wait together for one fsync.

One thread owns one connection and keeps it. While it commits, the next batch
gathers; a batch's futures resolve only after its COMMIT returned. A commit
that fails or whose result is unknown fails them all: no signature leaves, and
at worst the journal holds an act that never became visible.
"""

import asyncio
import contextlib
import queue
import threading
from collections.abc import Sequence
from dataclasses import dataclass

from servicekit.log import get_logger
from sqlalchemy import Connection, Engine
from sqlalchemy.exc import SQLAlchemyError

from signer.adapters import journal_rows
from signer.domain.journal import Head, Record
from signer.domain.refusal import Reason, Refusal
from signer.limits import (
    JOURNAL_BATCH_MAX_RECORDS,
    JOURNAL_QUEUE_MAX_UNITS,
    JOURNAL_WRITE_ATTEMPTS,
)

_log = get_logger()


@dataclass(frozen=True, slots=True, kw_only=True)
class _Unit:
    records: Sequence[Record]
    loop: asyncio.AbstractEventLoop
    written: asyncio.Future[None]

    def finish(self, refusal: Refusal | None) -> None:
        """Called on the writer's thread."""
        self.loop.call_soon_threadsafe(_settle, self.written, refusal)


def _settle(future: asyncio.Future[None], refusal: Refusal | None) -> None:
    if future.done():  # the caller went away
        return
    if refusal is None:
        future.set_result(None)
    else:
        future.set_exception(refusal)


def _unwritten() -> Refusal:
    return Refusal(Reason.UNAVAILABLE, "the journal cannot be written; nothing was signed")


class JournalWriter:
    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._queue: queue.Queue[_Unit | None] = queue.Queue(JOURNAL_QUEUE_MAX_UNITS)
        self._thread = threading.Thread(target=self._run, name="journal", daemon=True)
        self._connection: Connection | None = None
        self._head: Head | None = None
        self._closed = False

    def start(self) -> None:
        self._thread.start()

    def close(self) -> None:
        """Writes what waits, then ends the thread. Blocking; call it once."""
        self._closed = True
        self._queue.put(None)
        self._thread.join()

    async def append(self, records: Sequence[Record]) -> None:
        """See application.ports.Journal."""
        if not records:
            return
        loop = asyncio.get_running_loop()
        unit = _Unit(records=records, loop=loop, written=loop.create_future())
        if self._closed:
            raise _unwritten()
        try:
            self._queue.put_nowait(unit)
        except queue.Full:
            raise Refusal(Reason.UNAVAILABLE, "too many signatures wait for the journal") from None
        await unit.written

    def _run(self) -> None:
        open_ = True
        while open_:
            units, open_ = self._gather()
            if units:
                self._write(units)
        self._disconnect()

    def _gather(self) -> tuple[list[_Unit], bool]:
        """Waits for one unit and takes what else is there, up to a batch."""
        first = self._queue.get()
        if first is None:
            return [], False
        units = [first]
        count = len(first.records)
        while count < JOURNAL_BATCH_MAX_RECORDS:
            try:
                unit = self._queue.get_nowait()
            except queue.Empty:
                break
            if unit is None:
                return units, False
            units.append(unit)
            count += len(unit.records)
        return units, True

    def _write(self, units: Sequence[_Unit]) -> None:
        refusal: Refusal | None = None
        try:
            self._commit([record for unit in units for record in unit.records])
        except Exception as error:  # noqa: BLE001 - whatever it was, the callers must hear of it
            self._head = None
            self._disconnect()
            _log.error("journal not written", error=type(error).__name__, units=len(units))
            refusal = _unwritten()
        for unit in units:
            try:
                unit.finish(refusal)
            except RuntimeError:  # its loop has closed
                _log.warning("journal written for a caller that is gone")

    def _commit(self, records: Sequence[Record]) -> None:
        for attempt in range(1, JOURNAL_WRITE_ATTEMPTS + 1):
            try:
                connection = self._connected()
                with connection.begin():
                    head = self._head or journal_rows.read_head(connection, lock=True)
                    head = journal_rows.append(connection, records, head)
            except journal_rows.HeadMoved:
                self._head = None  # another replica or the command line wrote; read it again
            except SQLAlchemyError:
                self._head = None
                self._disconnect()
                if attempt == JOURNAL_WRITE_ATTEMPTS:
                    raise
            else:
                self._head = head
                return
        raise journal_rows.HeadMoved

    def _connected(self) -> Connection:
        if self._connection is None:
            self._connection = self._engine.connect()
        return self._connection

    def _disconnect(self) -> None:
        """Lets go of the connection for good: nobody knows what state it is in."""
        connection, self._connection = self._connection, None
        if connection is not None:
            with contextlib.suppress(SQLAlchemyError):
                connection.invalidate()
            with contextlib.suppress(SQLAlchemyError):
                connection.close()
