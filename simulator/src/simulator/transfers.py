"""How the bank carries out a payment order, the same for every dialect and rail.

The checks are in the order a bank makes them: repeated reference, accounts, limits, funds. A
refusal after the payment was taken up is remembered, so that a status inquiry knows it as failed.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace

from simulator.bank import Bank
from simulator.clock import jakarta_day
from simulator.config import AccountStatus
from simulator.exchange import Call, Refused
from simulator.faults.plan import Known, Pending
from simulator.instructions import FAILED, PENDING, SUCCESS, Instruction, Order
from simulator.ledger import Account, Entry, EntryStatus

_STRANGERS_MORE_MINOR = 100
# The mark of a payment that the partner's gateway did not ask for.
STRANGER = "stranger"
DESCRIPTIONS = {
    "00": "Transaction Success",
    "01": "Transaction Initiated",
    "02": "Transaction Paying",
    "03": "Transaction In Progress",
    "04": "Transaction Refunded",
    "05": "Transaction Canceled",
    "06": "Transaction Failed",
    "07": "Transaction Not Found",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Rail:
    """What differs between rails: the least and the most in minor units, inquiries that see 03."""

    minimum_minor: int = 1
    maximum_minor: int
    pending_inquiries: int = 0
    closes_at_night: bool = False


def carry_out(
    bank: Bank,
    call: Call,
    order: Order,
    rail: Rail,
    *,
    also: Callable[[], None] | None = None,
    reference_rules: bool = True,
) -> Instruction:
    """Book the order, or raise Refused. Books at most once for each call.

    `also` is a check of the service's own, made with the others; `reference_rules` False is for
    dialects that know no such rule. During end of day the order is held,
    answered by 504/00, and settled in the morning.
    """
    client_id = call.partner.client_id
    bank.instructions.refuse_repeat(
        client_id,
        order,
        duplicates=reference_rules and bank.rules.duplicate_reference_conflict,
        inconsistent=reference_rules and bank.rules.inconsistent_reference_refused,
    )
    try:
        if also is not None:
            also()
        _check(bank, call, order, rail)
    except Refused as refused:
        remember_failed(bank, call, order, refused.message)
        raise
    pending = _pending(bank, call, rail)
    instruction = Instruction(
        client_id=client_id,
        external_id=call.external_id,
        received_us=call.received_us,
        order=order,
        reference_no=bank.references.transfer(call.received_us),
        status=PENDING if pending else SUCCESS,
        description=DESCRIPTIONS[PENDING if pending else SUCCESS],
        inquiries_until_final=pending.inquiries if pending else 0,
        final_status=pending.final if pending else SUCCESS,
        waits_for_morning=bank.end_of_day,
    )
    instruction.entry = _entry(bank, instruction)
    bank.remember(instruction)
    if bank.end_of_day:
        raise Refused(504, "00")
    return instruction


def remember_failed(bank: Bank, call: Call, order: Order, reason: str) -> Instruction:
    """Keep an order that was taken up and refused; no entry, status 06 with the reason."""
    instruction = Instruction(
        client_id=call.partner.client_id,
        external_id=call.external_id,
        received_us=call.received_us,
        order=order,
        reference_no="",
        status=FAILED,
        description=reason,
    )
    bank.remember(instruction)
    return instruction


def remember_stranger(bank: Bank, call: Call, order: Order, known: Known) -> None:
    """Another system of the same partner was here before, under the same reference, and paid."""
    amount_minor = order.amount_minor + (
        _STRANGERS_MORE_MINOR if known is Known.OTHER_AMOUNT else 0
    )
    named = call.headers.get("X-EXTERNAL-ID")
    stranger = Instruction(
        client_id=call.partner.client_id,
        # Where a header names the request, the stranger's had another; else the id is taken.
        external_id=named[::-1] if named else call.external_id,
        received_us=call.received_us,
        order=replace(order, amount_minor=amount_minor),
        reference_no=bank.references.transfer(call.received_us),
        status=SUCCESS,
        description=DESCRIPTIONS[SUCCESS],
        marks={STRANGER: "yes"},
    )
    stranger.entry = _entry(bank, stranger)
    bank.use_external_id(stranger.client_id, stranger.external_id, jakarta_day(call.received_us))
    bank.remember(stranger)


def look_again(bank: Bank, instruction: Instruction) -> None:
    """A status inquiry looks: a pending payment comes nearer to its end, or reaches it."""
    if instruction.status != PENDING or instruction.waits_for_morning:
        return
    if instruction.inquiries_until_final > 0:
        instruction.inquiries_until_final -= 1
        bank.changed(instruction)
        return
    finish(bank, instruction, instruction.final_status)


def finish(bank: Bank, instruction: Instruction, status: str) -> None:
    """End a pending payment as `status` says: 00 books it, every other status gives it back."""
    if instruction.status != PENDING:
        raise ValueError("the payment is not pending")
    if instruction.entry is not None:
        if status == SUCCESS:
            bank.ledger.settle(instruction.entry, bank.clock.now_us())
        else:
            bank.ledger.reverse(instruction.entry, bank.clock.now_us())
    instruction.status = status
    instruction.description = DESCRIPTIONS[status]
    bank.changed(instruction)


def reject_late(bank: Bank, instruction: Instruction, reason: str) -> None:
    """Take a success back: the payer has the money again and the status becomes 06.

    Raises ValueError when the payment is not a booked success.
    """
    if instruction.status != SUCCESS or instruction.entry is None:
        raise ValueError("the payment is not a booked success")
    bank.ledger.give_back(instruction.entry, bank.clock.now_us())
    instruction.status = FAILED
    instruction.description = reason
    bank.changed(instruction)


def end_the_night(bank: Bank) -> int:
    """Settle what arrived during end of day; answers how many payments that were."""
    waiting = [one for one in bank.instructions.all if one.waits_for_morning]
    for instruction in waiting:
        instruction.waits_for_morning = False
        if instruction.status == PENDING:
            finish(bank, instruction, instruction.final_status)
    return len(waiting)


def _check(bank: Bank, call: Call, order: Order, rail: Rail) -> None:
    if bank.end_of_day and rail.closes_at_night:
        raise Refused(403, "06", "Feature Not Allowed At This Time. [Past cut-off]")
    if order.amount_minor <= 0:
        raise Refused(404, "13")
    source = bank.ledger.accounts.get(order.source_account)
    if source is None:
        raise Refused(404, "11", "Invalid Account [sourceAccountNo]")
    if source.owner != call.partner.client_id:
        raise Refused(403, "01", "Feature Not Allowed [sourceAccountNo]")
    _refuse_inactive(source)
    if not order.beneficiary_bank_code:
        _check_beneficiary(bank, order, source)
    if order.currency != source.currency:
        raise Refused(404, "13", "Invalid Amount [currency]")
    _check_limits(bank, call, order, rail)
    if source.balance_minor < order.amount_minor:
        raise Refused(403, "14")


def _check_beneficiary(bank: Bank, order: Order, source: Account) -> None:
    beneficiary = bank.ledger.accounts.get(order.beneficiary_account)
    if beneficiary is None or beneficiary is source:
        raise Refused(404, "11", "Invalid Account [beneficiaryAccountNo]")
    _refuse_inactive(beneficiary)
    if beneficiary.currency != source.currency:
        raise Refused(403, "15", "Transaction Not Permitted. [currency of the accounts]")


def _check_limits(bank: Bank, call: Call, order: Order, rail: Rail) -> None:
    if not rail.minimum_minor <= order.amount_minor <= rail.maximum_minor:
        raise Refused(403, "02")
    allowed = bank.settings.limits.transfers_per_day
    if allowed:
        day = jakarta_day(call.received_us)
        if bank.instructions.booked_on(call.partner.client_id, day) >= allowed:
            raise Refused(403, "04")


def _refuse_inactive(account: Account) -> None:
    match account.status:
        case AccountStatus.ACTIVE:
            return
        case AccountStatus.CLOSED:
            raise Refused(404, "11", "Invalid Account [closed]")
        case AccountStatus.DORMANT | AccountStatus.INACTIVE:
            raise Refused(403, "18")


def _pending(bank: Bank, call: Call, rail: Rail) -> Pending | None:
    if call.plan is not None and call.plan.pending is not None:
        return call.plan.pending
    if bank.end_of_day:
        return Pending(inquiries=0, final=SUCCESS)
    if rail.pending_inquiries:
        return Pending(inquiries=rail.pending_inquiries, final=SUCCESS)
    return None


def _entry(bank: Bank, instruction: Instruction) -> Entry:
    order = instruction.order
    beneficiary = order.beneficiary_account
    if order.beneficiary_bank_code:
        beneficiary = f"{order.beneficiary_bank_code}:{beneficiary}"
    return Entry(
        entry_id=bank.next_entry_id(),
        booked_us=instruction.received_us,
        debit_account=order.source_account,
        credit_account=beneficiary,
        amount_minor=order.amount_minor,
        currency=order.currency,
        client_id=instruction.client_id,
        service=order.service,
        partner_reference_no=order.partner_reference_no,
        external_id=instruction.external_id,
        reference_no=instruction.reference_no,
        remark=order.remark,
        status=EntryStatus.PENDING if instruction.status == PENDING else EntryStatus.BOOKED,
    )
