"""Operators' reads in SQL, and how a decision is written beside its event."""

from __future__ import annotations

from dataclasses import fields
from typing import Final

from servicekit.group_commit import Statement
from sqlalchemy import Connection, and_, insert, or_, select
from ulid import ULID

from bank_adapter.adapters.sql_reader import SQLReader
from bank_adapter.adapters.sql_rows import to_attempt, to_transfer
from bank_adapter.adapters.sql_tables import attempt, operator_decision, transfer
from bank_adapter.application.ports.ledger import PagePosition
from bank_adapter.domain.attempt import Attempt
from bank_adapter.domain.operator_decision import OperatorDecision, Resolution
from bank_adapter.domain.states import State
from bank_adapter.domain.transfer import Transfer

INSERT_DECISION: Final = insert(operator_decision)
_TIME_BYTES, _RANDOM_BYTES = 6, 10


class SQLOperatorReads:
    """Implements the port application.ports.operator_reads.OperatorReads."""

    def __init__(self, reader: SQLReader) -> None:
        self._reader = reader

    async def waiting(
        self, state: State, *, after: PagePosition | None, limit: int
    ) -> tuple[Transfer, ...]:
        query = select(transfer).where(transfer.c.state == state.value)
        if after is not None:
            query = query.where(
                or_(
                    transfer.c.updated_us > after.at_us,
                    and_(
                        transfer.c.updated_us == after.at_us,
                        transfer.c.transfer_id > after.transfer_id,
                    ),
                )
            )
        oldest = query.order_by(transfer.c.updated_us, transfer.c.transfer_id).limit(limit)

        def run(connection: Connection) -> tuple[Transfer, ...]:
            return tuple(to_transfer(row) for row in connection.execute(oldest))

        return await self._reader.run(run)

    async def decisions(self, transfer_id: str) -> tuple[OperatorDecision, ...]:
        query = (
            select(operator_decision)
            .where(operator_decision.c.transfer_id == transfer_id)
            .order_by(operator_decision.c.sequence)
        )

        def run(connection: Connection) -> tuple[OperatorDecision, ...]:
            return tuple(
                OperatorDecision(**{**row, "resolution": Resolution(row["resolution"])})
                for row in connection.execute(query).mappings()
            )

        return await self._reader.run(run)

    async def attempts_made(
        self, *, after_us: int, before_us: int, after_id: str, limit: int
    ) -> tuple[Attempt, ...]:
        start = max(after_id, first_id(after_us) if after_us else "")
        query = select(attempt).where(attempt.c.attempt_id > start)
        if before_us:
            query = query.where(attempt.c.attempt_id < first_id(before_us))
        ordered = query.order_by(attempt.c.attempt_id).limit(limit)

        def run(connection: Connection) -> tuple[Attempt, ...]:
            return tuple(to_attempt(row) for row in connection.execute(ordered))

        return await self._reader.run(run)


def insert_decision(made: OperatorDecision) -> Statement:
    row = {field.name: getattr(made, field.name) for field in fields(made)}
    return Statement(INSERT_DECISION, {**row, "resolution": made.resolution.value})


def first_id(at_us: int) -> str:
    """The ULID before which none of this millisecond sorts."""
    return str(ULID((at_us // 1000).to_bytes(_TIME_BYTES, "big") + bytes(_RANDOM_BYTES)))
