"""Paydia's paths and limits, and the switches for what nobody has published."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from bank_adapter.snap.party import Party


@dataclass(frozen=True, slots=True, kw_only=True)
class PaydiaSnapProfile(Party):
    """One merchant's access to Paydia. Widths are characters.

    Known: paths, channel, widths. Unknown, standard's shape as default:

    - `customer_number`: constant for `customerNumber`; empty takes the order's
      source account. `send_customer_number`: the standard's tables want it,
      the visible part of Paydia's does not show it.
    - `send_inquiry_bank_code`: 42 names the beneficiary's bank; the standard
      leaves it out, an account elsewhere cannot be found without it.
    - `session_from_inquiry`: every transfer asks 42 first and carries its
      `sessionId`; without an answer there is no transfer.
    - `account_type`, `fee_type`: constants of 43, left out when empty.
      `additional_info`: constants of 43, for example a callback's address.
      `send_remark`: the remark stands among them.
    - `send_external_id`: a status inquiry names the attempt besides the
      reference.
    - `transfer_is_final`: 200 on 43 settles; without it a status inquiry has
      to say so.
    - `inquiry_amount_minor`: 42 wants an amount; used where the question has
      none.
    """

    channel_id: str = "12345"

    token_path: str = "/snap/v1.0/access-token/b2b"  # noqa: S105  a path
    balance_path: str = "/snap/v1.0/balance-inquiry"
    inquiry_path: str = "/snap/v1.0/emoney/bank-account-inquiry"
    transfer_path: str = "/snap/v1.0/emoney/transfer-bank"
    status_path: str = "/snap/v1.0/transfer/status"

    currencies: frozenset[str] = frozenset({"IDR"})
    account_characters: int = 32
    remark_characters: int = 50
    email_characters: int = 50

    send_customer_number: bool = True
    customer_number: str = ""
    send_inquiry_bank_code: bool = True
    session_from_inquiry: bool = False
    account_type: str = ""
    fee_type: str = ""
    additional_info: Mapping[str, str] = field(default_factory=dict)
    send_remark: bool = False
    send_external_id: bool = False
    transfer_is_final: bool = False
    inquiry_amount_minor: int = 1_000_000
