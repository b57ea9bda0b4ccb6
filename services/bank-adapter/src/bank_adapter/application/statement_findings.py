"""Writes what one comparison of a statement with the ledger found, step by step.

Each step is one guarded transaction with its evidence and its audit record.
Somebody who was first, and a step that was done by a run that died, are
simply passed over.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Mapping, Sequence

from msgspec.structs import replace
from servicekit.log import get_logger

from bank_adapter.application.ports.identifiers import Identifiers
from bank_adapter.application.ports.ledger import AlreadyThereError, Ledger, OvertakenError
from bank_adapter.application.ports.reconciliation_store import ReconciliationStore
from bank_adapter.application.records import ACTOR, state_changed
from bank_adapter.application.statement_records import unknown_debit
from bank_adapter.domain.bank_day import jakarta
from bank_adapter.domain.change import Change
from bank_adapter.domain.kept_line import KeptLine, LineKind, keep
from bank_adapter.domain.reconciliation import ReconciliationPolicy, Tally
from bank_adapter.domain.reconciling import debit_missing, debit_shown, hand_back, return_shown
from bank_adapter.domain.statement_line import (
    AccountStatement,
    NumberedLine,
    StatementLine,
)
from bank_adapter.domain.statement_match import Leftover, Pair, match_debits, squeezed
from bank_adapter.domain.statement_verdict import Debited, find_returns, not_shown
from bank_adapter.domain.states import State
from bank_adapter.domain.transfer import Transfer
from bank_adapter.limits import STATEMENT_LINES_A_UNIT

log = get_logger()


class StatementFindings:
    """One run; `execute` once. `kept` are the lines that earlier runs kept."""

    def __init__(
        self,
        *,
        statement: AccountStatement,
        transfers: Sequence[Transfer],
        kept: Mapping[bytes, KeptLine],
        policy: ReconciliationPolicy,
        ledger: Ledger,
        store: ReconciliationStore,
        identifiers: Identifiers,
        at_us: int,
        forgetful: bool,
    ) -> None:
        self._forgetful = forgetful
        self._statement = statement
        self._transfers = {one.transfer_id: one for one in transfers}
        self._kept = dict(kept)
        self._policy = policy
        self._ledger = ledger
        self._store = store
        self._identifiers = identifiers
        self._at_us = at_us
        self._counts: Counter[str] = Counter()

    async def execute(self) -> Tally:
        """Writes everything, and says how much of each there was."""
        debits = [one for one in self._statement.lines if one.line.debit]
        unread = [one for one in debits if not self._is_explained(one)]
        # Comparing texts takes a while on a busy account; the loop goes on meanwhile.
        matching = await asyncio.to_thread(
            match_debits,
            unread,
            tuple(self._transfers.values()),
            slack_days=self._policy.missing_days,
            by_amount=self._policy.by_amount,
            explained=self._with_debit(),
            forgetful=self._forgetful,
        )
        for pair in matching.pairs:
            await self._debit(pair)
        await self._leave(matching.leftovers)
        await self._returns()
        if self._statement.complete:
            await self._missing([one.line.line for one in matching.leftovers])
        explained = self._with_debit()
        self._counts["debit_count"] = len(debits)
        self._counts["matched_count"] = sum(map(self._is_explained, debits))
        self._counts["unmatched_count"] = sum(
            one.state is State.SETTLED and one.transfer_id not in explained
            for one in self._transfers.values()
        )
        return Tally(**self._counts)

    def _is_explained(self, numbered: NumberedLine) -> bool:
        known = self._kept.get(numbered.line_id)
        return known is not None and known.explained

    def _with_debit(self) -> frozenset[str]:
        return frozenset(
            line.transfer_id for line in self._kept.values() if line.kind is LineKind.DEBIT
        )

    def _line(
        self, numbered: NumberedLine, kind: LineKind, *, transfer_id: str = "", basis: str = ""
    ) -> KeptLine:
        known = self._kept.get(numbered.line_id)
        return keep(
            numbered,
            kind,
            bank=self._statement.bank_id,
            account_no=self._statement.account_no,
            found_us=self._at_us,
            transfer_id=transfer_id,
            basis=basis,
            before=known.kind if known is not None else None,
        )

    async def _debit(self, pair: Pair) -> None:
        """A debit that is certainly a payment's."""
        transfer = pair.transfer
        line = self._line(
            pair.line, LineKind.DEBIT, transfer_id=transfer.transfer_id, basis=pair.basis.value
        )
        change = debit_shown(transfer, line, at_us=self._at_us, actor=ACTOR)
        if change is None:
            # Its own inquiry has the word; the next run finds it settled.
            await self._leave((Leftover(line=pair.line, resembles=(transfer,), open=True),))
        elif await self._apply(change):
            self._counts["reconciled_count"] += change.after.state is State.RECONCILED

    async def _leave(self, leftovers: Sequence[Leftover]) -> None:
        """Debits that nothing explains: kept, and an alarm for those that nothing may explain."""
        fresh: list[KeptLine] = []
        for left in leftovers:
            kind = self._kind_of(left)
            self._counts["unclear_count"] += kind is LineKind.UNCLEAR
            self._counts["unknown_count"] += kind is LineKind.UNKNOWN
            alike = left.resembles[0].transfer_id if left.resembles else ""
            line = self._line(left.line, kind, transfer_id=alike)
            held = await self._hold_back(left, line)
            if not held and line.before not in {kind, LineKind.UNKNOWN}:
                fresh.append(line)
        for start in range(0, len(fresh), STATEMENT_LINES_A_UNIT):
            await self._keep(fresh[start : start + STATEMENT_LINES_A_UNIT])

    def _kind_of(self, left: Leftover) -> LineKind:
        if left.open:
            return LineKind.UNCLEAR
        text = squeezed(left.line.line.remark)
        expected = any(word in text for word in self._policy.expected_words)
        # A second debit of a payment is never the bank's own.
        return LineKind.EXPECTED if expected and not left.resembles else LineKind.UNKNOWN

    async def _hold_back(self, left: Leftover, line: KeptLine) -> bool:
        """Payments that wait to be sent are not sent beside such a debit. Whether it was kept."""
        kept = False
        for transfer in left.resembles if left.open else ():
            change = hand_back(transfer, line, at_us=self._at_us, actor=ACTOR)
            if change is not None:
                evidence = None if kept or line.before is line.kind else line
                kept |= await self._apply(replace(change, line=evidence)) and evidence is not None
        return kept

    async def _keep(self, lines: Sequence[KeptLine]) -> None:
        unknown = [line for line in lines if line.kind is LineKind.UNKNOWN]
        records = [unknown_debit(one, event_id=self._identifiers.event_id()) for one in unknown]
        try:
            await self._store.keep(lines, records)
        except OvertakenError:
            log.debug("somebody else kept the statement's lines first")
            return
        for line in unknown:
            log.error(
                "statement shows a debit that is nobody's",
                bank=line.bank,
                day=line.day,
                line_id=line.line_id.hex(),
                resembles=line.transfer_id,
            )

    async def _returns(self) -> None:
        """Money that came back, or looks like it."""
        debited = [
            Debited(transfer=self._transfers[line.transfer_id], at=jakarta(line.at_us))
            for line in self._kept.values()
            if line.kind is LineKind.DEBIT and line.transfer_id in self._transfers
        ]
        credits_ = [
            one
            for one in self._statement.lines
            if not one.line.debit and not self._is_explained(one)
        ]
        returned = {
            line.transfer_id for line in self._kept.values() if line.kind is LineKind.RETURN
        }
        open_ = [one for one in debited if one.transfer.transfer_id not in returned]
        for found in find_returns(credits_, open_, words=self._policy.return_words):
            first, *others = found.transfers
            line = self._line(
                found.line,
                LineKind.RETURN,
                transfer_id=first.transfer_id,
                basis=found.basis.value,
            )
            # The line goes last: once it is kept, nobody is asked because of it.
            for transfer in others:
                await self._return(transfer, None)
            await self._return(first, line)
            self._counts["returned_count"] += 1

    async def _return(self, transfer: Transfer, line: KeptLine | None) -> None:
        change = return_shown(transfer, line, at_us=self._at_us, actor=ACTOR)
        if change is not None:
            await self._apply(change)
        elif line is not None:
            await self._keep((line,))

    async def _missing(self, unexplained: Sequence[StatementLine]) -> None:
        """Settled payments that the statements do not show."""
        explained = self._with_debit()
        for transfer in tuple(self._transfers.values()):
            if transfer.transfer_id not in explained and not_shown(
                transfer,
                unexplained,
                first_day=self._statement.first_day,
                last_day=self._statement.last_day,
                missing_days=self._policy.missing_days,
            ):
                await self._apply(debit_missing(transfer, at_us=self._at_us, actor=ACTOR))

    async def _apply(self, change: Change) -> bool:
        """Writes one step; whether it was written."""
        if change.moved:
            record = state_changed(
                change, event_id=self._identifiers.event_id(), at_us=self._at_us, actor=ACTOR
            )
            change = change.with_records(record)
        try:
            await self._ledger.apply(change)
        except (OvertakenError, AlreadyThereError):
            log.debug("somebody else was first", transfer_id=change.after.transfer_id)
            return False
        self._transfers[change.after.transfer_id] = change.after
        if change.line is not None:
            self._kept[change.line.line_id] = change.line
        if change.moved and change.after.state is State.NEEDS_OPERATOR:
            self._counts["contradicted_count"] += 1
            log.error(
                "payment needs an operator",
                transfer_id=change.after.transfer_id,
                reason=change.after.state_reason,
            )
        return True
