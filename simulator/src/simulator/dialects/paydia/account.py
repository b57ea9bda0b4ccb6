"""Services 11 (balance of the merchant's account) and 42 (name of an account at a bank)."""

import re

from simulator import fields, money
from simulator.answers import coded
from simulator.bank import Bank
from simulator.config import AccountStatus
from simulator.dialects.paydia.naming import BASE, DIALECT
from simulator.exchange import Call, Refused, Reply, Route
from simulator.gate import Signed, service
from simulator.ledger import Account

BANK_CODE_8 = re.compile(r"[A-Z0-9]{3,8}")
ACCOUNT_32 = re.compile(r"[0-9]{1,32}")


def balance_route() -> Route:
    return service(
        code="11",
        path=f"{BASE}/balance-inquiry",
        gate=Signed(
            dialect=DIALECT,
            fields=(
                fields.optional("partnerReferenceNo", fields.REFERENCE),
                fields.optional("accountNo", fields.text(16)),
            ),
            echoed=(),
            produced=(),
        ),
        perform=_balance,
    )


def inquiry_route() -> Route:
    return service(
        code="42",
        path=f"{BASE}/emoney/bank-account-inquiry",
        gate=Signed(
            dialect=DIALECT,
            fields=(
                fields.required("partnerReferenceNo", fields.REFERENCE),
                *fields.money("amount"),
                fields.required("beneficiaryAccountNumber", ACCOUNT_32),
                fields.required("beneficiaryBankCode", BANK_CODE_8),
                fields.optional("customerNumber", fields.text(32)),
            ),
            echoed=(),
            produced=(),
        ),
        perform=_inquiry,
    )


def merchant_account(bank: Bank, call: Call) -> Account:
    """The caller's first account: Paydia's calls name no source account."""
    for account in bank.ledger.accounts.values():
        if account.owner == call.partner.client_id:
            return account
    raise Refused(404, "16")


def known_name(bank: Bank, code: str, number: str) -> str:
    """The holder of an account at a bank, or Refused."""
    account = bank.other_banks.get((code, number))
    if account is None:
        raise Refused(404, "11", "Invalid Account [beneficiaryAccountNumber]")
    return account.name


def _balance(bank: Bank, call: Call) -> Reply:
    account = merchant_account(bank, call)
    if call.document.get("accountNo", account.number) != account.number:
        raise Refused(404, "11")
    if account.status is not AccountStatus.ACTIVE:
        raise Refused(403, "18")
    available = money.document(account.balance_minor, account.currency)
    infos = {
        "balanceType": "CASH",
        "amount": available,
        "availableBalance": available,
        "status": "0001",
    }
    body = {
        "referenceNo": bank.references.balance(call.received_us),
        "partnerReferenceNo": fields.member(call.document, "partnerReferenceNo"),
        "accountNo": account.number,
        "name": account.name,
        "accountInfos": infos if bank.rules.account_infos_as_object else [infos],
    }
    return coded(200, "11", body)


def _inquiry(bank: Bank, call: Call) -> Reply:
    document = call.document
    code, number = document["beneficiaryBankCode"], document["beneficiaryAccountNumber"]
    name = known_name(bank, code, number)
    session = bank.references.session(call.received_us)
    bank.note_inquiry(call.partner.client_id, session, number)
    body = {
        "referenceNo": bank.references.transfer(call.received_us),
        "partnerReferenceNo": document["partnerReferenceNo"],
        "beneficiaryAccountNumber": number,
        "beneficiaryAccountName": name,
        "beneficiaryBankCode": code,
        "amount": document["amount"],
        "sessionId": session,
    }
    return coded(200, "42", body)
