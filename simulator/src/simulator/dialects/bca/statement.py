"""Service 14: movements of up to 31 days, newest first, at most 9000."""

import re
from typing import Any

from simulator import codes, fields, money
from simulator.answers import coded
from simulator.bank import Bank
from simulator.clock import DAY_US, jakarta_day, parse_instant, snap_timestamp
from simulator.dialects.bca.account import own_account
from simulator.dialects.bca.naming import DIALECT
from simulator.exchange import Call, Refused, Reply, Route
from simulator.gate import Signed, service
from simulator.statements import Line, Statement, statement

_DAYS = 31
_ROWS = 9000
_MIDNIGHT = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T00:00:00\+07:00")


def route() -> Route:
    return service(
        code="14",
        path="/openapi/v1.0/bank-statement",
        gate=Signed(
            dialect=DIALECT,
            fields=(
                fields.required("partnerReferenceNo", fields.REFERENCE),
                fields.required("accountNo", fields.ACCOUNT_10),
                fields.required("fromDateTime", _MIDNIGHT),
                fields.required("toDateTime", _MIDNIGHT),
            ),
            echoed=("partnerReferenceNo",),
            produced=("referenceNo", "balance", "detailData"),
        ),
        perform=_statement,
    )


def _statement(bank: Bank, call: Call) -> Reply:
    account = own_account(bank, call, call.document["accountNo"])
    from_us = _date(call, "fromDateTime")
    until_us = _date(call, "toDateTime") + DAY_US
    if from_us >= until_us:
        raise Refused(400, "01", codes.bad_format("toDateTime"))
    if jakarta_day(from_us) < jakarta_day(call.received_us) - _DAYS:
        raise Refused(400, "01", codes.bad_format("fromDateTime"))
    made = statement(bank, account.number, from_us=from_us, until_us=until_us)
    ending_us = min(until_us - 1, call.received_us)
    body = {
        "referenceNo": bank.references.balance(call.received_us),
        "partnerReferenceNo": call.document["partnerReferenceNo"],
        "balance": [_balance(made, account.currency, from_us, ending_us)],
        "totalCreditEntries": _total(made, account.currency, sign=1),
        "totalDebitEntries": _total(made, account.currency, sign=-1),
        "detailData": [_detail(line, account.currency) for line in reversed(made.lines[-_ROWS:])],
    }
    return coded(200, "14", body)


def _date(call: Call, name: str) -> int:
    try:
        return parse_instant(call.document[name])
    except ValueError:
        raise Refused(400, "01", codes.bad_format(name)) from None


def _balance(made: Statement, currency: str, from_us: int, ending_us: int) -> dict[str, Any]:
    ending = {
        **money.document(made.ending_minor, currency),
        "dateTime": snap_timestamp(ending_us),
    }
    starting = {
        **money.document(made.starting_minor, currency),
        "dateTime": snap_timestamp(from_us),
    }
    return {"amount": ending, "startingBalance": starting, "endingBalance": ending}


def _total(made: Statement, currency: str, *, sign: int) -> dict[str, Any]:
    changes = [line.change_minor * sign for line in made.lines if line.change_minor * sign > 0]
    return {
        "numberOfEntries": str(len(changes)),
        "amount": money.document(sum(changes), currency),
    }


def _detail(line: Line, currency: str) -> dict[str, Any]:
    return {
        "amount": money.document(abs(line.change_minor), currency),
        "transactionDate": snap_timestamp(line.at_us),
        "remark": line.remark[:256],
        "type": "CREDIT" if line.change_minor > 0 else "DEBIT",
    }
