"""Services 16 and 18, version 2.0: to other banks, by the switcher (1) or BI-FAST (2).

Only accounts that the configuration lists exist at other banks.
"""

import re

from simulator import codes, fields, money
from simulator.answers import coded, payment_reply
from simulator.bank import Bank
from simulator.config import Limits, OtherBankAccount
from simulator.dialects.bca.naming import DIALECT
from simulator.exchange import Call, Refused, Reply, Route
from simulator.gate import DIGITS_32, Signed, service
from simulator.instructions import SUCCESS, Order
from simulator.transfers import Rail, carry_out

BIFAST = "2"
_SWITCHER_ACCOUNT_LENGTH = 28
_ACCOUNT_34 = re.compile(r"[0-9]{1,34}")
_RAILS = re.compile(r"[12]")
_PURPOSES = re.compile(r"01|02|03|99")


def inquiry_route(limits: Limits) -> Route:
    bifast_minor = money.parse(limits.bifast_maximum)

    def perform(bank: Bank, call: Call) -> Reply:
        return _inquiry(bank, call, bifast_minor)

    return service(
        code="16",
        path="/openapi/v2.0/account-inquiry-external",
        gate=Signed(
            dialect=DIALECT,
            fields=(
                fields.required("partnerReferenceNo", fields.REFERENCE),
                fields.required("beneficiaryBankCode", fields.BANK_CODE_8),
                fields.required("beneficiaryAccountNo", _ACCOUNT_34),
                fields.required("additionalInfo.inquiryService", _RAILS),
                fields.optional("additionalInfo.sourceAccountNo", fields.ACCOUNT_10),
                fields.optional("additionalInfo.purposeCode", _PURPOSES),
            ),
            echoed=("partnerReferenceNo", "beneficiaryAccountNo", "beneficiaryBankCode"),
            produced=("referenceNo", "beneficiaryAccountName"),
            finer=_inquiry_particulars,
        ),
        perform=perform,
    )


def transfer_route(limits: Limits) -> Route:
    rails = {
        "1": Rail(maximum_minor=money.parse(limits.switcher_maximum)),
        BIFAST: Rail(maximum_minor=money.parse(limits.bifast_maximum)),
    }

    def perform(bank: Bank, call: Call) -> Reply:
        return _transfer(bank, call, rails[_rail_of(call, "transferType")])

    return service(
        code="18",
        path="/openapi/v2.0/transfer-interbank",
        gate=Signed(
            dialect=DIALECT,
            fields=(
                fields.required("partnerReferenceNo", fields.REFERENCE),
                *fields.money("amount"),
                fields.required("beneficiaryAccountName", fields.text(100)),
                fields.required("beneficiaryAccountNo", _ACCOUNT_34),
                fields.required("beneficiaryBankCode", fields.BANK_CODE_8),
                fields.optional("beneficiaryEmail", fields.EMAIL_50),
                fields.required("sourceAccountNo", fields.ACCOUNT_10),
                fields.required("transactionDate", fields.TIMESTAMP_25),
                fields.required("additionalInfo.transferType", _RAILS),
                fields.optional("additionalInfo.purposeCode", _PURPOSES),
            ),
            echoed=(
                "partnerReferenceNo",
                "amount",
                "beneficiaryAccountNo",
                "beneficiaryBankCode",
                "sourceAccountNo",
                "additionalInfo",
            ),
            produced=("referenceNo",),
            external_id=DIGITS_32,
            finer=_transfer_particulars,
        ),
        perform=perform,
        order=_order,
    )


def known_account(bank: Bank, code: str, number: str, rail: str) -> OtherBankAccount:
    """An account at another bank that the rail reaches, or Refused."""
    at_bank = [one for one in bank.other_banks.values() if one.bank_code == code]
    if not at_bank or (rail == BIFAST and not any(one.bifast for one in at_bank)):
        raise Refused(404, "03")
    account = bank.other_banks.get((code, number))
    if account is None:
        raise Refused(404, "11", "Invalid Account [beneficiaryAccountNo]")
    return account


def _rail_of(call: Call, name: str) -> str:
    return fields.member(call.document, "additionalInfo", name)


def _inquiry_particulars(_bank: Bank, call: Call) -> None:
    info = call.document["additionalInfo"]
    if info["inquiryService"] != BIFAST:
        if len(call.document["beneficiaryAccountNo"]) > _SWITCHER_ACCOUNT_LENGTH:
            raise Refused(400, "01", codes.bad_format("beneficiaryAccountNo"))
        return
    fields.check(info, (fields.required("sourceAccountNo", fields.ACCOUNT_10),))
    fields.check(info, fields.money("amount"))
    fields.check(info, (fields.required("purposeCode", _PURPOSES),))


def _inquiry(bank: Bank, call: Call, bifast_minor: int) -> Reply:
    document = call.document
    rail = _rail_of(call, "inquiryService")
    if rail == BIFAST:
        amount = money.parse(document["additionalInfo"]["amount"]["value"])
        if amount > bifast_minor:
            raise Refused(404, "02")
    code, number = document["beneficiaryBankCode"], document["beneficiaryAccountNo"]
    account = known_account(bank, code, number, rail)
    body = {
        "referenceNo": bank.references.transfer(call.received_us),
        "partnerReferenceNo": document["partnerReferenceNo"],
        "beneficiaryAccountName": account.name,
        "beneficiaryAccountNo": number,
        "beneficiaryBankCode": code,
    }
    return coded(200, "16", body)


def _transfer_particulars(_bank: Bank, call: Call) -> None:
    if _rail_of(call, "transferType") == BIFAST and not _rail_of(call, "purposeCode"):
        raise Refused(400, "02", codes.missing_field("additionalInfo.purposeCode"))


def _order(call: Call) -> Order:
    document = call.document
    return Order(
        service="18",
        partner_reference_no=document["partnerReferenceNo"],
        amount_minor=money.parse(document["amount"]["value"]),
        currency=document["amount"]["currency"],
        source_account=document["sourceAccountNo"],
        beneficiary_account=document["beneficiaryAccountNo"],
        beneficiary_bank_code=document["beneficiaryBankCode"],
        beneficiary_name=document["beneficiaryAccountName"],
        transaction_date=document["transactionDate"],
    )


def _transfer(bank: Bank, call: Call, rail: Rail) -> Reply:
    order = _order(call)
    kind = _rail_of(call, "transferType")

    def reached() -> None:
        known_account(bank, order.beneficiary_bank_code, order.beneficiary_account, kind)

    instruction = carry_out(bank, call, order, rail, also=reached)
    info = dict(call.document["additionalInfo"])
    if kind == BIFAST and instruction.status == SUCCESS:
        info["bifastId"] = bank.references.bifast(call.received_us)
    body = {
        "referenceNo": instruction.reference_no,
        "partnerReferenceNo": order.partner_reference_no,
        "amount": money.document(order.amount_minor, order.currency),
        "beneficiaryAccountNo": order.beneficiary_account,
        "beneficiaryBankCode": order.beneficiary_bank_code,
        "sourceAccountNo": order.source_account,
        "additionalInfo": info,
    }
    return payment_reply(instruction, "18", body)
