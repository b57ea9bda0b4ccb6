"""BCA's paths, versions and field limits. Defaults are the fact sheet's."""

from __future__ import annotations

from dataclasses import dataclass

from bank_adapter.snap.party import Party


@dataclass(frozen=True, slots=True, kw_only=True)
class BCASnapProfile(Party):
    """One company's access to BCA. Widths are characters.

    `partner_id` is KlikBCA Bisnis' Corporate ID. `remark_characters` is two
    parts of 18 on the bank's statement.
    """

    channel_id: str = "95051"

    token_path: str = "/openapi/v1.0/access-token/b2b"  # noqa: S105  a path
    balance_path: str = "/openapi/v1.0/balance-inquiry"
    internal_inquiry_path: str = "/openapi/v1.0/account-inquiry-internal"
    intrabank_path: str = "/openapi/v1.0/transfer-intrabank"
    status_path: str = "/openapi/v1.0/transfer/status"

    own_bank_codes: frozenset[str] = frozenset({"CENAIDJA", "014"})
    currencies: frozenset[str] = frozenset({"IDR"})
    account_digits: int = 10
    reference_digits: int = 64
    email_characters: int = 50
    remark_characters: int = 36
