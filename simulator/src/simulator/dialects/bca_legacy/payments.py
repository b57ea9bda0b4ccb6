"""What the two transfer services before SNAP have in common.

TransactionID has eight digits and is unique each Jakarta day; nothing else guards against paying
twice, so the ledger's reference is the ReferenceID, or date and TransactionID where there is none.
"""

import re

from simulator.bank import Bank
from simulator.clock import jakarta_day, parse_instant
from simulator.dialects.bca_legacy.errors import refused
from simulator.exchange import Call, Refused
from simulator.instructions import Instruction, Order
from simulator.transfers import Rail, carry_out

TRANSACTION_ID = re.compile(r"[0-9]{8}")
DATE = re.compile(r"[0-9]{4}-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12][0-9]|3[01])")
REMARK_18 = re.compile(r"[A-Za-z0-9 /.-]{1,18}")
CURRENCY = re.compile(r"IDR")


def name(bank: Bank, call: Call, transaction_id: str) -> None:
    """The call is about this id; a repeated one is refused.

    It is used up only when the payment is taken up: who is turned away at the door may come again.
    """
    day = jakarta_day(call.received_us)
    if bank.knows_external_id(call.partner.client_id, transaction_id, day):
        raise refused("ESB-82-003")
    call.external_id = transaction_id


def pay(bank: Bank, call: Call, order: Order, rail: Rail) -> Instruction:
    """Carry the order out. No rule about references: the dialect knows none."""
    day = jakarta_day(call.received_us)
    if not bank.use_external_id(call.partner.client_id, call.external_id, day):
        raise refused("ESB-82-003")

    def reached() -> None:
        key = (order.beneficiary_bank_code, order.beneficiary_account)
        if order.service == "18" and key not in bank.other_banks:
            raise Refused(404, "11")

    return carry_out(bank, call, order, rail, also=reached, reference_rules=False)


def dated(date: str) -> str:
    """A date as the instant that the books keep: its midnight in Jakarta."""
    return f"{date}T00:00:00+07:00"


def instant(date: str, name: str) -> int:
    """Midnight of a date in a query, or a refusal naming the parameter."""
    if DATE.fullmatch(date) is None:
        raise refused("ESB-82-001", name)
    try:
        return parse_instant(dated(date))
    except ValueError:
        raise refused("ESB-82-001", name) from None
