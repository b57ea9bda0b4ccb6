"""GET /banking/corporates/transfers/status/{TransactionID}: asked by id, date and type.

The meaning of StatusCode is not published; SNAP's two digits are used.
"""

from simulator import money
from simulator.bank import Bank
from simulator.clock import jakarta_day
from simulator.dialects.bca_legacy import payments
from simulator.dialects.bca_legacy.errors import refused
from simulator.dialects.bca_legacy.gate import Signed, query_of, service
from simulator.exchange import Call, Refused, Reply, Route
from simulator.transfers import DESCRIPTIONS, look_again

_TYPES = {"BCA": "17", "ONL": "18", "LLG": "23", "RTG": "22"}


def route() -> Route:
    return service(
        code="36",
        method="GET",
        path="/banking/corporates/transfers/status/{transaction_id}",
        gate=Signed(),
        perform=_status,
    )


def _status(bank: Bank, call: Call) -> Reply:
    query = query_of(call)
    date, kind = query.get("TransactionDate", ""), query.get("TransferType", "")
    day = jakarta_day(payments.instant(date, "TransactionDate"))
    if kind not in _TYPES:
        raise refused("ESB-82-001", "TransferType")
    if bank.end_of_day:
        raise Refused(504, "00")
    instruction = bank.instructions.by_external_id(
        client_id=call.partner.client_id,
        service=_TYPES[kind],
        external_id=call.parameters["transaction_id"],
        day=day,
    )
    if instruction is None:
        raise refused("ESB-99-127")
    look_again(bank, instruction)
    order = instruction.order
    shown = call.plan.status_shown if call.plan is not None else ""
    reason = DESCRIPTIONS.get(shown, instruction.description)
    return Reply(
        200,
        {
            "TransactionID": instruction.external_id,
            "TransactionDate": date,
            "TransferType": kind,
            "SourceAccountNumber": order.source_account,
            "BeneficiaryAccountNumber": order.beneficiary_account,
            "CurrencyCode": order.currency,
            "Amount": money.render(order.amount_minor),
            "StatusCode": shown or instruction.status,
            "Reason": {"English": reason, "Indonesian": reason},
        },
    )
