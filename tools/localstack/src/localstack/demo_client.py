"""The demo client: who the ERP is on a developer's machine."""

from __future__ import annotations

from dataclasses import dataclass

from localstack import banks

CLIENT_ID = "demo-erp"
ORIGIN = "https://erp.example.co.id"
BANK = banks.BCA.bank_id
SOURCE_ACCOUNT = banks.BCA.source_account
# All it may pay from, as a token's claim has them.
ACCOUNTS = tuple(f"{bank.bank_id}:{bank.source_account}" for bank in banks.ALL)
BENEFICIARY_ACCOUNT = "8090123456"
BENEFICIARY_NAME = "PT MITRA SEJAHTERA"
# The same vendor at another bank, and behind a virtual account that takes any amount.
OTHER_BANK_CODE = "BRINIDJA"
OTHER_BANK_ACCOUNT = "888801000157508"
# What a payment to it says on any rail.
ELSEWHERE = {
    "beneficiaryBankCode": OTHER_BANK_CODE,
    "beneficiaryAccountNo": OTHER_BANK_ACCOUNT,
    "beneficiaryAddress": "Jl. Braga 1 Bandung",
    "beneficiaryCustomerResidence": "1",
    "beneficiaryCustomerType": "2",
}
VIRTUAL_ACCOUNT = "   12345000000000000000078"
SCOPES = ("transfers.write", "transfers.read", "accounts.read", "audit.read")


@dataclass(frozen=True, slots=True, kw_only=True)
class DemoClient:
    """The credentials and accounts the demo and the tests use."""

    secret: str
    client_id: str = CLIENT_ID
    origin: str = ORIGIN
    bank: str = BANK
    source_account: str = SOURCE_ACCOUNT
    beneficiary_account: str = BENEFICIARY_ACCOUNT
    beneficiary_name: str = BENEFICIARY_NAME
