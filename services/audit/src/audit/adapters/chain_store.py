"""The stored chain for its verification: rows in order, the head, past checks."""

from collections.abc import Sequence
from typing import Any, Final

from servicekit.clock import Clock
from servicekit.ids import new_ulid
from sqlalchemy import Connection, bindparam, insert, select

from audit.adapters.event_rows import READ, StrayCopyError, from_whole_row, text_of_row
from audit.adapters.reader import Reader
from audit.adapters.tables import AUDIT_EVENT, CHAIN_ANCHOR, CHAIN_CHECK, CHAIN_HEAD, HEAD_ID
from audit.application.ports import ChainCheck
from audit.domain.chain import EMPTY_CHAIN, Break, ChainHead
from audit.domain.event import ChainedText, StoredEvent

_ROWS_AFTER: Final = (
    select(AUDIT_EVENT)
    .where(AUDIT_EVENT.c.chain_sequence > bindparam("sequence"))
    .order_by(AUDIT_EVENT.c.chain_sequence)
    .limit(bindparam("row_limit"))
)
_TEXTS: Final = (
    select(*READ)
    .where(
        AUDIT_EVENT.c.chain_sequence > bindparam("after"),
        AUDIT_EVENT.c.chain_sequence <= bindparam("through"),
    )
    .order_by(AUDIT_EVENT.c.chain_sequence)
    .limit(bindparam("row_limit"))
)
_TEXTS_OF_CLIENT: Final = _TEXTS.where(AUDIT_EVENT.c.client_id == bindparam("client_id"))
_HEAD: Final = select(CHAIN_HEAD).where(CHAIN_HEAD.c.head_id == HEAD_ID)
_ANCHOR: Final = select(CHAIN_ANCHOR.c.chain_sequence, CHAIN_ANCHOR.c.chain_hash)
_LAST_CHECK: Final = (
    select(CHAIN_CHECK)
    .order_by(CHAIN_CHECK.c.finish_us.desc(), CHAIN_CHECK.c.check_id.desc())
    .limit(1)
)
_RECORD_CHECK: Final = insert(CHAIN_CHECK)


class SQLChainStore:
    """The ChainStore of the application."""

    def __init__(self, reader: Reader, clock: Clock) -> None:
        self._reader = reader
        self._clock = clock

    async def head(self) -> ChainHead | None:
        return await self._reader.run(_read_head)

    async def anchor(self) -> ChainHead:
        return await self._reader.run(_read_anchor)

    async def rows_after(self, sequence: int, *, limit: int) -> Sequence[StoredEvent] | Break:
        try:
            return await self._page(sequence, limit=limit)
        except (ValueError, TypeError) as error:
            # A row was changed into something that cannot be read. The rows
            # before it still have to be walked, so come closer by halves.
            if limit == 1:
                return Break(sequence=sequence + 1, problem=_unreadable(error))
            return await self.rows_after(sequence, limit=limit // 2)

    async def texts(
        self, *, after: int, through: int, client_id: str | None, limit: int
    ) -> Sequence[ChainedText]:
        bounds: dict[str, Any] = {"after": after, "through": through, "row_limit": limit}
        statement = _TEXTS
        if client_id is not None:
            statement, bounds["client_id"] = _TEXTS_OF_CLIENT, client_id
        return await self._reader.run(
            lambda connection: [
                text_of_row(row) for row in connection.execute(statement, bounds).mappings()
            ]
        )

    async def record(self, check: ChainCheck) -> None:
        await self._reader.call(lambda: self._record(check))

    async def last_check(self) -> ChainCheck | None:
        return await self._reader.run(_read_last_check)

    async def _page(self, sequence: int, *, limit: int) -> list[StoredEvent]:
        bounds = {"sequence": sequence, "row_limit": limit}
        return await self._reader.run(
            lambda connection: [
                from_whole_row(row) for row in connection.execute(_ROWS_AFTER, bounds).mappings()
            ]
        )

    def _record(self, check: ChainCheck) -> None:
        row: dict[str, Any] = {
            "check_id": new_ulid(self._clock),
            "finish_us": check.finish_us,
            "from_sequence": check.from_sequence,
            "start_us": check.start_us,
            "walked_sequence": check.walked.sequence,
            "walked_hash": check.walked.chain_hash,
            "broken_sequence": check.found.sequence if check.found else None,
            "problem": check.found.problem if check.found else None,
        }
        with self._reader.engine.begin() as connection:
            connection.execute(_RECORD_CHECK, row)


def _unreadable(error: Exception) -> str:
    if isinstance(error, StrayCopyError):
        return "a column that is searched does not say what the event says"
    return "the event cannot be read"


def _read_head(connection: Connection) -> ChainHead | None:
    row = connection.execute(_HEAD).one_or_none()
    if row is None:
        return None
    return ChainHead(sequence=row.chain_sequence, chain_hash=row.chain_hash)


def _read_anchor(connection: Connection) -> ChainHead:
    # Without its row nothing is archived as far as anybody can show.
    row = connection.execute(_ANCHOR).one_or_none()
    if row is None:
        return EMPTY_CHAIN
    return ChainHead(sequence=row.chain_sequence, chain_hash=row.chain_hash)


def _read_last_check(connection: Connection) -> ChainCheck | None:
    row = connection.execute(_LAST_CHECK).one_or_none()
    if row is None:
        return None
    found = None
    if row.broken_sequence is not None:
        found = Break(sequence=row.broken_sequence, problem=row.problem)
    walked = ChainHead(sequence=row.walked_sequence, chain_hash=row.walked_hash)
    return ChainCheck(
        from_sequence=row.from_sequence,
        start_us=row.start_us,
        finish_us=row.finish_us,
        walked=walked,
        found=found,
    )
