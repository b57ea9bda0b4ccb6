"""Balances, statements and names of the dialect before SNAP, all GET."""

import re
from typing import Any
from urllib.parse import unquote

from simulator import money
from simulator.bank import Bank
from simulator.clock import DAY_US, jakarta_day, jakarta_time
from simulator.dialects.bca_legacy import payments
from simulator.dialects.bca_legacy.errors import refused
from simulator.dialects.bca_legacy.gate import Signed, check_corporate, query_of, service
from simulator.exchange import Call, Reply, Route
from simulator.ledger import Account
from simulator.statements import Line, statement

_ACCOUNTS = 20
_DAYS = 31
_ACCOUNT_10 = re.compile(r"[0-9]{10}")


def balance_route() -> Route:
    return service(
        code="11",
        method="GET",
        path="/banking/v3/corporates/{corporate}/accounts/{accounts}",
        gate=Signed(finer=_own_corporate),
        perform=_balances,
    )


def statement_route() -> Route:
    return service(
        code="14",
        method="GET",
        path="/banking/v3/corporates/{corporate}/accounts/{account}/statements",
        gate=Signed(finer=_own_corporate),
        perform=_statement,
    )


def name_route() -> Route:
    return service(
        code="16",
        method="GET",
        path=(
            "/banking/corporates/transfers/v2/domestic/beneficiaries/banks/{bank}/accounts/{account}"
        ),
        gate=Signed(),
        perform=_name,
    )


def _own_corporate(_bank: Bank, call: Call) -> None:
    check_corporate(call, call.parameters["corporate"])


def _balances(bank: Bank, call: Call) -> Reply:
    numbers = unquote(call.parameters["accounts"]).split(",")
    if len(numbers) > _ACCOUNTS:
        raise refused("ESB-82-001", "AccountNumber")
    found: list[dict[str, str]] = []
    failed: list[dict[str, str]] = []
    for number in numbers:
        account = bank.ledger.accounts.get(number)
        if account is None or account.owner != call.partner.client_id:
            failed.append(
                {
                    "AccountNumber": number,
                    "English": "Invalid account number",
                    "Indonesian": "Nomor rekening tidak valid",
                }
            )
        else:
            found.append(_balance(account))
    return Reply(200, {"AccountDetailDataSuccess": found, "AccountDetailDataFailed": failed})


def _balance(account: Account) -> dict[str, str]:
    balance = money.render(account.balance_minor)
    return {
        "AccountNumber": account.number,
        "Currency": account.currency,
        "Balance": balance,
        "AvailableBalance": balance,
        "FloatAmount": "0.00",
        "HoldAmount": "0.00",
        "Plafon": "0.00",
    }


def _statement(bank: Bank, call: Call) -> Reply:
    number = call.parameters["account"]
    account = bank.ledger.accounts.get(number)
    if _ACCOUNT_10.fullmatch(number) is None or account is None:
        raise refused("ESB-82-022")
    if account.owner != call.partner.client_id:
        raise refused("ESB-14-009", "AccountNumber")
    query = query_of(call)
    start, end = query.get("StartDate", ""), query.get("EndDate", "")
    from_us, until_us = (
        payments.instant(start, "StartDate"),
        payments.instant(end, "EndDate") + DAY_US,
    )
    first_day = jakarta_day(call.received_us) - _DAYS
    if from_us >= until_us or jakarta_day(from_us) < first_day:
        raise refused("ESB-82-001", "StartDate")
    made = statement(bank, number, from_us=from_us, until_us=until_us)
    return Reply(
        200,
        {
            "StartDate": start,
            "EndDate": end,
            "Currency": account.currency,
            "StartBalance": money.render(made.starting_minor),
            "Data": [_row(line) for line in made.lines],
        },
    )


def _row(line: Line) -> dict[str, Any]:
    return {
        "TransactionDate": f"{jakarta_time(line.at_us):%d/%m}",
        "BranchCode": "0000",
        "TransactionType": "C" if line.change_minor > 0 else "D",
        "TransactionAmount": money.render(abs(line.change_minor)),
        "TransactionName": line.remark.partition(" ")[0],
        "Trailer": line.remark.partition(" ")[2],
    }


def _name(bank: Bank, call: Call) -> Reply:
    key = (call.parameters["bank"], call.parameters["account"])
    account = bank.other_banks.get(key)
    if account is None:
        raise refused("ESB-82-022")
    return Reply(
        200,
        {
            "beneficiary_bank_code": account.bank_code,
            "beneficiary_account_number": account.number,
            "beneficiary_account_name": account.name,
        },
    )
