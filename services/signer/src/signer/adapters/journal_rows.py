"""Writes and reads the journal's rows. Synchronous; the transaction is the caller's.

The head row is the lock: it moves from (sequence, link) to the next by
compare-and-set, so replicas share one chain and none can fork it.
"""

import json
from collections.abc import Iterator, Sequence
from typing import Any

from servicekit.database import read
from sqlalchemy import Connection, Engine, bindparam, insert, select, update

from signer.adapters.tables import ONLY_ROW, journal, journal_head
from signer.domain.journal import Entry, Head, Record

_READ_HEAD = select(journal_head.c.sequence, journal_head.c.link).where(
    journal_head.c.id == ONLY_ROW
)
_MOVE_HEAD = (
    update(journal_head)
    .where(
        journal_head.c.id == ONLY_ROW,
        journal_head.c.sequence == bindparam("from_sequence"),
        journal_head.c.link == bindparam("from_link"),
    )
    .values(sequence=bindparam("to_sequence"), link=bindparam("to_link"))
)
_INSERT = insert(journal)
_PAGE_ROWS = 1_000


class HeadMoved(Exception):  # noqa: N818 - a condition to try again on
    """Another process wrote to the chain; read the head again."""


def read_head(connection: Connection, *, lock: bool = False) -> Head:
    """The end of the chain; with `lock`, nobody else can move it until the commit."""
    row = connection.execute(_READ_HEAD.with_for_update() if lock else _READ_HEAD).one()
    return Head(sequence=row.sequence, link=bytes(row.link))


def append(connection: Connection, records: Sequence[Record], head: Head) -> Head:
    """Adds records after `head` and gives the new head.

    Raises:
        HeadMoved: `head` is not the end any more. Nothing was written.
    """
    at = head
    rows: list[dict[str, Any]] = []
    for record in records:
        entry = at.extend(record.encode())
        at = Head(sequence=entry.sequence, link=entry.link)
        rows.append(
            {
                "sequence": entry.sequence,
                "time_us": record.time_us,
                "act": record.act.value,
                "attempt_id": record.attempt_id,
                "content": entry.content,
                "link": entry.link,
            }
        )
    move = {
        "from_sequence": head.sequence,
        "from_link": head.link,
        "to_sequence": at.sequence,
        "to_link": at.link,
    }
    if connection.execute(_MOVE_HEAD, move).rowcount != 1:
        raise HeadMoved
    connection.execute(_INSERT, rows)
    return at


def read_entries(connection: Connection, *, after: int, limit: int) -> list[Entry]:
    """Entries in order, from the one behind `after`."""
    rows = connection.execute(
        select(journal.c.sequence, journal.c.content, journal.c.link)
        .where(journal.c.sequence > after)
        .order_by(journal.c.sequence)
        .limit(limit)
    )
    return [
        Entry(sequence=row.sequence, content=bytes(row.content), link=bytes(row.link))
        for row in rows
    ]


def walk(connection: Connection) -> Iterator[Entry]:
    """Every entry, in pages."""
    after = 0
    while page := read_entries(connection, after=after, limit=_PAGE_ROWS):
        yield from page
        after = page[-1].sequence


class SQLJournalReader:
    """See application.ports.JournalReader."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def page(self, *, after: int, limit: int) -> tuple[Head, list[Entry]]:
        with read(self._engine) as connection:
            return read_head(connection), read_entries(connection, after=after, limit=limit)


def columns_agree(connection: Connection) -> int | None:
    """The first entry whose search columns differ from its content, or None.

    The chain covers the content only; a search column edited by hand would
    hide an entry from a search.
    """
    after = 0
    while True:
        rows = connection.execute(
            select(journal).where(journal.c.sequence > after).order_by(journal.c.sequence)
            .limit(_PAGE_ROWS)
        ).all()  # fmt: skip
        if not rows:
            return None
        for row in rows:
            content = json.loads(row.content)
            same = (
                content["act"] == row.act
                and content["timeUs"] == row.time_us
                and content.get("attemptId", "") == row.attempt_id
            )
            if not same:
                return int(row.sequence)
        after = rows[-1].sequence
