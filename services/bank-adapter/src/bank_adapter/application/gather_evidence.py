"""Gathers what an operator needs to decide about a transfer. Changes nothing.

The bank's statement is asked for on demand only. A debit that names one of
our references speaks for the payment; what it does not show is proof of
nothing unless the statement is complete.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from servicekit.clock import Clock

from bank_adapter.application.ask_about_accounts import (
    AskAboutAccounts,
    Asker,
    BankSaidNoError,
)
from bank_adapter.application.ports.ledger import Ledger, PagePosition
from bank_adapter.application.ports.operator_reads import OperatorReads
from bank_adapter.application.read_transfers import Page, TransferNotFoundError, waiting_page
from bank_adapter.application.transfer_request import InvalidFieldError
from bank_adapter.domain.absence import could_be_ours
from bank_adapter.domain.attempt import Attempt
from bank_adapter.domain.bank_day import jakarta
from bank_adapter.domain.bank_notification import BankNotification
from bank_adapter.domain.operator_decision import OperatorDecision, Resolution
from bank_adapter.domain.rail_choice import UnsupportedRailError
from bank_adapter.domain.resolving import allowed
from bank_adapter.domain.statement_line import StatementLine
from bank_adapter.domain.statement_match import names
from bank_adapter.domain.states import State
from bank_adapter.domain.transfer import Transfer, TransferEvent
from bank_adapter.drivers.protocol import InvalidOrderError, UnsupportedServiceError


@dataclass(frozen=True, slots=True, kw_only=True)
class Debit:
    """A debit of the transfer's amount that may be its own.

    `names_transfer`: it holds a reference that no other payment has.
    `same_remark`: it holds the remark, which others may have too.
    """

    line: StatementLine
    names_transfer: bool
    same_remark: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class StatementEvidence:
    """Whole Jakarta days, both included. `problem` says why there are no lines."""

    first_day: date
    last_day: date
    complete: bool = False
    debits: tuple[Debit, ...] = ()
    problem: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """Everything that speaks for and against, oldest first."""

    transfer: Transfer
    attempts: tuple[Attempt, ...]
    events: tuple[TransferEvent, ...]
    decisions: tuple[OperatorDecision, ...]
    notifications: tuple[BankNotification, ...]
    allowed: tuple[Resolution, ...]
    statement: StatementEvidence | None


class GatherEvidence:
    """The reading verbs of the operators."""

    def __init__(
        self, *, ledger: Ledger, reads: OperatorReads, ask: AskAboutAccounts, clock: Clock
    ) -> None:
        self._ledger = ledger
        self._reads = reads
        self._ask = ask
        self._clock = clock

    async def waiting(self, *, after: PagePosition | None, limit: int) -> Page:
        """What waits for a person, longest waiting first."""
        found = await self._reads.waiting(State.NEEDS_OPERATOR, after=after, limit=limit + 1)
        return waiting_page(found, limit)

    async def about(
        self, transfer_id: str, *, ask_statement: bool, operator: str, trace_id: str
    ) -> Evidence:
        """Raises TransferNotFoundError. A bank without an answer is part of the evidence."""
        transfer = await self._one(transfer_id)
        statement = None
        if ask_statement:
            statement = await self._statement(transfer, operator=operator, trace_id=trace_id)
        # Events first: what happens meanwhile is then an event that nobody saw,
        # and a resolution on this evidence is refused.
        events = await self._ledger.events(transfer_id)
        attempts = await self._ledger.attempts(transfer_id)
        decisions = await self._reads.decisions(transfer_id)
        notifications = await self._ledger.notifications(transfer_id)
        transfer = await self._one(transfer_id)
        return Evidence(
            transfer=transfer,
            attempts=attempts,
            events=events,
            decisions=decisions,
            notifications=notifications,
            allowed=allowed(transfer, events),
            statement=statement,
        )

    async def attempts(
        self, *, after_us: int, before_us: int, after_id: str, limit: int
    ) -> tuple[tuple[Attempt, ...], str]:
        """A page of every transfer's attempts and where the next one starts; "" on the last."""
        found = await self._reads.attempts_made(
            after_us=after_us, before_us=before_us, after_id=after_id, limit=limit + 1
        )
        shown = found[:limit]
        return shown, shown[-1].attempt_id if len(found) > limit else ""

    async def _one(self, transfer_id: str) -> Transfer:
        transfer = await self._ledger.get(transfer_id)
        if transfer is None:
            raise TransferNotFoundError(transfer_id)
        return transfer

    async def _statement(
        self, transfer: Transfer, *, operator: str, trace_id: str
    ) -> StatementEvidence:
        first_day = jakarta(transfer.created_us).date()
        last_day = jakarta(self._clock.now_us()).date()
        account_no = transfer.order.source_account_no
        asker = Asker(
            client_id=transfer.client_id,
            allowed_accounts=frozenset({f"{transfer.bank}:{account_no}"}),
            trace_id=trace_id,
            operator=operator,
        )
        try:
            _, reading = await self._ask.statement(
                asker,
                bank_id=transfer.bank,
                account_no=account_no,
                first_day=first_day,
                last_day=last_day,
            )
        except (
            BankSaidNoError,
            InvalidFieldError,
            InvalidOrderError,
            UnsupportedRailError,
            UnsupportedServiceError,
        ) as error:
            problem = str(error) or "the bank gave no statement"
            return StatementEvidence(first_day=first_day, last_day=last_day, problem=problem)
        return StatementEvidence(
            first_day=first_day,
            last_day=last_day,
            complete=reading.complete,
            debits=matching_debits(reading.lines, transfer),
        )


def matching_debits(lines: tuple[StatementLine, ...], transfer: Transfer) -> tuple[Debit, ...]:
    """The debits that may be the transfer's, as the bank orders them."""
    order = transfer.order
    since = jakarta(transfer.created_us)
    return tuple(
        Debit(
            line=line,
            names_transfer=names(line, transfer),
            same_remark=bool(order.remark) and order.remark in line.remark,
        )
        for line in lines
        if could_be_ours(line, amount=order.amount, since=since)
    )
