"""The banks that may call us, and by what each is known."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class InboundBank:
    """One bank as a caller.

    `client_key` is what it calls itself (X-CLIENT-KEY); the keys are the
    signer's: the bank's RSA public key, and the HMAC secret we gave the bank.
    """

    bank_id: str
    # The identity under which we pay at that bank.
    bank_identity: str
    client_key: str
    token_key_id: str
    transaction_key_id: str
    clock_skew_s: float


class InboundBanks:
    """All of them. They share one path; only what they send tells them apart."""

    def __init__(self, banks: Sequence[InboundBank]) -> None:
        self._by_client_key = {bank.client_key: bank for bank in banks}
        self._by_id = {bank.bank_id: bank for bank in banks}

    def known_as(self, client_key: str) -> InboundBank | None:
        return self._by_client_key.get(client_key)

    def find(self, bank_id: str) -> InboundBank | None:
        return self._by_id.get(bank_id)
