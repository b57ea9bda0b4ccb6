"""Keeps the charts' table in step with the events, in the same transaction.

It costs one SELECT and one REPLACE a batch, whatever its size. Only the holder
of the chain's head gets here, so nobody else writes between them.
"""

from collections.abc import Sequence
from typing import Any, Final

from sqlalchemy import Connection, RowMapping, bindparam, select

from audit.adapters.multi_row import Insert
from audit.adapters.tables import TRANSFER_PROJECTION
from audit.domain.event import Event
from audit.domain.transfer_state import TransferLine, TransferState, fold, tells_state

_COLUMNS: Final = TRANSFER_PROJECTION.columns.keys()
_READ_LINES: Final = select(TRANSFER_PROJECTION).where(
    TRANSFER_PROJECTION.c.transfer_id.in_(bindparam("ids", expanding=True))
)
_PUT_LINES: Final = Insert(TRANSFER_PROJECTION.name, _COLUMNS, verb="REPLACE")


def project(connection: Connection, events: Sequence[Event]) -> None:
    """Add events that have just been stored, each exactly once, to the projection."""
    touched = {event.transfer_id for event in events if tells_state(event)}
    if not touched:
        return
    rows = connection.execute(_READ_LINES, {"ids": sorted(touched)}).mappings()
    known = {row["transfer_id"]: line_from_row(row) for row in rows}
    _PUT_LINES.run(connection, [_line_row(line) for line in fold(known, events).values()])


def line_from_row(row: RowMapping) -> TransferLine:
    """A transfer's line as it is stored."""
    values: dict[str, Any] = dict(row)
    values["state"] = TransferState(values["state"])
    return TransferLine(**values)


def _line_row(line: TransferLine) -> tuple[Any, ...]:
    values = (getattr(line, name) for name in _COLUMNS)
    return tuple([value.encode() if isinstance(value, str) else value for value in values])
