"""Service 36 of Paydia: asked by the partner's own reference."""

import re

from simulator import fields, money
from simulator.answers import coded
from simulator.bank import Bank
from simulator.dialects.paydia.naming import BASE, DIALECT
from simulator.exchange import Call, Refused, Reply, Route
from simulator.gate import DIGITS_36, Signed, service
from simulator.instructions import FAILED, PENDING, SUCCESS, Instruction
from simulator.transfers import DESCRIPTIONS, look_again

_SERVICES = re.compile(r"43")


def route() -> Route:
    return service(
        code="36",
        path=f"{BASE}/transfer/status",
        gate=Signed(
            dialect=DIALECT,
            fields=(
                fields.required("originalPartnerReferenceNo", fields.REFERENCE),
                fields.optional("originalReferenceNo", fields.text(64)),
                fields.optional("originalExternalId", DIGITS_36),
                fields.required("serviceCode", _SERVICES),
            ),
            echoed=("originalPartnerReferenceNo", "serviceCode"),
            produced=("originalReferenceNo", "latestTransactionStatus", "transactionStatusDesc"),
        ),
        perform=_status,
    )


def _status(bank: Bank, call: Call) -> Reply:
    if bank.end_of_day:
        raise Refused(504, "00")
    instruction = _find(bank, call)
    look_again(bank, instruction)
    order = instruction.order
    shown = call.plan.status_shown if call.plan is not None else ""
    return coded(
        200,
        "36",
        {
            "originalReferenceNo": instruction.reference_no,
            "originalPartnerReferenceNo": order.partner_reference_no,
            "originalExternalId": instruction.external_id,
            "serviceCode": order.service,
            "transactionDate": order.transaction_date,
            "amount": money.document(order.amount_minor, order.currency),
            "beneficiaryAccountNo": order.beneficiary_account,
            "beneficiaryBankCode": order.beneficiary_bank_code,
            "referenceNumber": instruction.reference_no,
            "sourceAccountNo": order.source_account,
            "latestTransactionStatus": shown or instruction.status,
            "transactionStatusDesc": DESCRIPTIONS.get(shown, instruction.description),
        },
    )


def _find(bank: Bank, call: Call) -> Instruction:
    """The payment that stands under the reference, else the latest that failed."""
    document = call.document
    found = bank.instructions.by_reference(
        call.partner.client_id, document["originalPartnerReferenceNo"]
    )
    external_id = fields.member(document, "originalExternalId")
    reference_no = fields.member(document, "originalReferenceNo")
    matching = [
        one
        for one in found
        if external_id in {"", one.external_id} and reference_no in {"", one.reference_no}
    ]
    if not matching:
        raise Refused(404, "01")
    order = {SUCCESS: 2, PENDING: 1, FAILED: 0}
    return max(matching, key=lambda one: (order.get(one.status, 0), one.number))
