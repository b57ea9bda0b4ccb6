"""Counts and lists of transfers, read from the projection and never from the events."""

from collections import defaultdict
from collections.abc import Sequence
from typing import Any, Final

from sqlalchemy import (
    BindParameter,
    ColumnElement,
    Connection,
    Select,
    bindparam,
    case,
    func,
    or_,
    select,
)

from audit.adapters.projection import line_from_row
from audit.adapters.reader import Reader
from audit.adapters.tables import TRANSFER_PROJECTION
from audit.application.ports import Settled, TransferFilter
from audit.domain.transfer_state import UNRESOLVED, TransferLine, TransferState

_TRANSFERS: Final = TRANSFER_PROJECTION.c
_COUNT: Final = func.count().label("transfer_count")
_FROM: Final[BindParameter[int]] = bindparam("from_us")
_BEFORE: Final[BindParameter[int]] = bindparam("before_us")

_BY_STATE: Final = select(_TRANSFERS.state, _COUNT).group_by(_TRANSFERS.state)
_SETTLED: Final = (
    select(_TRANSFERS.currency, _COUNT, func.sum(_TRANSFERS.amount_minor).label("total_minor"))
    .where(
        _TRANSFERS.settle_us >= _FROM,
        _TRANSFERS.settle_us < _BEFORE,
        _TRANSFERS.state == TransferState.SETTLED.value,
    )
    .group_by(_TRANSFERS.currency)
    .order_by(_TRANSFERS.currency)
)
_URGENCY: Final = case(
    (_TRANSFERS.state == TransferState.NEEDS_OPERATOR.value, 0),
    (_TRANSFERS.state == TransferState.UNKNOWN.value, 1),
    else_=2,
)
_WAITING: Final = (
    select(TRANSFER_PROJECTION)
    .where(_TRANSFERS.state.in_([state.value for state in UNRESOLVED]))
    .order_by(_URGENCY, _TRANSFERS.created_us, _TRANSFERS.transfer_id)
    .limit(bindparam("row_limit"))
)
_OLDEST: Final = select(func.min(_TRANSFERS.created_us)).where(
    _TRANSFERS.state == bindparam("state")
)
_LINE: Final = select(TRANSFER_PROJECTION).where(_TRANSFERS.transfer_id == bindparam("id"))


class SQLTransferFigures:
    """The TransferFigures of the application."""

    def __init__(self, reader: Reader) -> None:
        self._reader = reader

    async def count_by_state(self) -> dict[TransferState, int]:
        def query(connection: Connection) -> dict[TransferState, int]:
            rows = connection.execute(_BY_STATE)
            return {TransferState(row.state): row.transfer_count for row in rows}

        return await self._reader.run(query)

    async def oldest_created(self, states: Sequence[TransferState]) -> dict[TransferState, int]:
        def query(connection: Connection) -> dict[TransferState, int]:
            # One step into the index (state, created_us) for each.
            found = {
                state: connection.execute(_OLDEST, {"state": state.value}).scalar()
                for state in states
            }
            return {state: at_us for state, at_us in found.items() if at_us is not None}

        return await self._reader.run(query)

    async def count_created(
        self, *, from_us: int, before_us: int, bucket_us: int, offset_us: int
    ) -> dict[int, dict[TransferState, int]]:
        # Remainder, not division: MySQL divides integers into rounded decimals.
        created = _TRANSFERS.created_us
        bucket = (created - (created + offset_us) % bucket_us).label("bucket_us")
        statement = (
            select(bucket, _TRANSFERS.state, _COUNT)
            .where(created >= from_us, created < before_us)
            .group_by(bucket, _TRANSFERS.state)
        )

        def query(connection: Connection) -> dict[int, dict[TransferState, int]]:
            counts: dict[int, dict[TransferState, int]] = defaultdict(dict)
            for row in connection.execute(statement):
                counts[int(row.bucket_us)][TransferState(row.state)] = row.transfer_count
            return dict(counts)

        return await self._reader.run(query)

    async def settled(self, *, from_us: int, before_us: int) -> list[Settled]:
        def query(connection: Connection) -> list[Settled]:
            rows = connection.execute(_SETTLED, {"from_us": from_us, "before_us": before_us})
            return [
                Settled(
                    currency=row.currency,
                    count=row.transfer_count,
                    amount_minor=int(row.total_minor),
                )
                for row in rows
            ]

        return await self._reader.run(query)

    async def waiting(self, *, limit: int) -> list[TransferLine]:
        return await self._lines(_WAITING.params(row_limit=limit))

    async def transfers(
        self, criteria: TransferFilter, *, before: tuple[int, str] | None, limit: int
    ) -> list[TransferLine]:
        statement = select(TRANSFER_PROJECTION).where(*_conditions(criteria))
        created, transfer_id = _TRANSFERS.created_us, _TRANSFERS.transfer_id
        if before is not None:
            # The first comparison is implied by the second; it lets an index begin.
            statement = statement.where(
                created <= before[0], or_(created < before[0], transfer_id < before[1])
            )
        return await self._lines(
            statement.order_by(created.desc(), transfer_id.desc()).limit(limit)
        )

    async def _lines(self, statement: Select[Any]) -> list[TransferLine]:
        return await self._reader.run(
            lambda connection: [
                line_from_row(row) for row in connection.execute(statement).mappings()
            ]
        )

    async def line(self, transfer_id: str) -> TransferLine | None:
        def query(connection: Connection) -> TransferLine | None:
            row = connection.execute(_LINE, {"id": transfer_id}).mappings().one_or_none()
            return None if row is None else line_from_row(row)

        return await self._reader.run(query)


def _conditions(criteria: TransferFilter) -> list[ColumnElement[bool]]:
    conditions: list[ColumnElement[bool]] = [
        _TRANSFERS[name] == getattr(criteria, name)
        for name in ("state", "client_id", "bank")
        if getattr(criteria, name)
    ]
    if criteria.created_from_us:
        conditions.append(_TRANSFERS.created_us >= criteria.created_from_us)
    if criteria.created_before_us:
        conditions.append(_TRANSFERS.created_us < criteria.created_before_us)
    return conditions
