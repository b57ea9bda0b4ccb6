"""Services 11 (balance) and 15 (name of an account inside the bank)."""

from simulator import fields, money
from simulator.answers import coded
from simulator.bank import Bank
from simulator.config import AccountStatus
from simulator.dialects.bca.naming import DIALECT
from simulator.exchange import Call, Refused, Reply, Route
from simulator.gate import Signed, service
from simulator.ledger import Account

_NAME_SHOWN = 24


def balance_route() -> Route:
    return service(
        code="11",
        path="/openapi/v1.0/balance-inquiry",
        gate=Signed(
            dialect=DIALECT,
            fields=(
                fields.required("partnerReferenceNo", fields.REFERENCE),
                fields.required("accountNo", fields.ACCOUNT_10),
            ),
            echoed=("partnerReferenceNo", "accountNo"),
            produced=("referenceNo", "name", "accountInfos"),
        ),
        perform=_balance,
    )


def inquiry_route() -> Route:
    return service(
        code="15",
        path="/openapi/v1.0/account-inquiry-internal",
        gate=Signed(
            dialect=DIALECT,
            fields=(
                fields.required("partnerReferenceNo", fields.NUMERIC_REFERENCE),
                fields.required("beneficiaryAccountNo", fields.ACCOUNT_10),
            ),
            echoed=("partnerReferenceNo", "beneficiaryAccountNo"),
            produced=("referenceNo", "beneficiaryAccountName"),
        ),
        perform=_inquiry,
    )


def own_account(bank: Bank, call: Call, number: str) -> Account:
    """An account the caller may look into, or Refused."""
    account = bank.ledger.accounts.get(number)
    if account is None or account.status is AccountStatus.CLOSED:
        raise Refused(404, "11", "Invalid Account")
    if account.owner != call.partner.client_id:
        raise Refused(403, "01")
    return account


def _balance(bank: Bank, call: Call) -> Reply:
    account = own_account(bank, call, fields.member(call.document, "accountNo"))
    if account.status is AccountStatus.INACTIVE:
        raise Refused(403, "18")
    available = money.document(account.balance_minor, account.currency)
    infos = {
        "amount": available,
        "floatAmount": money.document(0, account.currency),
        "holdAmount": money.document(0, account.currency),
        "availableBalance": available,
    }
    body = {
        "referenceNo": bank.references.balance(call.received_us),
        "partnerReferenceNo": call.document["partnerReferenceNo"],
        "accountNo": account.number,
        "name": account.name,
        "accountInfos": infos if bank.rules.account_infos_as_object else [infos],
    }
    return coded(200, "11", body)


def _inquiry(bank: Bank, call: Call) -> Reply:
    number = fields.member(call.document, "beneficiaryAccountNo")
    account = bank.ledger.accounts.get(number)
    if account is None or account.status is AccountStatus.CLOSED:
        raise Refused(404, "11", "Invalid Account")
    if account.status is not AccountStatus.ACTIVE:
        raise Refused(403, "18")
    bank.note_inquiry(call.partner.client_id, call.document["partnerReferenceNo"], number)
    body = {
        "referenceNo": bank.references.transfer(call.received_us),
        "partnerReferenceNo": call.document["partnerReferenceNo"],
        "beneficiaryAccountName": account.name[:_NAME_SHOWN],
        "beneficiaryAccountNo": number,
    }
    return coded(200, "15", body)
