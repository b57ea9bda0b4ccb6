"""Services 22 (RTGS) and 23 (SKN): 200 with a transaction status, and perhaps a late rejection.

The beneficiary is not looked up: the other bank judges, later.
"""

import re
from collections.abc import Callable

from simulator import fields, money
from simulator.answers import coded
from simulator.bank import Bank
from simulator.config import Limits
from simulator.dialects.bca.naming import DIALECT
from simulator.exchange import Call, Reply, Route
from simulator.gate import DIGITS_32, Signed, service
from simulator.instructions import Order
from simulator.transfers import Rail, carry_out

RTGS = "22"
SKN = "23"
_ACCOUNT_34 = re.compile(r"[0-9]{1,34}")
_RESIDENCE = re.compile(r"[12]")
_CUSTOMER = re.compile(r"[123]")
_ECHOED = (
    "partnerReferenceNo",
    "amount",
    "beneficiaryAccountName",
    "beneficiaryAccountNo",
    "beneficiaryBankCode",
    "sourceAccountNo",
    "transactionDate",
)


def rtgs_route(limits: Limits) -> Route:
    return _route(
        RTGS,
        "/openapi/v1.0/transfer-rtgs",
        minimum=money.parse(limits.rtgs_minimum),
        maximum=money.parse(limits.transfer_maximum),
    )


def skn_route(limits: Limits) -> Route:
    return _route(
        SKN, "/openapi/v1.0/transfer-skn", minimum=1, maximum=money.parse(limits.skn_maximum)
    )


def _route(code: str, path: str, *, minimum: int, maximum: int) -> Route:
    def perform(bank: Bank, call: Call) -> Reply:
        rail = Rail(
            minimum_minor=minimum,
            maximum_minor=maximum,
            pending_inquiries=bank.rules.clearing_pending_inquiries,
            closes_at_night=True,
        )
        return _transfer(bank, call, order(call), rail)

    order = _order_of(code)
    return service(
        code=code,
        path=path,
        gate=Signed(
            dialect=DIALECT,
            fields=(
                fields.required("partnerReferenceNo", fields.REFERENCE),
                *fields.money("amount"),
                fields.required("beneficiaryAccountName", fields.text(100)),
                fields.required("beneficiaryAccountNo", _ACCOUNT_34),
                fields.required("beneficiaryAddress", fields.text(100)),
                fields.required("beneficiaryBankCode", fields.BANK_CODE_8),
                fields.required("beneficiaryCustomerResidence", _RESIDENCE),
                fields.required("beneficiaryCustomerType", _CUSTOMER),
                fields.optional("beneficiaryEmail", fields.EMAIL_50),
                fields.optional("remark", fields.REMARK_36),
                fields.required("sourceAccountNo", fields.ACCOUNT_10),
                fields.required("transactionDate", fields.TIMESTAMP_25),
            ),
            echoed=_ECHOED,
            produced=("referenceNo", "traceNo", "transactionStatus"),
            external_id=DIGITS_32,
        ),
        perform=perform,
        order=order,
    )


def _order_of(code: str) -> Callable[[Call], Order]:
    def order(call: Call) -> Order:
        document = call.document
        return Order(
            service=code,
            partner_reference_no=document["partnerReferenceNo"],
            amount_minor=money.parse(document["amount"]["value"]),
            currency=document["amount"]["currency"],
            source_account=document["sourceAccountNo"],
            beneficiary_account=document["beneficiaryAccountNo"],
            beneficiary_bank_code=document["beneficiaryBankCode"],
            beneficiary_name=document["beneficiaryAccountName"],
            transaction_date=document["transactionDate"],
            remark=fields.member(document, "remark"),
        )

    return order


def _transfer(bank: Bank, call: Call, order: Order, rail: Rail) -> Reply:
    instruction = carry_out(bank, call, order, rail)
    instruction.marks["traceNo"] = f"(D{int(instruction.reference_no[-6:]) % 0x1000:03X}"
    bank.changed(instruction)
    body = {
        "referenceNo": instruction.reference_no,
        **{name: call.document[name] for name in _ECHOED},
        "traceNo": instruction.marks["traceNo"],
        "transactionStatus": instruction.status,
    }
    return coded(200, order.service, body, "Request has been processed successfully")
