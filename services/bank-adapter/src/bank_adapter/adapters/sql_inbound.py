"""Banks' tokens and notifications in SQL; rows of evidence are kept for good."""

from __future__ import annotations

from typing import Any, Final

from servicekit.group_commit import (
    CommitFailed,
    CommitUnknown,
    ConflictError,
    GroupCommit,
    Statement,
    Unit,
)
from sqlalchemy import Connection, bindparam, delete, insert, select, update

from bank_adapter.adapters.sql_reader import SQLReader
from bank_adapter.adapters.sql_rows import to_notification, to_transfer
from bank_adapter.adapters.sql_statements import insert_record
from bank_adapter.adapters.sql_tables import attempt, bank_notification, inbound_token, transfer
from bank_adapter.application.ports.inbound_store import InboundToken
from bank_adapter.application.ports.ledger import (
    AlreadyThereError,
    OutcomeUnknownError,
    UnavailableError,
)
from bank_adapter.domain.attempt import AttemptKind
from bank_adapter.domain.audit_record import AuditRecord
from bank_adapter.domain.bank_notification import BankNotification, Handling
from bank_adapter.domain.transfer import Transfer
from bank_adapter.limits import INBOUND_TOKEN_KEPT_S

_MICROSECONDS: Final = 1_000_000
# Our external ids begin with the Jakarta day, yyyymmdd.
_DAY_DIGITS: Final = 8
# The byte after "9": the end of everything that begins with given digits.
_AFTER_DIGITS: Final = ":"

_ADD_TOKEN: Final = insert(inbound_token)
_FORGET_TOKENS: Final = delete(inbound_token).where(
    inbound_token.c.expires_us < bindparam("k_before_us")
)
_ADD_NOTIFICATION: Final = insert(bank_notification)
_CLOSE: Final = (
    update(bank_notification)
    .where(
        bank_notification.c.notification_id == bindparam("k_notification_id"),
        bank_notification.c.handling == Handling.WAITING.value,
    )
    .values(handling=bindparam("v_handling"), handled_us=bindparam("v_handled_us"))
)


class SQLInboundStore:
    """Implements the port application.ports.inbound_store.InboundStore."""

    def __init__(self, writer: GroupCommit, reader: SQLReader) -> None:
        self._writer = writer
        self._reader = reader

    async def add_token(self, token: InboundToken, record: AuditRecord, *, now_us: int) -> None:
        before_us = now_us - INBOUND_TOKEN_KEPT_S * _MICROSECONDS
        row = {
            "token_sha256": token.token_sha256,
            "bank": token.bank,
            "expires_us": token.expires_us,
        }
        await self._commit(
            token.token_sha256,
            Statement(_FORGET_TOKENS, {"k_before_us": before_us}, expected_rows=None),
            Statement(_ADD_TOKEN, row),
            insert_record(record),
        )

    async def find_token(self, token_sha256: str) -> InboundToken | None:
        query = select(inbound_token).where(inbound_token.c.token_sha256 == token_sha256)

        def run(connection: Connection) -> InboundToken | None:
            row = connection.execute(query).one_or_none()
            return InboundToken(**row._mapping) if row is not None else None  # noqa: SLF001  SQLAlchemy's public way to a mapping

        return await self._reader.run(run)

    async def add_notification(self, new: BankNotification, record: AuditRecord) -> None:
        await self._commit(
            new.notification_id,
            Statement(_ADD_NOTIFICATION, _row(new)),
            insert_record(record),
        )

    async def has_signature(self, bank: str, signature_sha256: str) -> bool:
        query = select(bank_notification.c.notification_id).where(
            bank_notification.c.bank == bank,
            bank_notification.c.signature_sha256 == signature_sha256,
        )

        def run(connection: Connection) -> bool:
            return connection.execute(query).first() is not None

        return await self._reader.run(run)

    async def waiting(self, *, limit: int) -> tuple[BankNotification, ...]:
        query = (
            select(bank_notification)
            .where(bank_notification.c.handling == Handling.WAITING.value)
            .order_by(bank_notification.c.received_us)
            .limit(limit)
        )

        def run(connection: Connection) -> tuple[BankNotification, ...]:
            return tuple(to_notification(row) for row in connection.execute(query))

        return await self._reader.run(run)

    async def close(self, notification_id: str, handling: Handling, *, at_us: int) -> None:
        values = {
            "k_notification_id": notification_id,
            "v_handling": handling.value,
            "v_handled_us": at_us,
        }
        # Another worker may have closed it: its word stands.
        await self._commit(notification_id, Statement(_CLOSE, values, expected_rows=None))

    async def find_transfer(
        self, bank_identity: str, bank_partner_reference_no: str
    ) -> Transfer | None:
        query = select(transfer).where(
            transfer.c.bank_identity == bank_identity,
            transfer.c.bank_partner_reference_no == bank_partner_reference_no,
        )

        def run(connection: Connection) -> Transfer | None:
            row = connection.execute(query).one_or_none()
            return to_transfer(row) if row is not None else None

        return await self._reader.run(run)

    async def find_transfers_by_external_id(
        self, bank_identity: str, prefix: str, *, limit: int
    ) -> tuple[Transfer, ...]:
        day = prefix[:_DAY_DIGITS]
        if len(day) < _DAY_DIGITS or not (prefix.isascii() and prefix.isdecimal()):
            return ()
        messages = select(attempt.c.transfer_id).where(
            attempt.c.bank_identity == bank_identity,
            attempt.c.external_day == int(day),
            attempt.c.external_id >= prefix,
            attempt.c.external_id < prefix + _AFTER_DIGITS,
            attempt.c.kind == AttemptKind.TRANSFER.value,
        )
        query = select(transfer).where(transfer.c.transfer_id.in_(messages)).limit(limit)

        def run(connection: Connection) -> tuple[Transfer, ...]:
            return tuple(to_transfer(row) for row in connection.execute(query))

        return await self._reader.run(run)

    async def _commit(self, key: str, *statements: Statement) -> None:
        try:
            await self._writer.commit(Unit(f"inbound:{key}", statements))
        except ConflictError as error:
            raise AlreadyThereError(str(error)) from error
        except CommitUnknown as error:
            raise OutcomeUnknownError(str(error)) from error
        except CommitFailed as error:
            raise UnavailableError(str(error)) from error


def _row(new: BankNotification) -> dict[str, Any]:
    return {
        "notification_id": new.notification_id,
        "bank": new.bank,
        "service_code": new.service_code,
        "external_id": new.external_id,
        "external_day": new.external_day,
        "signature_sha256": new.signature_sha256,
        "received_us": new.received_us,
        "body": new.body,
        "partner_reference_no": new.partner_reference_no,
        "original_external_id": new.original_external_id,
        "status": new.status,
        "rejected": int(new.rejected),
        "reject_reason": new.reject_reason,
        "mismatch": new.mismatch,
        "transfer_id": new.transfer_id,
        "handling": new.handling.value,
        "handled_us": new.handled_us,
    }
