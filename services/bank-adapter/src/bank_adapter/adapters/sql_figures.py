"""What the ledger tells Prometheus: events to be shipped, banks left alone, holds, statements.

Read at each scrape, by the worker. Where transfers stand is told by the audit.
"""

from __future__ import annotations

from collections.abc import Sequence

from servicekit.clock import Clock
from servicekit.metrics import Family, Labels, gauge
from sqlalchemy import Connection, and_, func, select

from bank_adapter.adapters.sql_reader import SQLReader
from bank_adapter.adapters.sql_tables import bank_circuit, outbox, reconciliation, sending_hold
from bank_adapter.domain.reconciliation import Progress

_US_PER_SECOND = 1_000_000
_WAITING = select(func.count(), func.min(outbox.c.created_us))
_CIRCUITS = select(bank_circuit.c.bank_identity, bank_circuit.c.open_until_us)


# The newest run of each account: what it found stays on show until the next.
_NEWEST = (
    select(
        reconciliation.c.bank,
        reconciliation.c.account_no,
        func.max(reconciliation.c.day).label("day"),
    )
    .where(reconciliation.c.progress == Progress.DONE.value)
    .group_by(reconciliation.c.bank, reconciliation.c.account_no)
    .subquery()
)
_RECONCILED = (
    select(
        reconciliation.c.bank,
        func.sum(reconciliation.c.unknown_count).label("unknown"),
        func.sum(reconciliation.c.unmatched_count).label("unmatched"),
        func.min(reconciliation.c.ended_us).label("oldest_us"),
    )
    .join(
        _NEWEST,
        and_(
            *(reconciliation.c[name] == _NEWEST.c[name] for name in ("bank", "account_no", "day"))
        ),
    )
    .group_by(reconciliation.c.bank)
)
_HOLDS = select(sending_hold.c.scope, sending_hold.c.is_on)


class SQLFigures:
    """A source of servicekit's metrics."""

    def __init__(self, reader: SQLReader, clock: Clock) -> None:
        self._reader = reader
        self._clock = clock

    async def families(self) -> Sequence[Family]:
        return await self._reader.run(self._read)

    def _read(self, connection: Connection) -> Sequence[Family]:
        now_us = self._clock.now_us()
        count, oldest_us = connection.execute(_WAITING).one()
        age_us = now_us - oldest_us if oldest_us is not None else 0
        circuits: dict[Labels, float] = {
            (("bank", row.bank_identity),): float(row.open_until_us > now_us)
            for row in connection.execute(_CIRCUITS)
        }
        return [
            gauge("gerbang_outbox_events", "Events that the audit has not yet.", {(): count}),
            gauge(
                "gerbang_outbox_oldest_age_seconds",
                "Age of the oldest of them; 0 for none.",
                {(): max(age_us, 0) / _US_PER_SECOND},
            ),
            gauge(
                "gerbang_bank_circuit_open",
                "1: the bank is left alone and payments to it wait.",
                circuits,
            ),
            gauge(
                "gerbang_sending_on_hold",
                "1: a person keeps payments from being sent; the scope * is every bank.",
                {(("scope", row.scope),): float(row.is_on) for row in connection.execute(_HOLDS)},
            ),
            *_of_statements(connection, now_us),
        ]


def _of_statements(connection: Connection, now_us: int) -> Sequence[Family]:
    found = connection.execute(_RECONCILED).all()
    labels: list[Labels] = [(("bank", row.bank),) for row in found]
    ages = [max(now_us - row.oldest_us, 0) / _US_PER_SECOND for row in found]
    return [
        gauge(
            "gerbang_statement_unknown_debits",
            "Debits of the newest reconciliations that no transfer explains.",
            {label: float(row.unknown) for label, row in zip(labels, found, strict=True)},
        ),
        gauge(
            "gerbang_statement_unmatched_transfers",
            "Settled transfers that no debit explains yet.",
            {label: float(row.unmatched) for label, row in zip(labels, found, strict=True)},
        ),
        gauge(
            "gerbang_reconciliation_age_seconds",
            "Since the account that was reconciled longest ago was reconciled.",
            dict(zip(labels, ages, strict=True)),
        ),
    ]
