"""POST /banking/corporates/transfers: inside the bank."""

from simulator import fields, money
from simulator.bank import Bank
from simulator.config import Limits
from simulator.dialects.bca_legacy import payments
from simulator.dialects.bca_legacy.gate import Signed, check_corporate, service
from simulator.exchange import Call, Refused, Reply, Route
from simulator.instructions import PENDING, Order
from simulator.transfers import Rail


def route(limits: Limits) -> Route:
    rail = Rail(maximum_minor=money.parse(limits.transfer_maximum))

    def perform(bank: Bank, call: Call) -> Reply:
        return _transfer(bank, call, rail)

    return service(
        code="17",
        method="POST",
        path="/banking/corporates/transfers",
        gate=Signed(
            rules=(
                fields.required("CorporateID", fields.text(20)),
                fields.required("SourceAccountNumber", fields.ACCOUNT_10),
                fields.required("TransactionID", payments.TRANSACTION_ID),
                fields.required("TransactionDate", payments.DATE),
                fields.required("ReferenceID", fields.text(40)),
                fields.required("CurrencyCode", payments.CURRENCY),
                fields.required("Amount", fields.AMOUNT),
                fields.required("BeneficiaryAccountNumber", fields.ACCOUNT_10),
                fields.optional("Remark1", payments.REMARK_18),
                fields.optional("Remark2", payments.REMARK_18),
            ),
            finer=_particulars,
        ),
        perform=perform,
        order=_order,
    )


def _particulars(bank: Bank, call: Call) -> None:
    check_corporate(call, call.document["CorporateID"])
    payments.name(bank, call, call.document["TransactionID"])


def _order(call: Call) -> Order:
    document = call.document
    remarks = (fields.member(document, "Remark1"), fields.member(document, "Remark2"))
    return Order(
        service="17",
        partner_reference_no=document["ReferenceID"],
        amount_minor=money.parse(document["Amount"]),
        currency=document["CurrencyCode"],
        source_account=document["SourceAccountNumber"],
        beneficiary_account=document["BeneficiaryAccountNumber"],
        transaction_date=payments.dated(document["TransactionDate"]),
        remark=" ".join(remark for remark in remarks if remark),
    )


def _transfer(bank: Bank, call: Call, rail: Rail) -> Reply:
    instruction = payments.pay(bank, call, _order(call), rail)
    if instruction.status == PENDING:
        raise Refused(500, "01")
    document = call.document
    return Reply(
        200,
        {
            "TransactionID": document["TransactionID"],
            "TransactionDate": document["TransactionDate"],
            "ReferenceID": document["ReferenceID"],
            "Status": "Success",
        },
    )
