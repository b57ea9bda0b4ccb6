"""Keeps the charts' tables in step with the events, in the same transaction.

Each table costs one SELECT, one DELETE and one INSERT a batch, whatever its
size: that is the common subset of SQL for an upsert. Only the holder of the
chain's head gets here, so nobody else writes between them.
"""

from collections import Counter
from collections.abc import Sequence
from typing import Any, Final

from sqlalchemy import Connection, RowMapping, and_, bindparam, delete, insert, select

from audit.adapters.tables import EVENT_TALLY, TRANSFER_PROJECTION
from audit.domain.event import Event
from audit.domain.transfer_state import STATE_CHANGED, TransferLine, TransferState, fold

HOUR_US: Final = 3_600_000_000

_HAS_TRANSFER: Final = TRANSFER_PROJECTION.c.transfer_id.in_(bindparam("ids", expanding=True))
_READ_LINES: Final = select(TRANSFER_PROJECTION).where(_HAS_TRANSFER)
_DROP_LINES: Final = delete(TRANSFER_PROJECTION).where(_HAS_TRANSFER)
_ADD_LINES: Final = insert(TRANSFER_PROJECTION)

# Hours times kinds: a few cells more than the batch touches, all rewritten.
_HAS_CELL: Final = and_(
    EVENT_TALLY.c.hour_us.in_(bindparam("hours", expanding=True)),
    EVENT_TALLY.c.kind.in_(bindparam("kinds", expanding=True)),
)
_READ_TALLY: Final = select(EVENT_TALLY).where(_HAS_CELL)
_DROP_TALLY: Final = delete(EVENT_TALLY).where(_HAS_CELL)
_ADD_TALLY: Final = insert(EVENT_TALLY)


def project(connection: Connection, events: Sequence[Event]) -> None:
    """Add events that have just been stored, each exactly once, to the projections."""
    _project_transfers(connection, events)
    _project_tally(connection, events)


_LINE_COLUMNS: Final = TRANSFER_PROJECTION.columns.keys()


def _line_row(line: TransferLine) -> dict[str, Any]:
    return {name: getattr(line, name) for name in _LINE_COLUMNS}


def line_from_row(row: RowMapping) -> TransferLine:
    """A transfer's line as it is stored."""
    values: dict[str, Any] = dict(row)
    values["state"] = TransferState(values["state"])
    return TransferLine(**values)


def _project_transfers(connection: Connection, events: Sequence[Event]) -> None:
    touched = {event.transfer_id for event in events if event.kind == STATE_CHANGED}
    if not touched:
        return
    ids = {"ids": sorted(touched)}
    known = {
        row["transfer_id"]: line_from_row(row)
        for row in connection.execute(_READ_LINES, ids).mappings()
    }
    lines = fold(known, events)
    if known:
        connection.execute(_DROP_LINES, ids)
    connection.execute(_ADD_LINES, [_line_row(line) for line in lines.values()])


def _project_tally(connection: Connection, events: Sequence[Event]) -> None:
    added = Counter((event.occur_us - event.occur_us % HOUR_US, event.kind) for event in events)
    cells = {
        "hours": sorted({hour for hour, _ in added}),
        "kinds": sorted({kind for _, kind in added}),
    }
    known = connection.execute(_READ_TALLY, cells).all()
    for row in known:
        added[row.hour_us, row.kind] += row.event_count
    if known:
        connection.execute(_DROP_TALLY, cells)
    connection.execute(
        _ADD_TALLY,
        [
            {"hour_us": hour, "kind": kind, "event_count": count}
            for (hour, kind), count in added.items()
        ],
    )
