"""Service 36: what became of a transfer, asked by the X-EXTERNAL-ID of its request.

BCA remembers 31 days and answers 404/01 for what it does not know.
"""

import re

from simulator import fields, money
from simulator.answers import coded
from simulator.bank import Bank
from simulator.clock import DAY_US, jakarta_day, parse_instant
from simulator.dialects.bca.naming import DIALECT
from simulator.dialects.bca.virtual_account import CREDITED
from simulator.exchange import Call, Refused, Reply, Route
from simulator.gate import DIGITS_32, Signed, service
from simulator.instructions import PENDING, SUCCESS, Instruction, Order
from simulator.transfers import DESCRIPTIONS, look_again

_SERVICES = re.compile(r"17|18|22|23|33")
_DAYS_REMEMBERED = 31
_OWN_BANK_CODE = "CENAIDJA"
_ECHOED = (
    "originalPartnerReferenceNo",
    "originalExternalId",
    "serviceCode",
    "transactionDate",
)


def route() -> Route:
    return service(
        code="36",
        path="/openapi/v1.0/transfer/status",
        gate=Signed(
            dialect=DIALECT,
            fields=(
                fields.optional("originalPartnerReferenceNo", fields.REFERENCE),
                fields.required("originalExternalId", DIGITS_32),
                fields.required("serviceCode", _SERVICES),
                fields.required("transactionDate", fields.TIMESTAMP_25),
            ),
            echoed=_ECHOED,
            produced=(
                "originalReferenceNo",
                "amount",
                "beneficiaryAccountNo",
                "beneficiaryBankCode",
                "referenceNumber",
                "sourceAccountNo",
                "latestTransactionStatus",
                "transactionStatusDesc",
            ),
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
    status = shown or instruction.status
    reference_no = instruction.reference_no if status in {SUCCESS, PENDING} else ""
    return coded(
        200,
        "36",
        {
            "originalReferenceNo": reference_no if status == SUCCESS else "",
            "originalPartnerReferenceNo": order.partner_reference_no,
            "originalExternalId": instruction.external_id,
            "serviceCode": order.service,
            "transactionDate": order.transaction_date,
            "amount": money.document(order.amount_minor, order.currency),
            "beneficiaryAccountNo": order.beneficiary_account,
            "beneficiaryBankCode": _bank_code(order),
            "referenceNumber": reference_no,
            "sourceAccountNo": order.source_account,
            "latestTransactionStatus": status,
            "transactionStatusDesc": DESCRIPTIONS.get(shown, shown)
            if shown
            else instruction.description,
        },
    )


def _bank_code(order: Order) -> str:
    inside = order.beneficiary_bank_code in {"", CREDITED}
    return _OWN_BANK_CODE if inside else order.beneficiary_bank_code


def _find(bank: Bank, call: Call) -> Instruction:
    document = call.document
    try:
        day = jakarta_day(parse_instant(document["transactionDate"]))
    except ValueError:
        raise Refused(400, "01", "Invalid Field Format [transactionDate]") from None
    instruction = bank.instructions.by_external_id(
        client_id=call.partner.client_id,
        service=document["serviceCode"],
        external_id=document["originalExternalId"],
        day=day,
    )
    if instruction is None:
        raise Refused(404, "01")
    reference = fields.member(document, "originalPartnerReferenceNo")
    if reference and reference != instruction.order.partner_reference_no:
        raise Refused(404, "01")
    if call.received_us - instruction.received_us > _DAYS_REMEMBERED * DAY_US:
        raise Refused(404, "01")
    return instruction
