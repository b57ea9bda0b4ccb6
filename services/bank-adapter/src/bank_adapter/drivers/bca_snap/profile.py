"""BCA's paths, versions and field limits. Defaults are the fact sheet's."""

from __future__ import annotations

from dataclasses import dataclass

from bank_adapter.snap.bank_codes import BankCodes, Form, Unknown
from bank_adapter.snap.party import Party

# Three digits for a bank that has no SWIFT code.
SWIFT_OR_DIGITS = BankCodes(form=Form.SWIFT, unknown=Unknown.PASS)


@dataclass(frozen=True, slots=True, kw_only=True)
class BCASnapProfile(Party):
    """One company's access to BCA. Widths are characters, limits minor units.

    `partner_id` is KlikBCA Bisnis' Corporate ID. `remark_characters` is two
    parts of 18 on the bank's statement. Limits by rail change by regulation
    and by contract: the bank has the last word.
    """

    channel_id: str = "95051"

    token_path: str = "/openapi/v1.0/access-token/b2b"  # noqa: S105  a path
    balance_path: str = "/openapi/v1.0/balance-inquiry"
    statement_path: str = "/openapi/v1.0/bank-statement"
    internal_inquiry_path: str = "/openapi/v1.0/account-inquiry-internal"
    external_inquiry_path: str = "/openapi/v2.0/account-inquiry-external"
    intrabank_path: str = "/openapi/v1.0/transfer-intrabank"
    interbank_path: str = "/openapi/v2.0/transfer-interbank"
    rtgs_path: str = "/openapi/v1.0/transfer-rtgs"
    skn_path: str = "/openapi/v1.0/transfer-skn"
    virtual_account_inquiry_path: str = "/openapi/v1.0/transfer-va/inquiry-intrabank"
    virtual_account_path: str = "/openapi/v1.0/transfer-va/payment-intrabank"
    status_path: str = "/openapi/v1.0/transfer/status"

    own_bank_codes: frozenset[str] = frozenset({"CENAIDJA", "014"})
    bank_codes: BankCodes = SWIFT_OR_DIGITS
    currencies: frozenset[str] = frozenset({"IDR"})
    purpose_code: str = "99"

    account_digits: int = 10
    online_account_characters: int = 28
    other_account_characters: int = 34
    virtual_account_characters: int = 28
    name_characters: int = 100
    address_characters: int = 100
    activity_characters: int = 60
    email_characters: int = 50
    virtual_account_email_characters: int = 255
    remark_characters: int = 36

    bifast_limit_minor: int = 25_000_000_000
    online_limit_minor: int = 5_000_000_000
    skn_limit_minor: int = 100_000_000_000

    statement_days: int = 31
    statement_lines: int = 9_000
