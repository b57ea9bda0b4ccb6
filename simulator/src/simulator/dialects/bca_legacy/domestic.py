"""POST /banking/corporates/transfers/v2/domestic: ONL, LLG or RTG to another bank."""

import re

from simulator import fields, money
from simulator.bank import Bank
from simulator.config import Limits
from simulator.dialects.bca_legacy import payments
from simulator.dialects.bca_legacy.errors import refused
from simulator.dialects.bca_legacy.gate import Signed, check_corporate, service
from simulator.exchange import Call, Refused, Reply, Route
from simulator.instructions import PENDING, Order
from simulator.transfers import Rail

SERVICES = {"ONL": "18", "LLG": "23", "RTG": "22"}
_TYPES = re.compile("|".join(SERVICES))
_CHANNEL = "95051"


def route(limits: Limits) -> Route:
    rails = {
        "ONL": Rail(maximum_minor=money.parse(limits.switcher_maximum)),
        "LLG": Rail(maximum_minor=money.parse(limits.skn_maximum), closes_at_night=True),
        "RTG": Rail(
            minimum_minor=money.parse(limits.rtgs_minimum),
            maximum_minor=money.parse(limits.transfer_maximum),
            closes_at_night=True,
        ),
    }

    def perform(bank: Bank, call: Call) -> Reply:
        return _transfer(bank, call, rails[call.document["transfer_type"]])

    return service(
        code="18",
        method="POST",
        path="/banking/corporates/transfers/v2/domestic",
        gate=Signed(
            rules=(
                fields.required("transaction_id", payments.TRANSACTION_ID),
                fields.required("transaction_date", payments.DATE),
                fields.required("source_account_number", fields.ACCOUNT_10),
                fields.required("beneficiary_account_number", re.compile(r"[0-9]{1,34}")),
                fields.required("beneficiary_bank_code", fields.BANK_CODE_8),
                fields.required("beneficiary_name", fields.text(35)),
                fields.required("amount", fields.AMOUNT),
                fields.required("transfer_type", _TYPES),
                fields.required("beneficiary_cust_type", re.compile(r"[123]")),
                fields.required("beneficiary_cust_residence", re.compile(r"[12]")),
                fields.required("currency_code", payments.CURRENCY),
                fields.optional("remark1", payments.REMARK_18),
                fields.optional("remark2", payments.REMARK_18),
                fields.optional("beneficiary_email", fields.EMAIL_50),
            ),
            finer=_particulars,
        ),
        perform=perform,
        order=_order,
    )


def _particulars(bank: Bank, call: Call) -> None:
    if call.headers.get("channel-id") != _CHANNEL:
        raise refused("ESB-14-004", "channel-id")
    check_corporate(call, call.headers.get("credential-id", ""))
    payments.name(bank, call, call.document["transaction_id"])


def _order(call: Call) -> Order:
    document = call.document
    remarks = (fields.member(document, "remark1"), fields.member(document, "remark2"))
    return Order(
        service=SERVICES[document["transfer_type"]],
        partner_reference_no=f"{document['transaction_date']}/{document['transaction_id']}",
        amount_minor=money.parse(document["amount"]),
        currency=document["currency_code"],
        source_account=document["source_account_number"],
        beneficiary_account=document["beneficiary_account_number"],
        beneficiary_bank_code=document["beneficiary_bank_code"],
        beneficiary_name=document["beneficiary_name"],
        transaction_date=payments.dated(document["transaction_date"]),
        remark=" ".join(remark for remark in remarks if remark),
    )


def _transfer(bank: Bank, call: Call, rail: Rail) -> Reply:
    order = _order(call)
    instruction = payments.pay(bank, call, order, rail)
    if instruction.status == PENDING:
        raise Refused(500, "01")
    body = {
        "transaction_id": call.document["transaction_id"],
        "transaction_date": call.document["transaction_date"],
    }
    if order.service != SERVICES["ONL"]:
        body["ppu_no"] = f"D{int(instruction.reference_no[-6:]) % 0x10000:04X}"
    return Reply(200, body)
