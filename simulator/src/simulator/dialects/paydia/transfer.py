"""Service 43: from the merchant's account to an account at any bank."""

from simulator import codes, fields, money
from simulator.answers import payment_reply
from simulator.bank import Bank
from simulator.clock import snap_timestamp
from simulator.config import Limits
from simulator.dialects.paydia.account import (
    ACCOUNT_32,
    BANK_CODE_8,
    known_name,
    merchant_account,
)
from simulator.dialects.paydia.naming import BASE, DIALECT
from simulator.exchange import Call, Refused, Reply, Route
from simulator.gate import Signed, service
from simulator.instructions import Order
from simulator.transfers import Rail, carry_out


def route(limits: Limits) -> Route:
    rail = Rail(maximum_minor=money.parse(limits.bifast_maximum))

    def perform(bank: Bank, call: Call) -> Reply:
        return _transfer(bank, call, rail)

    return service(
        code="43",
        path=f"{BASE}/emoney/transfer-bank",
        gate=Signed(
            dialect=DIALECT,
            fields=(
                fields.required("partnerReferenceNo", fields.REFERENCE),
                fields.required("beneficiaryAccountNumber", ACCOUNT_32),
                fields.required("beneficiaryBankCode", BANK_CODE_8),
                *fields.money("amount"),
                fields.optional("customerNumber", fields.text(32)),
                fields.optional("accountType", fields.text(25)),
                fields.optional("sessionId", fields.text(25)),
                fields.optional("feeType", fields.text(25)),
            ),
            echoed=("partnerReferenceNo",),
            produced=("referenceNo",),
            finer=_find_source,
        ),
        perform=perform,
        order=_order,
    )


def _find_source(bank: Bank, call: Call) -> None:
    """Paydia's calls name no source account; the merchant has one."""
    call.source_account = merchant_account(bank, call).number


def _check_session(bank: Bank, call: Call, order: Order) -> None:
    """Where inquiries are required, `sessionId` is that of one about this account."""
    if not bank.rules.inquiry_before_transfer:
        return
    session = fields.member(call.document, "sessionId")
    if not session:
        raise Refused(400, "02", codes.missing_field("sessionId"))
    if not bank.was_inquired(call.partner.client_id, session, order.beneficiary_account):
        raise Refused(400, "01", codes.bad_format("sessionId"))


def _order(call: Call) -> Order:
    document = call.document
    return Order(
        service="43",
        partner_reference_no=document["partnerReferenceNo"],
        amount_minor=money.parse(document["amount"]["value"]),
        currency=document["amount"]["currency"],
        source_account=call.source_account,
        beneficiary_account=document["beneficiaryAccountNumber"],
        beneficiary_bank_code=document["beneficiaryBankCode"],
        transaction_date=snap_timestamp(call.received_us),
    )


def _transfer(bank: Bank, call: Call, rail: Rail) -> Reply:
    order = _order(call)

    _check_session(bank, call, order)

    def reached() -> None:
        known_name(bank, order.beneficiary_bank_code, order.beneficiary_account)

    instruction = carry_out(bank, call, order, rail, also=reached)
    body = {
        "referenceNo": instruction.reference_no,
        "partnerReferenceNo": order.partner_reference_no,
        "transactionDate": order.transaction_date,
        "referenceNumber": instruction.reference_no,
    }
    return payment_reply(instruction, order.service, body)
