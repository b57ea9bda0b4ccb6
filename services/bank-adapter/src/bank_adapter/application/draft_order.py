"""From a good request to the order that its bank will take."""

from __future__ import annotations

from dataclasses import dataclass, replace

from bank_adapter.application.bank import Bank
from bank_adapter.application.transfer_request import TransferRequest
from bank_adapter.domain.bank_day import end_of_bank_day_us
from bank_adapter.domain.order import PaymentOrder
from bank_adapter.domain.rail import Rail
from bank_adapter.domain.rail_choice import FieldProblem, choose_rail
from bank_adapter.drivers.protocol import InvalidOrderError
from bank_adapter.limits import SEND_BY_AT_LEAST_S

_MICROSECONDS = 1_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class DraftedOrder:
    """The order, why it takes its rail, and until when it may be sent."""

    order: PaymentOrder
    rail_reason: str
    send_by_us: int

    def within(self, session: str) -> DraftedOrder:
        """With the session in which the bank was asked about it."""
        return replace(self, order=replace(self.order, inquiry_session=session))


def draft_order(
    request: TransferRequest, bank: Bank, *, reference_no: str, at_us: int
) -> DraftedOrder:
    """Chooses the rail and checks every field for it.

    Raises the errors of choose_rail and InvalidOrderError.
    """
    # The rail of a draft is a placeholder until the choice is made.
    draft = PaymentOrder(
        bank_partner_reference_no=reference_no,
        rail=request.rail or Rail.INTRABANK,
        amount=request.amount,
        source_account_no=request.source_account_no,
        beneficiary_account_no=request.beneficiary_account_no,
        beneficiary_account_name=request.beneficiary_account_name,
        beneficiary_bank_code=request.beneficiary_bank_code,
        beneficiary_email=request.beneficiary_email,
        remark=request.remark,
        beneficiary_address=request.beneficiary_address,
        beneficiary_residence=request.beneficiary_residence,
        beneficiary_type=request.beneficiary_type,
        purpose_code=request.purpose_code,
        economic_activity=request.economic_activity,
        transaction_purpose=request.transaction_purpose,
    )

    def problem_of(rail: Rail) -> FieldProblem | None:
        try:
            bank.driver.check(replace(draft, rail=rail))
        except InvalidOrderError as error:
            return FieldProblem(field=error.field, message=str(error))
        return None

    choice = choose_rail(
        request.rail,
        bank.offer,
        amount=request.amount,
        beneficiary_bank_code=request.beneficiary_bank_code,
        at_us=at_us,
        problem_of=problem_of,
    )
    order = replace(draft, rail=choice.rail)
    bank.driver.check(order)
    return DraftedOrder(
        order=order, rail_reason=choice.reason, send_by_us=_send_by_us(choice.rail, bank, at_us)
    )


def _send_by_us(rail: Rail, bank: Bank, at_us: int) -> int:
    """The end of the bank day, or the rail's closing time where it has one."""
    latest_us = max(end_of_bank_day_us(at_us), at_us + SEND_BY_AT_LEAST_S * _MICROSECONDS)
    hours = bank.rails.of(rail).hours
    return latest_us if hours is None else min(latest_us, hours.closes_us(at_us))
