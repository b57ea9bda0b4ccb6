"""Paths, credentials' names and limits of BCA's older API."""

from __future__ import annotations

import re
from dataclasses import dataclass

from bank_adapter.snap.bank_codes import BankCodes, Form

_HEADER_VALUE = re.compile(r"[!-~]{1,127}", re.ASCII)

SWIFT = BankCodes(form=Form.SWIFT)


@dataclass(frozen=True, slots=True, kw_only=True)
class BCALegacyProfile:
    """One company's access.

    `token_key_id` names the client secret and `transaction_key_id` the API
    secret at the signer; `api_key` is no secret.

    `settled_status` and `rejected_status`: the values of StatusCode are not
    published; the defaults are SNAP's.
    """

    bank_id: str
    client_id: str
    api_key: str
    corporate_id: str
    origin: str
    channel_id: str = "95051"
    token_key_id: str
    transaction_key_id: str

    token_path: str = "/api/oauth/token"  # noqa: S105  a path
    transfer_path: str = "/banking/corporates/transfers"
    domestic_path: str = "/banking/corporates/transfers/v2/domestic"
    status_path: str = "/banking/corporates/transfers/status"
    accounts_path: str = "/banking/v3/corporates"
    name_path: str = "/banking/corporates/transfers/v2/domestic/beneficiaries/banks"

    own_bank_codes: frozenset[str] = frozenset({"CENAIDJA", "014"})
    bank_codes: BankCodes = SWIFT
    currencies: frozenset[str] = frozenset({"IDR"})
    account_digits: int = 10
    other_account_characters: int = 34
    name_characters: int = 35
    email_characters: int = 50
    reference_digits: int = 64
    transaction_id_digits: int = 8
    remark_part_characters: int = 18
    statement_days: int = 31
    settled_status: frozenset[str] = frozenset({"00"})
    rejected_status: frozenset[str] = frozenset({"05", "06"})

    def __post_init__(self) -> None:
        for name in ("client_id", "api_key", "corporate_id", "origin"):
            if not _HEADER_VALUE.fullmatch(getattr(self, name)):
                raise ValueError(f"{name} must be 1 to 127 visible ASCII characters")
        for name in ("bank_id", "token_key_id", "transaction_key_id"):
            if not getattr(self, name):
                raise ValueError(f"{name} must not be empty")
