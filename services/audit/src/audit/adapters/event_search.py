"""Search over the stored events, page by page, in order of occurrence.

Pages go by position, never by offset: each one costs the same, and an event
stored meanwhile moves nothing.
"""

from typing import Any

from servicekit.database import Identifier
from sqlalchemy import ColumnElement, Select, and_, or_, select

from audit.adapters.event_rows import READ, from_row
from audit.adapters.reader import Reader
from audit.adapters.tables import AUDIT_EVENT, SEARCHED
from audit.application.ports import EventFilter, Position
from audit.domain.event import StoredEvent


class SQLEventSearch:
    """The EventSearch of the application."""

    def __init__(self, reader: Reader) -> None:
        self._reader = reader

    async def find(
        self,
        criteria: EventFilter,
        *,
        after: Position | None,
        limit: int,
        newest_first: bool = False,
    ) -> list[StoredEvent]:
        if any(_is_too_long(name, text) for name, text in _texts(criteria).items()):
            # Wider than its column: nothing stored can be equal to it.
            return []
        statement = statement_of(criteria, after=after, limit=limit, newest_first=newest_first)
        return await self._reader.run(
            lambda connection: [from_row(row) for row in connection.execute(statement).mappings()]
        )


def statement_of(
    criteria: EventFilter, *, after: Position | None, limit: int, newest_first: bool
) -> Select[Any]:
    """One page of a search."""
    statement = select(*READ).where(*_conditions(criteria))
    if after is not None:
        statement = statement.where(_beyond(after, newest_first=newest_first))
    return _ordered(statement, newest_first=newest_first).limit(limit)


def _texts(criteria: EventFilter) -> dict[str, str]:
    """The texts that must be equal, by column."""
    texts = {name: getattr(criteria, name) for name in ("event_id", *SEARCHED)}
    return {name: text for name, text in texts.items() if text}


def _is_too_long(name: str, text: str) -> bool:
    column_type = AUDIT_EVENT.c[name].type
    return isinstance(column_type, Identifier) and len(text.encode()) > column_type.length


def _conditions(criteria: EventFilter) -> list[ColumnElement[bool]]:
    columns = AUDIT_EVENT.c
    conditions: list[ColumnElement[bool]] = [
        columns[name] == text for name, text in _texts(criteria).items()
    ]
    if criteria.occurred_from_us:
        conditions.append(columns.occur_us >= criteria.occurred_from_us)
    if criteria.occurred_before_us:
        conditions.append(columns.occur_us < criteria.occurred_before_us)
    return conditions


def _beyond(after: Position, *, newest_first: bool) -> ColumnElement[bool]:
    occur, sequence = AUDIT_EVENT.c.occur_us, AUDIT_EVENT.c.chain_sequence
    # The first comparison is implied by the second; it lets an index begin.
    if newest_first:
        return and_(occur <= after.occur_us, or_(occur < after.occur_us, sequence < after.sequence))
    return and_(occur >= after.occur_us, or_(occur > after.occur_us, sequence > after.sequence))


def _ordered(statement: Select[Any], *, newest_first: bool) -> Select[Any]:
    occur, sequence = AUDIT_EVENT.c.occur_us, AUDIT_EVENT.c.chain_sequence
    if newest_first:
        return statement.order_by(occur.desc(), sequence.desc())
    return statement.order_by(occur, sequence)
