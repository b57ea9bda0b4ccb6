"""Who we are toward one bank, and how that bank wants to be spoken to.

Ids and names of keys only; a secret or a private key never comes here.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum

_HEADER_VALUE = re.compile(r"[!-~]{1,127}", re.ASCII)
_HEADER_NAME = re.compile(r"[A-Za-z0-9-]{1,64}", re.ASCII)
_PAIR = 2


class Signing(StrEnum):
    """How transactions are signed; agreed per bank, no header names it."""

    SYMMETRIC = "SYMMETRIC"
    ASYMMETRIC = "ASYMMETRIC"


@dataclass(frozen=True, slots=True, kw_only=True)
class Party:
    """One bank identity. A driver's profile extends it.

    `token_key_id` names the RSA key of the token call, `transaction_key_id`
    the secret (SYMMETRIC) or RSA key (ASYMMETRIC) of every other call; both
    are the signer's names. `extra_headers` are constant headers that a bank
    wants beyond the standard's. Raises ValueError naming the field.
    """

    bank_id: str
    client_id: str
    partner_id: str
    channel_id: str
    token_key_id: str
    transaction_key_id: str
    signing: Signing = Signing.SYMMETRIC
    token_milliseconds: bool = False
    transaction_milliseconds: bool = False
    external_id_digits: int = 32
    extra_headers: tuple[tuple[str, str], ...] = ()

    def __post_init__(self) -> None:
        for name in ("client_id", "partner_id", "channel_id"):
            if not _HEADER_VALUE.fullmatch(getattr(self, name)):
                raise ValueError(f"{name} must be 1 to 127 visible ASCII characters")
        for name in ("bank_id", "token_key_id", "transaction_key_id"):
            if not getattr(self, name):
                raise ValueError(f"{name} must not be empty")
        for header in self.extra_headers:
            if (
                len(header) != _PAIR
                or not _HEADER_NAME.fullmatch(header[0])
                or not _HEADER_VALUE.fullmatch(header[1])
            ):
                raise ValueError("extra_headers must be pairs of a header's name and value")
