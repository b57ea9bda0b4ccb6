"""The demo client: who the ERP is on a developer's machine."""

from __future__ import annotations

from dataclasses import dataclass

CLIENT_ID = "demo-erp"
ORIGIN = "https://erp.example.co.id"
BANK = "bca"
SOURCE_ACCOUNT = "1234567890"
BENEFICIARY_ACCOUNT = "8090123456"
BENEFICIARY_NAME = "PT MITRA SEJAHTERA"
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
