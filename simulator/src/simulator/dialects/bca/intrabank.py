"""Service 17: a transfer between two accounts of the bank. 200 is final."""

import re

from simulator import fields, money
from simulator.answers import payment_reply
from simulator.bank import Bank
from simulator.config import Limits
from simulator.dialects.bca.naming import DIALECT
from simulator.exchange import Call, Refused, Reply, Route
from simulator.gate import DIGITS_32, Signed, service
from simulator.instructions import Order
from simulator.transfers import Rail, carry_out

_PURPOSE = re.compile(r"0[1-9]|1[0-5]")
_ECHOED = (
    "partnerReferenceNo",
    "amount",
    "beneficiaryAccountNo",
    "sourceAccountNo",
    "transactionDate",
)


def route(limits: Limits) -> Route:
    rail = Rail(maximum_minor=money.parse(limits.transfer_maximum))

    def perform(bank: Bank, call: Call) -> Reply:
        return _transfer(bank, call, rail)

    return service(
        code="17",
        path="/openapi/v1.0/transfer-intrabank",
        gate=Signed(
            dialect=DIALECT,
            fields=(
                fields.required("partnerReferenceNo", fields.REFERENCE),
                *fields.money("amount"),
                fields.required("beneficiaryAccountNo", fields.ACCOUNT_10),
                fields.optional("beneficiaryEmail", fields.EMAIL_50),
                fields.optional("remark", fields.REMARK_36),
                fields.required("sourceAccountNo", fields.ACCOUNT_10),
                fields.required("transactionDate", fields.TIMESTAMP_25),
                fields.optional("additionalInfo.economicActivity", fields.text(60)),
                fields.optional("additionalInfo.transactionPurpose", _PURPOSE),
            ),
            echoed=_ECHOED,
            produced=("referenceNo",),
            external_id=DIGITS_32,
        ),
        perform=perform,
        order=_order,
    )


def _order(call: Call) -> Order:
    document = call.document
    return Order(
        service="17",
        partner_reference_no=document["partnerReferenceNo"],
        amount_minor=money.parse(document["amount"]["value"]),
        currency=document["amount"]["currency"],
        source_account=document["sourceAccountNo"],
        beneficiary_account=document["beneficiaryAccountNo"],
        transaction_date=document["transactionDate"],
        remark=fields.member(document, "remark"),
    )


def _transfer(bank: Bank, call: Call, rail: Rail) -> Reply:
    order = _order(call)
    if bank.rules.inquiry_before_transfer and not bank.was_inquired(
        call.partner.client_id, order.partner_reference_no, order.beneficiary_account
    ):
        raise Refused(404, "11", "Invalid Account [no inquiry under this partnerReferenceNo]")
    instruction = carry_out(bank, call, order, rail)
    document = call.document
    body = {
        "referenceNo": instruction.reference_no,
        "partnerReferenceNo": order.partner_reference_no,
        "amount": {"value": document["amount"]["value"], "currency": order.currency},
        "beneficiaryAccountNo": order.beneficiary_account,
        "sourceAccountNo": order.source_account,
        "transactionDate": order.transaction_date,
    }
    if document.get("additionalInfo"):
        body["additionalInfo"] = document["additionalInfo"]
    return payment_reply(instruction, "17", body)
