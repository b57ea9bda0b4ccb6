"""Services 32 and 33: the bill behind a virtual account and its payment.

The number is 8 digits of the partner, padded with blanks on the left, and the customer's: the
blanks belong to it. A payment is always answered 202 and told by service 36.
"""

import re

from simulator import fields, money
from simulator.answers import coded
from simulator.bank import Bank
from simulator.config import Limits, VirtualAccount
from simulator.dialects.bca.naming import DIALECT
from simulator.exchange import Call, Refused, Reply, Route
from simulator.gate import DIGITS_32, Signed, service
from simulator.instructions import Order
from simulator.transfers import Rail, carry_out

CREDITED = "VA"
_NUMBER_28 = re.compile(r"[ ]{0,8}[0-9]{1,26}")
_CLOSED_BILL = "C"


def inquiry_route() -> Route:
    return service(
        code="32",
        path="/openapi/v1.0/transfer-va/inquiry-intrabank",
        gate=Signed(
            dialect=DIALECT,
            fields=(fields.required("virtualAccountNo", _NUMBER_28),),
            echoed=("virtualAccountNo",),
            produced=("virtualAccountData",),
        ),
        perform=_inquiry,
    )


def payment_route(limits: Limits) -> Route:
    maximum = money.parse(limits.transfer_maximum)

    def perform(bank: Bank, call: Call) -> Reply:
        return _pay(bank, call, maximum)

    return service(
        code="33",
        path="/openapi/v1.0/transfer-va/payment-intrabank",
        gate=Signed(
            dialect=DIALECT,
            fields=(
                fields.required("virtualAccountNo", _NUMBER_28),
                fields.optional("virtualAccountEmail", fields.text(255)),
                fields.required("sourceAccountNo", fields.ACCOUNT_10),
                fields.required("partnerReferenceNo", fields.REFERENCE),
                *fields.money("paidAmount"),
                fields.required("trxDateTime", fields.TIMESTAMP_25),
            ),
            echoed=("virtualAccountNo", "partnerReferenceNo", "paidAmount", "trxDateTime"),
            produced=("referenceNo",),
            external_id=DIGITS_32,
        ),
        perform=perform,
        order=_order,
    )


def _bill(bank: Bank, number: str) -> VirtualAccount:
    bill = bank.virtual_accounts.get(number)
    if bill is None:
        raise Refused(404, "12")
    return bill


def _refuse_paid(bank: Bank, bill: VirtualAccount) -> None:
    """A closed bill is paid once."""
    credited = f"{CREDITED}:{bill.number}"
    if bill.kind == _CLOSED_BILL and any(
        entry.credit_account == credited and entry.holds_money for entry in bank.ledger.entries
    ):
        raise Refused(404, "14")


def _inquiry(bank: Bank, call: Call) -> Reply:
    bill = _bill(bank, call.document["virtualAccountNo"])
    _refuse_paid(bank, bill)
    amount = money.document(money.parse(bill.amount), "IDR")
    data = {
        "virtualAccountNo": bill.number,
        "virtualAccountName": bill.name,
        "totalAmount": amount,
        "billDetails": [],
        "freeTexts": [],
        "virtualAccountTrxType": bill.kind,
        "feeAmount": money.document(0, "IDR"),
        "productName": bill.product,
    }
    return coded(200, "32", {"virtualAccountData": data})


def _order(call: Call) -> Order:
    document = call.document
    return Order(
        service="33",
        partner_reference_no=document["partnerReferenceNo"],
        amount_minor=money.parse(document["paidAmount"]["value"]),
        currency=document["paidAmount"]["currency"],
        source_account=document["sourceAccountNo"],
        beneficiary_account=document["virtualAccountNo"],
        beneficiary_bank_code=CREDITED,
        transaction_date=document["trxDateTime"],
    )


def _pay(bank: Bank, call: Call, maximum: int) -> Reply:
    order = _order(call)

    def payable() -> None:
        bill = _bill(bank, order.beneficiary_account)
        _refuse_paid(bank, bill)
        if bill.kind == _CLOSED_BILL and order.amount_minor != money.parse(bill.amount):
            raise Refused(404, "13")

    rail = Rail(
        maximum_minor=maximum, pending_inquiries=bank.rules.virtual_account_pending_inquiries
    )
    instruction = carry_out(bank, call, order, rail, also=payable)
    body = {
        "referenceNo": instruction.reference_no,
        "virtualAccountNo": order.beneficiary_account,
        "partnerReferenceNo": order.partner_reference_no,
        "paidAmount": money.document(order.amount_minor, order.currency),
        "trxDateTime": order.transaction_date,
    }
    return coded(202, "33", body)
