"""Asks the bank's statement whether a payment it does not know was debited."""

from __future__ import annotations

from servicekit.clock import Clock
from servicekit.log import get_logger

from bank_adapter.application.ask_about_accounts import (
    AskAboutAccounts,
    Asker,
    BankSaidNoError,
)
from bank_adapter.application.bank import Bank
from bank_adapter.application.transfer_request import InvalidFieldError
from bank_adapter.domain.absence import proves_absence
from bank_adapter.domain.bank_day import jakarta
from bank_adapter.domain.rail import Capability
from bank_adapter.domain.transfer import Transfer
from bank_adapter.domain.verdict import Reading, Verdict

_MICROSECONDS = 1_000_000
log = get_logger()


class ProveAbsence:
    """Turns "not found" into a final word, or leaves it as it is."""

    def __init__(self, *, ask: AskAboutAccounts, clock: Clock) -> None:
        self._ask = ask
        self._clock = clock

    async def weigh(self, transfer: Transfer, reading: Reading, bank: Bank) -> Reading:
        """REJECTED when grace and statement prove that no money moved, else the reading.

        A bank without statements, a question that fails and a line that could
        be ours all leave the payment UNKNOWN.
        """
        if reading.verdict is not Verdict.NOT_FOUND or not self._ripe(transfer, bank):
            return reading
        now = jakarta(self._clock.now_us())
        since = jakarta(transfer.created_us)
        asker = Asker(
            client_id=transfer.client_id,
            allowed_accounts=frozenset({f"{bank.bank_id}:{transfer.order.source_account_no}"}),
            trace_id=transfer.trace_id,
        )
        try:
            _, statement = await self._ask.statement(
                asker,
                bank_id=bank.bank_id,
                account_no=transfer.order.source_account_no,
                first_day=since.date(),
                last_day=now.date(),
            )
        except (BankSaidNoError, InvalidFieldError) as error:
            log.warning(
                "no statement to prove an absence",
                transfer_id=transfer.transfer_id,
                reason=type(error).__name__,
            )
            return reading
        absent = proves_absence(
            statement.lines, complete=statement.complete, amount=transfer.order.amount, since=since
        )
        if not absent:
            return reading
        return Reading(
            verdict=Verdict.REJECTED,
            response_code=reading.response_code,
            response_message=reading.response_message,
            reason="NOT_FOUND_NO_DEBIT",
        )

    def _ripe(self, transfer: Transfer, bank: Bank) -> bool:
        """Whether the grace window is over and the bank gives statements."""
        age_us = self._clock.now_us() - transfer.unresolved_us
        return (
            Capability.STATEMENT in bank.driver.capabilities
            and age_us >= bank.not_found_grace_s * _MICROSECONDS
        )
