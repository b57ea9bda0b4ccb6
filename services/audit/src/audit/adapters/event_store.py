"""The write side on SQL: one transaction takes the head and stores a batch.

The head row is locked first and moved by compare-and-set at the end, so
replicas take turns and sequences have no gap: whoever sees the head sees every
event below it. That also makes the read of known ids and of the projection
safe without locks of their own. Called from one thread (event_writer.py).

Events are rarely sent twice, so a batch is inserted without a look first; when
the unique index of ids objects, the known ones are looked up and left out.
"""

from collections.abc import Sequence
from typing import Final

from servicekit.clock import Clock
from servicekit.database import read
from servicekit.database_errors import is_transient
from sqlalchemy import Connection, Engine, bindparam, select, update
from sqlalchemy.exc import DBAPIError, IntegrityError

from audit import limits
from audit.adapters.event_rows import COLUMNS, to_row
from audit.adapters.multi_row import Insert
from audit.adapters.projection import project
from audit.adapters.tables import AUDIT_EVENT, CHAIN_HEAD, HEAD_ID
from audit.domain.chain import ChainHead, extend
from audit.domain.event import Event

# The lock is a courtesy that saves retries (SQLite has none and needs none);
# the compare-and-set is the guard.
_READ_HEAD: Final = (
    select(CHAIN_HEAD.c.chain_sequence, CHAIN_HEAD.c.chain_hash)
    .where(CHAIN_HEAD.c.head_id == HEAD_ID)
    .with_for_update()
)
_MOVE_HEAD: Final = (
    update(CHAIN_HEAD)
    .where(
        CHAIN_HEAD.c.head_id == HEAD_ID,
        CHAIN_HEAD.c.chain_sequence == bindparam("old_sequence"),
        CHAIN_HEAD.c.chain_hash == bindparam("old_hash"),
    )
    .values(chain_sequence=bindparam("new_sequence"), chain_hash=bindparam("new_hash"))
)
_KNOWN_IDS: Final = select(AUDIT_EVENT.c.event_id).where(
    AUDIT_EVENT.c.event_id.in_(bindparam("ids", expanding=True))
)
_INSERT_EVENTS: Final = Insert(AUDIT_EVENT.name, COLUMNS)


class HeadMissingError(Exception):
    """The head row is gone: somebody tampered, or the schema is not migrated."""


class _HeadTakenError(Exception):
    """Another replica moved the head between our read and our update."""


class SQLEventStore:
    """Stores batches on one engine."""

    def __init__(self, engine: Engine, clock: Clock) -> None:
        self._engine = engine
        self._clock = clock

    def store(self, events: Sequence[Event]) -> frozenset[str]:
        """Store the events that are new; their ids. Returns after the commit.

        Raises SQLAlchemyError when the database will not; the same batch may
        then be given again, also after a COMMIT whose result is unknown.
        """
        by_id: dict[str, Event] = {}
        for event in events:
            by_id.setdefault(event.event_id, event)
        fresh = list(by_id.values())
        for _ in range(limits.MAX_HEAD_ATTEMPTS - 1):
            try:
                return self._store_once(fresh)
            except _HeadTakenError:
                continue
            except IntegrityError:
                unknown = self._unknown(fresh)
                if len(unknown) == len(fresh):
                    raise
                fresh = unknown
            except DBAPIError as error:
                if not is_transient(error):
                    raise
        return self._store_once(fresh)

    def _unknown(self, events: Sequence[Event]) -> list[Event]:
        """The events that are not stored yet."""
        ids = [event.event_id for event in events]
        with read(self._engine) as connection:
            known = set(connection.execute(_KNOWN_IDS, {"ids": ids}).scalars())
        return [event for event in events if event.event_id not in known]

    def _store_once(self, events: Sequence[Event]) -> frozenset[str]:
        if not events:
            return frozenset()
        with self._engine.begin() as connection:
            head = _read_head(connection)
            stored = extend(head, events, store_us=self._clock.now_us())
            _INSERT_EVENTS.run(connection, [to_row(one) for one in stored])
            project(connection, events)
            last = stored[-1]
            moved = connection.execute(
                _MOVE_HEAD,
                {
                    "old_sequence": head.sequence,
                    "old_hash": head.chain_hash,
                    "new_sequence": last.sequence,
                    "new_hash": last.chain_hash,
                },
            )
            if moved.rowcount != 1:
                raise _HeadTakenError
        return frozenset(event.event_id for event in events)


def _read_head(connection: Connection) -> ChainHead:
    row = connection.execute(_READ_HEAD).one_or_none()
    if row is None:
        raise HeadMissingError("the row of the chain's head is missing")
    return ChainHead(sequence=row.chain_sequence, chain_hash=row.chain_hash)
