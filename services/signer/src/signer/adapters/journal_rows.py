"""Writes and reads the journal's rows. Synchronous; the transaction is the caller's.

The head row is the lock: it moves from (sequence, link) to the next by
compare-and-set, so replicas share one chain and none can fork it. A row holds
all entries of one commit, because a row each cost more than the signatures.
"""

from collections.abc import Iterator, Sequence
from typing import Any

from servicekit.database import read
from sqlalchemy import Connection, Engine, bindparam, insert, select, update

from signer.adapters.tables import ONLY_ROW, journal, journal_head
from signer.domain.journal import Entry, Head, Record, link
from signer.limits import SHA256_BYTES

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
_PAGE_ENTRIES = 1_000
_LINE = b"\n"  # canonical JSON has none


class HeadMoved(Exception):  # noqa: N818 - a condition to try again on
    """Another process wrote to the chain; read the head again."""


def read_head(connection: Connection, *, lock: bool = False) -> Head:
    """The end of the chain; with `lock`, nobody else can move it until the commit."""
    row = connection.execute(_READ_HEAD.with_for_update() if lock else _READ_HEAD).one()
    return Head(sequence=row.sequence, link=bytes(row.link))


def append(connection: Connection, records: Sequence[Record], head: Head) -> Head:
    """Adds records after `head`, all in one row, and gives the new head.

    Raises:
        HeadMoved: `head` is not the end any more. Nothing was written.
    """
    contents = [record.encode() for record in records]
    links: list[bytes] = []
    last, sequence = head.link, head.sequence
    for content in contents:
        sequence += 1
        last = link(previous=last, sequence=sequence, content=content)
        links.append(last)
    move = {
        "from_sequence": head.sequence,
        "from_link": head.link,
        "to_sequence": sequence,
        "to_link": last,
    }
    if connection.execute(_MOVE_HEAD, move).rowcount != 1:
        raise HeadMoved
    row = {
        "first_sequence": head.sequence + 1,
        "last_sequence": sequence,
        "contents": _LINE.join(contents),
        "links": b"".join(links),
    }
    connection.execute(_INSERT, row)
    return Head(sequence=sequence, link=last)


def read_entries(connection: Connection, *, after: int, limit: int) -> list[Entry]:
    """At most `limit` entries in order, from the one behind `after`; none at the end only."""
    behind = journal.c.last_sequence > after
    first = connection.execute(
        select(journal.c.first_sequence).where(behind).order_by(journal.c.last_sequence).limit(1)
    ).scalar()
    if first is None:
        return []
    start = max(first, after + 1)
    rows = connection.execute(
        select(journal)
        .where(behind, journal.c.first_sequence < start + limit)
        .order_by(journal.c.last_sequence)
    )
    entries = (entry for row in rows for entry in _entries(row))
    return [entry for entry in entries if after < entry.sequence < start + limit]


def _entries(row: Any) -> Iterator[Entry]:
    """A row's entries. What was edited shows as a link that does not fit, or none."""
    links = bytes(row.links)
    for place, content in enumerate(bytes(row.contents).split(_LINE)):
        at = place * SHA256_BYTES
        yield Entry(
            sequence=row.first_sequence + place,
            content=content,
            link=links[at : at + SHA256_BYTES],
        )


def walk(connection: Connection) -> Iterator[Entry]:
    """Every entry, in pages."""
    after = 0
    while page := read_entries(connection, after=after, limit=_PAGE_ENTRIES):
        yield from page
        after = page[-1].sequence


class SQLJournalReader:
    """See application.ports.JournalReader."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def page(self, *, after: int, limit: int) -> tuple[Head, list[Entry]]:
        with read(self._engine) as connection:
            return read_head(connection), read_entries(connection, after=after, limit=limit)
