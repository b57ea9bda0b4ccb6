"""What the ledger tells Prometheus: events that wait to be shipped, banks left alone.

Read at each scrape, by the worker. Where transfers stand is told by the audit.
"""

from __future__ import annotations

from collections.abc import Sequence

from servicekit.clock import Clock
from servicekit.metrics import Family, Labels, gauge
from sqlalchemy import Connection, func, select

from bank_adapter.adapters.sql_reader import SQLReader
from bank_adapter.adapters.sql_tables import bank_circuit, outbox

_US_PER_SECOND = 1_000_000
_WAITING = select(func.count(), func.min(outbox.c.created_us))
_CIRCUITS = select(bank_circuit.c.bank_identity, bank_circuit.c.open_until_us)


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
        ]
