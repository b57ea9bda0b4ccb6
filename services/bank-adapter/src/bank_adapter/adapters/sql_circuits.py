"""Bank circuits in SQL: one row a bank identity, changed by compare-and-set."""

from __future__ import annotations

from servicekit.group_commit import GroupCommit, Statement
from sqlalchemy import Connection, bindparam, insert, select, update

from bank_adapter.adapters.sql_compare_and_set import compare_and_set
from bank_adapter.adapters.sql_reader import SQLReader
from bank_adapter.adapters.sql_tables import bank_circuit
from bank_adapter.application.ports.circuit_store import Circuit

_CREATE = insert(bank_circuit)
_CHANGE = (
    update(bank_circuit)
    .where(
        bank_circuit.c.bank_identity == bindparam("k_identity"),
        bank_circuit.c.version == bindparam("k_version"),
    )
    .values(
        open_until_us=bindparam("v_open_until_us"),
        reason=bindparam("v_reason"),
        version=bindparam("v_version"),
    )
)


class SQLCircuitStore:
    """Implements the port application.ports.circuit_store.CircuitStore."""

    def __init__(self, writer: GroupCommit, reader: SQLReader) -> None:
        self._writer = writer
        self._reader = reader

    async def load(self, bank_identity: str) -> Circuit:
        query = select(bank_circuit).where(bank_circuit.c.bank_identity == bank_identity)

        def run(connection: Connection) -> Circuit:
            row = connection.execute(query).one_or_none()
            if row is None:
                return Circuit()
            return Circuit(reason=row.reason, open_until_us=row.open_until_us, version=row.version)

        return await self._reader.run(run)

    async def save(self, bank_identity: str, circuit: Circuit) -> bool:
        if circuit.version == 1:
            row = {
                "bank_identity": bank_identity,
                "open_until_us": circuit.open_until_us,
                "reason": circuit.reason,
                "version": 1,
            }
            return await self._guarded(bank_identity, Statement(_CREATE, row))
        parameters = {
            "k_identity": bank_identity,
            "k_version": circuit.version - 1,
            "v_open_until_us": circuit.open_until_us,
            "v_reason": circuit.reason,
            "v_version": circuit.version,
        }
        return await self._guarded(bank_identity, Statement(_CHANGE, parameters))

    async def _guarded(self, bank_identity: str, statement: Statement) -> bool:
        return await compare_and_set(self._writer, f"circuit:{bank_identity}", (statement,))
