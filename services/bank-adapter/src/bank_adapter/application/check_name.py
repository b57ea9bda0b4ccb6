"""Asks the bank for the beneficiary's name before a payment is stored.

Nothing is stored and nothing moves here. A bank that does not answer never
holds up a payment that would only be flagged; where a mismatch refuses, no
answer refuses too, for now. So it does where the bank wants to hear its own
answer (a session) again in the payment.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass

from bank_adapter.application.ask_about_accounts import (
    AccountQuestion,
    AskAboutAccounts,
    Asker,
    BankSaidNoError,
)
from bank_adapter.application.bank import Bank
from bank_adapter.application.transfer_request import InvalidFieldError, TransferRequest
from bank_adapter.domain.hold import ON_HOLD
from bank_adapter.domain.name_check import NameCheck, NameCheckMode
from bank_adapter.domain.name_match import similarity
from bank_adapter.domain.order import PaymentOrder
from bank_adapter.domain.verdict import Reading, Verdict
from bank_adapter.drivers.protocol import (
    AccountReading,
    InvalidOrderError,
    UnsupportedServiceError,
)
from bank_adapter.limits import NAME_CHECK_MARGIN_S

_NO_SUCH_ACCOUNT = 404


class NameMismatchError(Exception):
    """The bank knows the account under another name."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Checked:
    """How the names compared, and the session in which the bank answered."""

    name: NameCheck = NameCheck.NOT_CHECKED
    session: str = ""


class CheckName:
    """The comparison of the ERP's name with the bank's."""

    def __init__(self, ask: AskAboutAccounts) -> None:
        self._ask = ask

    @staticmethod
    def wanted(request: TransferRequest, bank: Bank) -> bool:
        """Whether the bank is asked before it is paid."""
        mode = bank.name_check.mode_for(request.client_id)
        return mode is not NameCheckMode.OFF or bank.driver.wants_inquiry_session

    async def execute(
        self, request: TransferRequest, order: PaymentOrder, bank: Bank, *, circuit_reason: str
    ) -> Checked:
        """Raises nothing where a name would only be flagged; else NameMismatchError,
        InvalidFieldError (no name, or no such account), BankSaidNoError and
        what the driver refuses to ask.
        """  # noqa: D205  one list
        mode = self._mode(request, order, bank)
        needs_answer = mode is NameCheckMode.REFUSE or bank.driver.wants_inquiry_session
        if mode is NameCheckMode.OFF and not needs_answer:
            return Checked()
        try:
            found = await self._found(request, order, bank, circuit_reason=circuit_reason)
        except (BankSaidNoError, InvalidOrderError, UnsupportedServiceError) as error:
            if not _unknown_account(error):
                if needs_answer:
                    raise
                return Checked()
            if needs_answer:
                raise InvalidFieldError(
                    "beneficiaryAccountNo", "is not known to the beneficiary's bank"
                ) from error
            return Checked(name=NameCheck.MISMATCH)
        if mode is NameCheckMode.OFF:
            return Checked(session=found.session)
        alike = similarity(order.beneficiary_account_name, found.account_name)
        if alike >= bank.name_check.least_similarity:
            return Checked(name=NameCheck.MATCH, session=found.session)
        if mode is NameCheckMode.REFUSE:
            raise NameMismatchError
        return Checked(name=NameCheck.MISMATCH, session=found.session)

    @staticmethod
    def _mode(request: TransferRequest, order: PaymentOrder, bank: Bank) -> NameCheckMode:
        """The policy's, or OFF where there is no name to compare. Raises InvalidFieldError."""
        mode = bank.name_check.mode_for(request.client_id)
        if order.beneficiary_account_name:
            return mode
        if mode is NameCheckMode.REFUSE:
            raise InvalidFieldError(
                "beneficiaryAccountName", "is required: the name is checked", missing=True
            )
        return NameCheckMode.OFF

    async def _found(
        self, request: TransferRequest, order: PaymentOrder, bank: Bank, *, circuit_reason: str
    ) -> AccountReading:
        """The bank's answer. Raises BankSaidNoError for a bank that gives none in time."""
        # A hold keeps payments back, not questions.
        if circuit_reason not in {"", ON_HOLD}:
            raise BankSaidNoError(Reading(verdict=Verdict.NOT_SENT, reason=circuit_reason))
        asker = Asker(
            client_id=request.client_id,
            allowed_accounts=request.allowed_accounts,
            trace_id=request.trace_id,
        )
        about = AccountQuestion(
            bank_id=bank.bank_id,
            account_no=order.beneficiary_account_no,
            bank_code=order.beneficiary_bank_code,
            amount=order.amount,
            source_account_no=order.source_account_no,
            rail=order.rail,
        )
        timeout_s = bank.name_check.timeout_s
        try:
            # The wire keeps the time; this also bounds the wait for a token.
            async with asyncio.timeout(timeout_s + NAME_CHECK_MARGIN_S):
                return await self._ask.name(
                    asker,
                    bank,
                    about,
                    reference_no=order.bank_partner_reference_no,
                    timeout_s=timeout_s,
                )
        except TimeoutError:
            late = Reading(verdict=Verdict.NOT_SENT, reason="NAME_CHECK_TIMEOUT")
            raise BankSaidNoError(late) from None


def _unknown_account(error: Exception) -> bool:
    return (
        isinstance(error, BankSaidNoError)
        and error.reading.verdict in {Verdict.REJECTED, Verdict.NOT_FOUND}
        and error.reading.http_status == _NO_SUCH_ACCOUNT
    )
