"""The invariants of money, checked after a run against the bank's own books.

Every broken rule is a line of text; an empty list is the only good result.
"""

from __future__ import annotations

import asyncio
import hashlib
import subprocess
import sys
from collections import Counter
from collections.abc import Sequence
from typing import Any

from audit.adapters.tables import AUDIT_EVENT
from bank_adapter.adapters.sql_tables import attempt, outbox, transfer
from erp_stream import ERPStream
from localstack.bank_admin import BankAdmin
from localstack.stack import Stack
from servicekit.config import DatabaseSettings
from servicekit.database import open_engine, read
from sqlalchemy import func, select

RESTING = frozenset({"SETTLED", "REJECTED", "RETURNED", "NEEDS_OPERATOR"})
AUDITED = "bank.attempt.finished"


class Referee:
    """Reads the gateway's ledger, the bank's ledger and the audit."""

    def __init__(self, stack: Stack, bank: BankAdmin) -> None:
        self._stack = stack
        self._bank = bank
        self._engine = open_engine(
            DatabaseSettings(url=stack.settings.database_url("bank-adapter"))
        )
        self._audit = open_engine(DatabaseSettings(url=stack.settings.database_url("audit")))

    def close(self) -> None:
        self._engine.dispose()
        self._audit.dispose()

    async def until_quiet(self, *, within_s: float) -> list[str]:
        """Waits until nothing is under way and every event was shipped."""
        deadline = asyncio.get_running_loop().time() + within_s
        while True:
            restless = await asyncio.to_thread(self._restless)
            if not restless:
                return []
            if asyncio.get_running_loop().time() > deadline:
                return [f"not quiet after {within_s:g} s: {dict(restless)}"]
            await asyncio.sleep(0.3)

    def _restless(self) -> Counter[str]:
        resting = ["SETTLED", "REJECTED", "RETURNED", "NEEDS_OPERATOR", "CANCELLED", "RECONCILED"]
        with read(self._engine) as connection:
            states = connection.execute(
                select(transfer.c.state, func.count())
                .where(transfer.c.state.not_in(resting))
                .group_by(transfer.c.state)
            )
            found = Counter({str(state): count for state, count in states})
            waiting = connection.execute(select(func.count()).select_from(outbox)).scalar_one()
        if waiting:
            found["events not shipped"] = waiting
        return found

    def ends(self) -> Counter[str]:
        """How many transfers rest in each state."""
        return Counter(row.state for row in self._rows(select(transfer.c.state)))

    def broken_rules(self, stream: ERPStream) -> list[str]:
        """Everything that must hold once the run is quiet."""
        transfers = self._rows(select(transfer))
        attempts = self._rows(select(attempt))
        references = self._bank.references()
        return [
            *self._paid_once(references),
            *self._told_the_truth(transfers, references),
            *self._nothing_lost(stream, transfers),
            *self._nothing_left_sending(transfers),
            *self._same_bytes(attempts),
            *self._every_attempt_is_audited(attempts),
            *self._chain_verifies(),
            *([] if self._bank.books_balance() else ["the bank's books do not balance"]),
        ]

    def _rows(self, query: Any) -> list[Any]:
        with read(self._engine) as connection:
            return list(connection.execute(query))

    @staticmethod
    def _paid_once(references: dict[str, Any]) -> list[str]:
        return [
            f"{reference} was debited {found['debits']} times"
            for reference, found in references.items()
            if found["debits"] > 1
        ]

    @staticmethod
    def _told_the_truth(transfers: Sequence[Any], references: dict[str, Any]) -> list[str]:
        broken = []
        for row in transfers:
            found = references.get(row.bank_partner_reference_no, {"standing": 0})
            standing = int(found["standing"])
            if row.state in {"SETTLED", "RECONCILED"} and standing != 1:
                broken.append(f"{row.transfer_id} is {row.state} with {standing} debits standing")
            if row.state in {"REJECTED", "CANCELLED"} and standing:
                broken.append(f"{row.transfer_id} is {row.state} but its debit stands")
        return broken

    @staticmethod
    def _nothing_lost(stream: ERPStream, transfers: Sequence[Any]) -> list[str]:
        by_reference: dict[str, list[Any]] = {}
        for row in transfers:
            by_reference.setdefault(row.partner_reference_no, []).append(row)
        broken = []
        for told in stream.told.values():
            rows = by_reference.get(told.reference, [])
            if told.refusals:
                broken.append(f"{told.reference} was refused: {told.refusals[0]}")
            if len(rows) != 1:
                broken.append(f"{told.reference} has {len(rows)} transfers")
            elif told.transfer_ids != {rows[0].transfer_id}:
                broken.append(f"{told.reference} was told {told.transfer_ids}")
            elif f"{rows[0].amount_minor // 100}.00" != told.amount:
                broken.append(f"{told.reference} has another amount")
            elif "SETTLED" in told.states and rows[0].state not in {"SETTLED", "RECONCILED"}:
                broken.append(f"{told.reference} was told SETTLED and is {rows[0].state}")
        return broken

    @staticmethod
    def _nothing_left_sending(transfers: Sequence[Any]) -> list[str]:
        return [
            f"{row.transfer_id} is still {row.state}"
            for row in transfers
            if row.state not in RESTING
        ]

    def _same_bytes(self, attempts: Sequence[Any]) -> list[str]:
        """The bytes stored and hashed are the bytes the bank received."""
        broken = [
            f"attempt {row.attempt_id}: stored digest is not of the stored bytes"
            for row in attempts
            if hashlib.sha256(row.body).digest() != row.body_sha256
        ]
        stored = {row.external_id: row.body for row in attempts}
        for request in [*self._bank.requests("17"), *self._bank.requests("36")]:
            ours = stored.get(request["externalId"])
            if ours is None:
                broken.append(f"the bank received {request['externalId']}, which we never stored")
            elif ours.decode() != request["body"]:
                broken.append(f"{request['externalId']} reached the bank with other bytes")
        return broken

    def _every_attempt_is_audited(self, attempts: Sequence[Any]) -> list[str]:
        query = select(AUDIT_EVENT.c.attempt_id).where(AUDIT_EVENT.c.kind == AUDITED)
        with read(self._audit) as connection:
            audited = {row.attempt_id for row in connection.execute(query)}
        return [
            f"attempt {row.attempt_id} ({row.kind}, {row.result}) is not in the audit"
            for row in attempts
            if row.attempt_id not in audited
        ]

    def _chain_verifies(self) -> list[str]:
        config = self._stack.config_file("audit")
        done = subprocess.run(
            [sys.executable, "-m", "audit", "verify", "--config", str(config)],
            capture_output=True,
            text=True,
            check=False,
        )
        return [] if done.returncode == 0 else [f"audit chain: {done.stdout}{done.stderr}"]
