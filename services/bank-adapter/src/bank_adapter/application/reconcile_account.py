"""Compares one account's statement with the ledger: debits, returns, what is missing.

Whatever it finds is written step by step, each step guarded by the payment's
version or the line's id. A run that dies, and two runs at once, lose nothing
and do nothing twice: the next run finds what is done already.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

from servicekit.clock import Clock

from bank_adapter.application.ask_about_accounts import (
    AskAboutAccounts,
    Asker,
    BankSaidNoError,
)
from bank_adapter.application.bank import Bank
from bank_adapter.application.holds import Holds
from bank_adapter.application.ports.identifiers import Identifiers
from bank_adapter.application.ports.ledger import Ledger
from bank_adapter.application.ports.reconciliation_store import ReconciliationStore
from bank_adapter.application.records import ACTOR
from bank_adapter.application.statement_findings import StatementFindings
from bank_adapter.application.transfer_request import InvalidFieldError
from bank_adapter.domain.hold import HoldKind
from bank_adapter.domain.reconciliation import ReconciliationPolicy, Tally
from bank_adapter.domain.statement_line import AccountStatement, StatementLine, number_lines
from bank_adapter.domain.transfer import Transfer
from bank_adapter.drivers.protocol import InvalidOrderError


class NoStatementError(Exception):
    """The bank gave no statement now; `reason` says why."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


@dataclass(frozen=True, slots=True, kw_only=True)
class Compared:
    """What a run found."""

    complete: bool
    tally: Tally


class ReconcileAccount:
    """One run over the days that end with a given one."""

    def __init__(
        self,
        *,
        ask: AskAboutAccounts,
        ledger: Ledger,
        store: ReconciliationStore,
        holds: Holds,
        identifiers: Identifiers,
        clock: Clock,
    ) -> None:
        self._holds = holds
        self._ask = ask
        self._ledger = ledger
        self._store = store
        self._identifiers = identifiers
        self._clock = clock

    async def execute(
        self,
        bank: Bank,
        policy: ReconciliationPolicy,
        account_no: str,
        last_day: date,
        *,
        operator: str = "",
        trace_id: str = "",
    ) -> Compared:
        """Raises NoStatementError, and UnavailableError when the database is away."""
        first_day = policy.first_day(last_day)
        statement = await self._read(
            bank, account_no, first_day, last_day, operator=operator, trace_id=trace_id
        )
        # A debit of the first day may belong to a payment of some days before.
        created_from = first_day - timedelta(days=policy.missing_days)
        transfers = await self._transfers(bank, account_no, created_from, last_day)
        kept = await self._store.kept(
            bank.bank_id, account_no, first_day=first_day, last_day=last_day
        )
        hold = await self._holds.find(bank.bank_id)
        findings = StatementFindings(
            statement=statement,
            transfers=transfers,
            kept={line.line_id: line for line in kept},
            policy=policy,
            ledger=self._ledger,
            store=self._store,
            identifiers=self._identifiers,
            at_us=self._clock.now_us(),
            forgetful=hold is not None and hold.kind is HoldKind.RESTORE,
        )
        return Compared(complete=statement.complete, tally=await findings.execute())

    async def _read(
        self,
        bank: Bank,
        account_no: str,
        first_day: date,
        last_day: date,
        *,
        operator: str,
        trace_id: str,
    ) -> AccountStatement:
        """Day by day, so that no answer meets the bank's bound on lines."""
        asker = Asker(
            client_id="",
            allowed_accounts=frozenset({f"{bank.bank_id}:{account_no}"}),
            trace_id=trace_id,
            operator=operator or ACTOR,
        )
        lines: list[StatementLine] = []
        complete = True
        day = first_day
        while day <= last_day:
            try:
                _, reading = await self._ask.statement(
                    asker, bank_id=bank.bank_id, account_no=account_no, first_day=day, last_day=day
                )
            except (BankSaidNoError, InvalidFieldError, InvalidOrderError) as error:
                raise NoStatementError(str(error) or "the bank gave no statement") from error
            # A holiday's statement may run on: another day's lines are read with that day.
            lines += [line for line in reading.lines if line.day == day]
            dated = all(line.at is not None for line in reading.lines)
            complete = complete and reading.complete and dated
            day += timedelta(days=1)
        return AccountStatement(
            bank_id=bank.bank_id,
            account_no=account_no,
            first_day=first_day,
            last_day=last_day,
            lines=number_lines(bank.bank_id, account_no, lines),
            complete=complete,
        )

    async def _transfers(
        self, bank: Bank, account_no: str, first_day: date, last_day: date
    ) -> tuple[Transfer, ...]:
        found: list[Transfer] = []
        after_id = ""
        while page := await self._store.transfers(
            bank.bank_id, account_no, first_day=first_day, last_day=last_day, after_id=after_id
        ):
            found += page
            after_id = page[-1].transfer_id
        return tuple(found)
