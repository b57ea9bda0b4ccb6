"""Everybody's books after a run: the gateway's ledger, the bank's, the audit.

Read once, when all is quiet; the invariants (`invariants.py`) compare them.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from typing import Any

from audit.adapters.tables import AUDIT_EVENT
from bank_adapter.adapters.sql_tables import attempt, transfer, transfer_event
from localstack import banks
from localstack.bank_admin import BankAdmin
from localstack.commands import ProvisionError
from localstack.stack import Stack
from servicekit.config import DatabaseSettings
from servicekit.database import open_engine, read
from sqlalchemy import select

# The services whose messages are attempts of ours.
ATTEMPTED = ("17", "18", "22", "23", "33", "43", "36")
FINISHED = "bank.attempt.finished"


def identity_of(bank: banks.LocalBank) -> str:
    """A bank identity as the gateway's ledger names it."""
    return f"{bank.bank_id}/{bank.client_id}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Books:
    """`references` are the bank's debits by (bank identity, reference)."""

    transfers: Sequence[Any]
    attempts: Sequence[Any]
    events: Sequence[Any]
    references: Mapping[tuple[str, str], Mapping[str, Any]]
    requests: Sequence[Mapping[str, Any]]
    bank_balances: bool
    reconciled: Sequence[Mapping[str, Any]]
    audited_attempts: frozenset[str]
    audit_complaint: str

    def of(self, row: Any) -> Mapping[str, Any]:
        """What the bank has under a transfer's reference."""
        nothing = {"debits": 0, "standing": 0, "amountMinor": 0, "strangers": []}
        return self.references.get((row.bank_identity, row.bank_partner_reference_no), nothing)


def collect(stack: Stack, bank: BankAdmin) -> Books:
    """Reads all of it; nothing may be under way any more."""
    with ExitStack() as opened:

        def rows(service: str, query: Any) -> list[Any]:
            engine = open_engine(DatabaseSettings(url=stack.settings.database_url(service)))
            opened.callback(engine.dispose)
            with read(engine) as connection:
                return list(connection.execute(query))

        audited = select(AUDIT_EVENT.c.attempt_id).where(AUDIT_EVENT.c.kind == FINISHED)
        return Books(
            transfers=rows("bank-adapter", select(transfer)),
            attempts=rows("bank-adapter", select(attempt)),
            events=rows("bank-adapter", select(transfer_event)),
            references={
                (identity_of(local), reference): found
                for local in banks.ALL
                for reference, found in bank.references(local.client_id).items()
            },
            requests=[request for service in ATTEMPTED for request in bank.requests(service)],
            bank_balances=bank.books_balance(),
            reconciled=_reconciled(stack),
            audited_attempts=frozenset(row.attempt_id for row in rows("audit", audited)),
            audit_complaint=_complaint(stack),
        )


def _reconciled(stack: Stack) -> list[dict[str, Any]]:
    """What the operator's command finds between signatures, attempts and questions."""
    command = [sys.executable, "-m", "gerbang_ops", "--config", str(stack.ops_file), "reconcile"]
    done = subprocess.run(
        [*command, "--leave-out-s", "0", "--json"], check=False, capture_output=True, text=True
    )
    try:
        return list(json.loads(done.stdout)["findings"])
    except (ValueError, KeyError):
        return [{"reason": "NO_ANSWER", "error": done.stderr}]


def _complaint(stack: Stack) -> str:
    """What the audit itself has against its chain; empty when it verifies."""
    try:
        stack.command("audit", "verify")
    except ProvisionError as error:
        return str(error)
    return ""
