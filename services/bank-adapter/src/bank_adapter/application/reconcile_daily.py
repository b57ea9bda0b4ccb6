"""Reconciles every account with its bank once a day, whoever of the workers is first.

A day of an account is one row, claimed by compare-and-set with a time limit:
a run that dies is taken up by another, and what it did already stays done.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date

from servicekit.clock import Clock
from servicekit.log import get_logger

from bank_adapter.application.bank import Bank, Banks
from bank_adapter.application.circuits import Circuits
from bank_adapter.application.ports.identifiers import Identifiers
from bank_adapter.application.ports.reconciliation_store import ReconciliationStore
from bank_adapter.application.reconcile_account import Compared, NoStatementError, ReconcileAccount
from bank_adapter.application.records import ACTOR
from bank_adapter.application.statement_records import reconciled
from bank_adapter.domain.bank_day import as_number, jakarta
from bank_adapter.domain.reconciliation import (
    Progress,
    Reconciliation,
    ReconciliationPolicy,
    Tally,
)
from bank_adapter.limits import RECONCILE_CLAIM_S

_MICROSECONDS = 1_000_000
log = get_logger()


class NotReconciledError(Exception):
    """The bank gives no statement, or the installation does not want it read."""

    def __init__(self) -> None:
        super().__init__("this bank's statements are not reconciled here")


class ReconcilingNowError(Exception):
    """Another run has the account's day."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Task:
    """One account's day at one bank, and who asks for it."""

    bank: Bank
    policy: ReconciliationPolicy
    account_no: str
    day: date
    operator: str = ""
    trace_id: str = ""


class ReconcileDaily:
    """The worker's pass over banks and accounts, and a person's "now"."""

    def __init__(
        self,
        *,
        banks: Banks,
        circuits: Circuits,
        store: ReconciliationStore,
        account: ReconcileAccount,
        identifiers: Identifiers,
        clock: Clock,
    ) -> None:
        self._banks = banks
        self._circuits = circuits
        self._store = store
        self._account = account
        self._identifiers = identifiers
        self._clock = clock
        # The newest day of each bank that is done: there is nothing to look for.
        self._done: dict[str, date] = {}

    async def execute(self) -> int:
        """How many accounts were reconciled. Raises UnavailableError."""
        done = 0
        for bank in self._banks.by_id.values():
            if bank.reconciliation is not None and await self._may_be_asked(bank):
                done += await self._bank(bank, bank.reconciliation)
        return done

    async def now(
        self, bank: Bank, account_no: str, day: date | None, *, operator: str, trace_id: str
    ) -> Reconciliation:
        """Reconciles an account up to a day, today included (the default), for a person.

        Raises NotReconciledError and ReconcilingNowError. A statement that the bank
        does not give now is in the answer.
        """
        if bank.reconciliation is None:
            raise NotReconciledError
        today = jakarta(self._clock.now_us()).date()
        task = _Task(
            bank=bank,
            policy=bank.reconciliation,
            account_no=account_no,
            day=min(day or today, today),
            operator=operator,
            trace_id=trace_id,
        )
        stored = await self._store.load(bank.bank_id, account_no, task.day)
        claimed = await self._claim(task, stored, again=True)
        if claimed is None:
            raise ReconcilingNowError
        return await self._work(task, claimed)

    async def _may_be_asked(self, bank: Bank) -> bool:
        now_us = self._clock.now_us()
        circuit = await self._circuits.find(bank)
        return not self._circuits.is_open(circuit) and bank.schedule.pause_until_us(now_us) is None

    async def _bank(self, bank: Bank, policy: ReconciliationPolicy) -> int:
        day = policy.due_day(self._clock.now_us())
        if self._done.get(bank.bank_id) == day:
            return 0
        since = policy.first_day(day)
        known = await self._store.accounts(bank.bank_id, since=since, until=day)
        done, left = 0, 0
        for account_no in sorted({*known, *policy.accounts}):
            task = _Task(bank=bank, policy=policy, account_no=account_no, day=day)
            stored = await self._store.load(bank.bank_id, account_no, day)
            if stored is not None and _is_done(stored, task):
                continue
            claimed = await self._claim(task, stored, again=False)
            ended = await self._work(task, claimed) if claimed is not None else None
            if ended is not None and ended.progress is Progress.DONE:
                done += 1
            else:
                left += 1
        if not left:
            self._done[bank.bank_id] = day
        return done

    async def _claim(
        self, task: _Task, stored: Reconciliation | None, *, again: bool
    ) -> Reconciliation | None:
        """The day as ours for a while; None when it is somebody else's or must wait."""
        now_us = self._clock.now_us()
        if stored is not None:
            busy = stored.progress is Progress.RUNNING and stored.next_action_us > now_us
            waits = stored.progress is Progress.FAILED and stored.next_action_us > now_us
            if busy or (waits and not again):
                return None
        claimed = Reconciliation(
            bank=task.bank.bank_id,
            account_no=task.account_no,
            day=as_number(task.day),
            first_day=as_number(task.policy.first_day(task.day)),
            version=stored.version + 1 if stored is not None else 1,
            progress=Progress.RUNNING,
            started_us=now_us,
            next_action_us=now_us + int(RECONCILE_CLAIM_S * _MICROSECONDS),
        )
        return claimed if await self._store.save(claimed) else None

    async def _work(self, task: _Task, claimed: Reconciliation) -> Reconciliation:
        """Reconciles a claimed day and writes down what came of it."""
        problem, compared = "", Compared(complete=False, tally=Tally())
        try:
            compared = await self._account.execute(
                task.bank,
                task.policy,
                task.account_no,
                task.day,
                operator=task.operator,
                trace_id=task.trace_id,
            )
        except NoStatementError as error:
            problem = error.reason
            log.warning("no statement to reconcile with", bank=task.bank.bank_id, reason=problem)
        now_us = self._clock.now_us()
        retry_us = now_us + int(task.policy.retry_s * _MICROSECONDS)
        ended = replace(
            claimed,
            version=claimed.version + 1,
            progress=Progress.FAILED if problem else Progress.DONE,
            next_action_us=retry_us if problem else 0,
            ended_us=now_us,
            complete=compared.complete,
            tally=compared.tally,
            problem=problem[:64],
        )
        record = reconciled(
            ended,
            event_id=self._identifiers.event_id(),
            actor=task.operator or ACTOR,
            trace_id=task.trace_id,
        )
        if not await self._store.save(ended, (record,)):
            log.warning("a reconciliation outlived its claim", bank=task.bank.bank_id)
        log.info(
            "statement reconciled",
            bank=ended.bank,
            day=ended.day,
            progress=ended.progress.value,
            matched=ended.tally.matched_count,
            unmatched=ended.tally.unmatched_count,
            unclear=ended.tally.unclear_count,
            unknown=ended.tally.unknown_count,
        )
        return ended


def _is_done(stored: Reconciliation, task: _Task) -> bool:
    """A person may have asked for a day before it was over: such a run is not its last."""
    over = stored.ended_us >= task.policy.over_us(task.day)
    return stored.progress is Progress.DONE and over
