"""The overview's figures, read from the projection and never from the events."""

from collections import defaultdict
from typing import Final

from sqlalchemy import BindParameter, Connection, bindparam, func, select

from audit.adapters.projection import line_from_row
from audit.adapters.reader import Reader
from audit.adapters.tables import TRANSFER_PROJECTION
from audit.application.ports import Settled
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
_OLDEST_UNRESOLVED: Final = (
    select(TRANSFER_PROJECTION)
    .where(_TRANSFERS.state.in_([state.value for state in UNRESOLVED]))
    .order_by(_TRANSFERS.created_us, _TRANSFERS.transfer_id)
    .limit(bindparam("row_limit"))
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

    async def oldest_unresolved(self, *, limit: int) -> list[TransferLine]:
        def query(connection: Connection) -> list[TransferLine]:
            rows = connection.execute(_OLDEST_UNRESOLVED, {"row_limit": limit}).mappings()
            return [line_from_row(row) for row in rows]

        return await self._reader.run(query)

    async def line(self, transfer_id: str) -> TransferLine | None:
        def query(connection: Connection) -> TransferLine | None:
            row = connection.execute(_LINE, {"id": transfer_id}).mappings().one_or_none()
            return None if row is None else line_from_row(row)

        return await self._reader.run(query)
