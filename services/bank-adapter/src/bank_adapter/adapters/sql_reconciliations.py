"""Reconciliations and kept statement lines in SQL.

Payments of some days are found by their ids, which are ordered by time: the
ledger's hottest table gets no index for a job that runs once a day.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import fields
from datetime import date, timedelta
from typing import Any, Final

from servicekit.group_commit import GroupCommit, Statement
from sqlalchemy import Connection, and_, bindparam, insert, or_, select, update

from bank_adapter.adapters.sql_compare_and_set import compare_and_set
from bank_adapter.adapters.sql_operator_reads import first_id
from bank_adapter.adapters.sql_reader import SQLReader
from bank_adapter.adapters.sql_rows import to_transfer
from bank_adapter.adapters.sql_statements import insert_record
from bank_adapter.adapters.sql_tables import reconciliation, statement_line, transfer
from bank_adapter.application.ports.ledger import OvertakenError, PagePosition
from bank_adapter.application.ports.reconciliation_store import LineFilter
from bank_adapter.domain.audit_record import AuditRecord
from bank_adapter.domain.bank_day import as_number, start_us
from bank_adapter.domain.kept_line import KeptLine, LineKind
from bank_adapter.domain.money import Money
from bank_adapter.domain.reconciliation import Progress, Reconciliation, Tally
from bank_adapter.domain.transfer import Transfer
from bank_adapter.limits import RECONCILE_TRANSFERS_A_PAGE

_OPEN: Final = insert(reconciliation)
_KEY: Final = ("bank", "account_no", "day")
_COUNTS: Final = tuple(field.name for field in fields(Tally))
_OWN: Final = tuple(
    field.name for field in fields(Reconciliation) if field.name not in {*_KEY, "tally"}
)
_CHANGE: Final = (
    update(reconciliation)
    .where(
        *(reconciliation.c[name] == bindparam(f"k_{name}") for name in _KEY),
        reconciliation.c.version == bindparam("k_version"),
    )
    .values({name: bindparam(f"v_{name}") for name in (*_OWN, *_COUNTS)})
)
_KEEP: Final = insert(statement_line)
_EXPLAIN: Final = (
    update(statement_line)
    .where(
        statement_line.c.line_id == bindparam("k_line_id"),
        statement_line.c.kind == bindparam("k_kind"),
    )
    .values(
        kind=bindparam("v_kind"),
        transfer_id=bindparam("v_transfer_id"),
        basis=bindparam("v_basis"),
        found_us=bindparam("v_found_us"),
    )
)


def keep_line(line: KeptLine) -> Statement:
    """A new line, or what a kept one turned out to be."""
    if line.before is not None:
        return Statement(
            _EXPLAIN,
            {
                "k_line_id": line.line_id,
                "k_kind": line.before.value,
                "v_kind": line.kind.value,
                "v_transfer_id": line.transfer_id,
                "v_basis": line.basis,
                "v_found_us": line.found_us,
            },
        )
    row: dict[str, Any] = {field.name: getattr(line, field.name) for field in fields(line)}
    del row["before"]
    amount: Money = row.pop("amount")
    row |= {
        "amount_minor": amount.minor,
        "currency": amount.currency,
        "debit": int(line.debit),
        "kind": line.kind.value,
    }
    return Statement(_KEEP, row)


class SQLReconciliationStore:
    """Implements the port application.ports.reconciliation_store.ReconciliationStore."""

    def __init__(self, writer: GroupCommit, reader: SQLReader) -> None:
        self._writer = writer
        self._reader = reader

    async def accounts(self, bank: str, *, since: date, until: date) -> tuple[str, ...]:
        paid = select(transfer.c.source_account_no).where(
            *_created(since, until), transfer.c.bank == bank
        )
        reconciled = select(reconciliation.c.account_no).where(
            reconciliation.c.bank == bank, reconciliation.c.day >= as_number(since)
        )

        def run(connection: Connection) -> tuple[str, ...]:
            found = set(connection.execute(paid.distinct()).scalars())
            found.update(connection.execute(reconciled.distinct()).scalars())
            return tuple(sorted(found))

        return await self._reader.run(run)

    async def transfers(
        self, bank: str, account_no: str, *, first_day: date, last_day: date, after_id: str = ""
    ) -> tuple[Transfer, ...]:
        query = (
            select(transfer)
            .where(
                *_created(first_day, last_day),
                transfer.c.transfer_id > after_id,
                transfer.c.bank == bank,
                transfer.c.source_account_no == account_no,
            )
            .order_by(transfer.c.transfer_id)
            .limit(RECONCILE_TRANSFERS_A_PAGE)
        )

        def run(connection: Connection) -> tuple[Transfer, ...]:
            return tuple(to_transfer(row) for row in connection.execute(query))

        return await self._reader.run(run)

    async def kept(
        self, bank: str, account_no: str, *, first_day: date, last_day: date
    ) -> tuple[KeptLine, ...]:
        query = select(statement_line).where(
            statement_line.c.bank == bank,
            statement_line.c.account_no == account_no,
            statement_line.c.day.between(as_number(first_day), as_number(last_day)),
        )

        def run(connection: Connection) -> tuple[KeptLine, ...]:
            return tuple(_to_line(row) for row in connection.execute(query))

        return await self._reader.run(run)

    async def keep(self, lines: Sequence[KeptLine], records: Sequence[AuditRecord]) -> None:
        statements = [keep_line(line) for line in lines]
        statements += [insert_record(record) for record in records]
        key = f"lines:{lines[0].line_id.hex()}"
        if not await compare_and_set(self._writer, key, statements):
            raise OvertakenError

    async def load(self, bank: str, account_no: str, day: date) -> Reconciliation | None:
        query = select(reconciliation).where(
            reconciliation.c.bank == bank,
            reconciliation.c.account_no == account_no,
            reconciliation.c.day == as_number(day),
        )

        def run(connection: Connection) -> Reconciliation | None:
            row = connection.execute(query).one_or_none()
            return _to_day(row) if row is not None else None

        return await self._reader.run(run)

    async def save(self, new: Reconciliation, records: Sequence[AuditRecord] = ()) -> bool:
        values = {name: getattr(new, name) for name in _OWN}
        values |= {name: getattr(new.tally, name) for name in _COUNTS}
        values |= {"progress": new.progress.value, "complete": int(new.complete)}
        key = {name: getattr(new, name) for name in _KEY}
        if new.version == 1:
            statement = Statement(_OPEN, {**key, **values})
        else:
            parameters = {f"k_{name}": value for name, value in key.items()}
            parameters |= {f"v_{name}": value for name, value in values.items()}
            statement = Statement(_CHANGE, {**parameters, "k_version": new.version - 1})
        unit = f"reconciliation:{new.bank}:{new.account_no}:{new.day}"
        statements = (statement, *map(insert_record, records))
        return await compare_and_set(self._writer, unit, statements)

    async def days(
        self, *, first_day: date, last_day: date, after: PagePosition | None, limit: int
    ) -> tuple[Reconciliation, ...]:
        row = reconciliation.c
        query = select(reconciliation).where(
            row.day.between(as_number(first_day), as_number(last_day))
        )
        if after is not None:
            bank, _, account_no = after.transfer_id.partition(":")
            query = query.where(
                or_(
                    row.day > after.at_us,
                    and_(row.day == after.at_us, row.bank > bank),
                    and_(row.day == after.at_us, row.bank == bank, row.account_no > account_no),
                )
            )
        ordered = query.order_by(row.day, row.bank, row.account_no).limit(limit)

        def run(connection: Connection) -> tuple[Reconciliation, ...]:
            return tuple(_to_day(found) for found in connection.execute(ordered))

        return await self._reader.run(run)

    async def lines(
        self, wanted: LineFilter, *, after: PagePosition | None, limit: int
    ) -> tuple[KeptLine, ...]:
        row = statement_line.c
        query = select(statement_line).where(
            row.bank == wanted.bank,
            row.account_no == wanted.account_no,
            row.day == as_number(wanted.day),
        )
        if wanted.kinds:
            query = query.where(row.kind.in_([kind.value for kind in wanted.kinds]))
        if after is not None:
            last_id = bytes.fromhex(after.transfer_id)
            query = query.where(
                or_(row.at_us > after.at_us, and_(row.at_us == after.at_us, row.line_id > last_id))
            )
        ordered = query.order_by(row.at_us, row.line_id).limit(limit)

        def run(connection: Connection) -> tuple[KeptLine, ...]:
            return tuple(_to_line(found) for found in connection.execute(ordered))

        return await self._reader.run(run)


def _created(first_day: date, last_day: date) -> tuple[Any, Any]:
    """Payments of those Jakarta days, by their ids."""
    start, end = start_us(first_day), start_us(last_day + timedelta(days=1))
    return (transfer.c.transfer_id >= first_id(start), transfer.c.transfer_id < first_id(end))


def _to_day(row: Any) -> Reconciliation:
    found = dict(row._mapping)  # noqa: SLF001  SQLAlchemy's public way to a mapping
    return Reconciliation(
        progress=Progress(found.pop("progress")),
        complete=bool(found.pop("complete")),
        tally=Tally(**{name: found.pop(name) for name in _COUNTS}),
        **found,
    )


def _to_line(row: Any) -> KeptLine:
    found = dict(row._mapping)  # noqa: SLF001  SQLAlchemy's public way to a mapping
    return KeptLine(
        amount=Money(found.pop("amount_minor"), found.pop("currency")),
        debit=bool(found.pop("debit")),
        kind=LineKind(found.pop("kind")),
        **found,
    )
