"""The ledger in SQL: guarded writes through the group commit, indexed reads."""

from __future__ import annotations

from collections.abc import Sequence

from servicekit.group_commit import (
    CommitFailed,
    CommitUnknown,
    ConflictError,
    GroupCommit,
    GuardFailed,
    Statement,
    Unit,
)
from sqlalchemy import Connection, Select, and_, bindparam, or_, select

from bank_adapter.adapters import sql_statements as sql
from bank_adapter.adapters.sql_clock import DatabaseNow
from bank_adapter.adapters.sql_limits import DRAW, limit_statements
from bank_adapter.adapters.sql_operator_reads import insert_decision
from bank_adapter.adapters.sql_reader import SQLReader
from bank_adapter.adapters.sql_reconciliations import keep_line
from bank_adapter.adapters.sql_rows import to_attempt, to_event, to_notification, to_transfer
from bank_adapter.adapters.sql_tables import (
    attempt,
    bank_notification,
    owner_lease,
    transfer,
    transfer_event,
)
from bank_adapter.adapters.sql_twin_lookup import SQLTwinLookup
from bank_adapter.application.ports.ledger import (
    AlreadyThereError,
    LimitReachedError,
    OutcomeUnknownError,
    OvertakenError,
    PagePosition,
    TransferFilter,
    UnavailableError,
)
from bank_adapter.domain.attempt import Attempt, AttemptKind, AttemptResult
from bank_adapter.domain.audit_record import AuditRecord
from bank_adapter.domain.bank_notification import BankNotification
from bank_adapter.domain.change import Change
from bank_adapter.domain.states import FINAL, State
from bank_adapter.domain.transfer import Transfer, TransferEvent

_OF_THE_TWIN = (
    transfer.c.client_id == bindparam("client"),
    transfer.c.twin == bindparam("digest"),
)
_UNRESOLVED_TWIN = (
    select(transfer)
    .where(
        *_OF_THE_TWIN,
        transfer.c.state.in_([State.UNKNOWN.value, State.NEEDS_OPERATOR.value]),
    )
    .limit(1)
)
_NEWEST_TWINS = select(transfer).where(*_OF_THE_TWIN).order_by(transfer.c.created_us.desc())


class SQLLedger:
    """Implements the port application.ports.ledger.Ledger."""

    def __init__(self, writer: GroupCommit, reader: SQLReader) -> None:
        self._writer = writer
        self._reader = reader
        self._twins = SQLTwinLookup(reader)

    async def apply(self, change: Change) -> None:
        await self._commit(Unit(change.after.transfer_id, tuple(_statements(change))))

    async def record(self, records: Sequence[AuditRecord]) -> None:
        statements = tuple(sql.insert_record(record) for record in records)
        await self._commit(Unit(records[0].event_id, statements))

    async def get(self, transfer_id: str) -> Transfer | None:
        return await self._one_transfer(
            select(transfer).where(transfer.c.transfer_id == transfer_id)
        )

    async def find_by_key(self, client_id: str, idempotency_key: str) -> Transfer | None:
        return await self._one_transfer(
            select(transfer).where(
                transfer.c.client_id == client_id,
                transfer.c.idempotency_key == idempotency_key,
            )
        )

    async def find_by_reference(self, client_id: str, partner_reference_no: str) -> Transfer | None:
        return await self._one_transfer(
            select(transfer).where(
                transfer.c.client_id == client_id,
                transfer.c.partner_reference_no == partner_reference_no,
            )
        )

    async def twins(self, client_id: str, twin: bytes, *, limit: int) -> tuple[Transfer, ...]:
        if not await self._twins.has_any(client_id, twin):
            return ()
        wanted = {"client": client_id, "digest": twin}

        def run(connection: Connection) -> tuple[Transfer, ...]:
            rows = [
                *connection.execute(_UNRESOLVED_TWIN, wanted),
                *connection.execute(_NEWEST_TWINS.limit(limit), wanted),
            ]
            return tuple(to_transfer(row) for row in rows)

        return await self._reader.run(run)

    async def attempt(self, attempt_id: str) -> Attempt | None:
        found = await self._attempts(select(attempt).where(attempt.c.attempt_id == attempt_id))
        return found[0] if found else None

    async def attempts(self, transfer_id: str) -> tuple[Attempt, ...]:
        return await self._attempts(
            select(attempt)
            .where(attempt.c.transfer_id == transfer_id)
            .order_by(attempt.c.started_us, attempt.c.attempt_id)
        )

    async def events(self, transfer_id: str) -> tuple[TransferEvent, ...]:
        query = (
            select(transfer_event)
            .where(transfer_event.c.transfer_id == transfer_id)
            .order_by(transfer_event.c.sequence)
        )

        def run(connection: Connection) -> tuple[TransferEvent, ...]:
            return tuple(to_event(row) for row in connection.execute(query))

        return await self._reader.run(run)

    async def notifications(self, transfer_id: str) -> tuple[BankNotification, ...]:
        query = (
            select(bank_notification)
            .where(bank_notification.c.transfer_id == transfer_id)
            .order_by(bank_notification.c.received_us, bank_notification.c.notification_id)
        )

        def run(connection: Connection) -> tuple[BankNotification, ...]:
            return tuple(to_notification(row) for row in connection.execute(query))

        return await self._reader.run(run)

    async def list_newest(
        self, wanted: TransferFilter, *, after: PagePosition | None, limit: int
    ) -> tuple[Transfer, ...]:
        query = _filtered(wanted)
        if after is not None:
            query = query.where(
                or_(
                    transfer.c.created_us < after.at_us,
                    and_(
                        transfer.c.created_us == after.at_us,
                        transfer.c.transfer_id < after.transfer_id,
                    ),
                )
            )
        newest = (transfer.c.created_us.desc(), transfer.c.transfer_id.desc())
        return await self._transfers(query.order_by(*newest).limit(limit))

    async def list_changed(
        self, wanted: TransferFilter, *, after: PagePosition, before_us: int, limit: int
    ) -> tuple[Transfer, ...]:
        query = _filtered(wanted).where(
            transfer.c.updated_us < before_us,
            or_(
                transfer.c.updated_us > after.at_us,
                and_(
                    transfer.c.updated_us == after.at_us,
                    transfer.c.transfer_id > after.transfer_id,
                ),
            ),
        )
        oldest = (transfer.c.updated_us, transfer.c.transfer_id)
        return await self._transfers(query.order_by(*oldest).limit(limit))

    async def due(self, state: State, *, now_us: int, limit: int) -> tuple[Transfer, ...]:
        # At its end a transfer has nothing to do (0) unless the bank is asked once more.
        earliest_us = 1 if state in FINAL else 0
        return await self._transfers(
            select(transfer)
            .where(
                transfer.c.state == state.value,
                transfer.c.next_action_us.between(earliest_us, now_us),
            )
            .order_by(transfer.c.next_action_us)
            .limit(limit)
        )

    async def ownerless(self, *, now_us: int, limit: int) -> tuple[Transfer, ...]:
        alive = select(owner_lease.c.owner_id).where(
            owner_lease.c.owner_id == transfer.c.owner_id,
            owner_lease.c.expires_us > DatabaseNow(),
        )
        return await self._transfers(
            select(transfer)
            .where(
                transfer.c.state == State.SENDING.value,
                or_(transfer.c.attempt_deadline_us <= now_us, ~alive.exists()),
            )
            .limit(limit)
        )

    async def overdue_inquiries(self, *, now_us: int, limit: int) -> tuple[Attempt, ...]:
        return await self._attempts(
            select(attempt)
            .where(
                attempt.c.result == AttemptResult.OPEN.value,
                attempt.c.kind == AttemptKind.INQUIRY.value,
                attempt.c.deadline_us <= now_us,
            )
            .limit(limit)
        )

    async def _commit(self, unit: Unit) -> None:
        try:
            await self._writer.commit(unit)
        except ConflictError as error:
            raise AlreadyThereError(str(error)) from error
        except GuardFailed as error:
            if unit.statements[error.index].executable is DRAW:
                raise LimitReachedError(str(error)) from error
            raise OvertakenError(str(error)) from error
        except CommitUnknown as error:
            raise OutcomeUnknownError(str(error)) from error
        except CommitFailed as error:
            raise UnavailableError(str(error)) from error

    async def _one_transfer(self, query: Select[tuple[object, ...]]) -> Transfer | None:
        found = await self._transfers(query)
        return found[0] if found else None

    async def _transfers(self, query: Select[tuple[object, ...]]) -> tuple[Transfer, ...]:
        def run(connection: Connection) -> tuple[Transfer, ...]:
            return tuple(to_transfer(row) for row in connection.execute(query))

        return await self._reader.run(run)

    async def _attempts(self, query: Select[tuple[object, ...]]) -> tuple[Attempt, ...]:
        def run(connection: Connection) -> tuple[Attempt, ...]:
            return tuple(to_attempt(row) for row in connection.execute(query))

        return await self._reader.run(run)


def _statements(change: Change) -> list[Statement]:
    """Everything one change writes; the guard comes first."""
    if change.before is None:
        statements = [sql.insert_transfer(change.after)]
    else:
        statements = [sql.update_transfer(change.before, change.after)]
    statements += limit_statements(change)
    if change.closed is not None:
        statements.append(sql.end_attempt(change.closed))
    if change.opened is not None:
        statements.append(sql.insert_attempt(change.opened))
    statements += [sql.insert_transfer_event(line) for line in change.events]
    if change.decision is not None:
        statements.append(insert_decision(change.decision))
    if change.line is not None:
        statements.append(keep_line(change.line))
    statements += [sql.insert_record(record) for record in change.records]
    return statements


def _filtered(wanted: TransferFilter) -> Select[tuple[object, ...]]:
    query: Select[tuple[object, ...]] = select(transfer).where(
        transfer.c.client_id == wanted.client_id
    )
    if wanted.partner_reference_no:
        query = query.where(transfer.c.partner_reference_no == wanted.partner_reference_no)
    if wanted.states:
        query = query.where(transfer.c.state.in_([state.value for state in wanted.states]))
    if wanted.bank:
        query = query.where(transfer.c.bank == wanted.bank)
    if wanted.created_after_us:
        query = query.where(transfer.c.created_us > wanted.created_after_us)
    if wanted.created_before_us:
        query = query.where(transfer.c.created_us < wanted.created_before_us)
    return query
