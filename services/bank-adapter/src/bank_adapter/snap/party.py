"""Who we are toward one bank, and how that bank wants to be spoken to.

Ids and names of keys only; a secret or a private key never comes here.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from bank_adapter.snap import timestamp
from bank_adapter.snap.bank_codes import AS_GIVEN, BankCodes
from bank_adapter.snap.external_id import MAX_DIGITS

_HEADER_VALUE = re.compile(r"[!-~]{1,127}", re.ASCII)
_HEADER_NAME = re.compile(r"[A-Za-z0-9-]{1,64}", re.ASCII)
_MEMBER = re.compile(r"[A-Za-z_]{1,64}", re.ASCII)
_PAIR = 2


# Below this, two references of one bank may be the same one day; below 9, which
# is the narrowest known, two external ids of one day.
LEAST_REFERENCE_DIGITS, MOST_REFERENCE_DIGITS = 16, 64
LEAST_EXTERNAL_ID_DIGITS = 9


class SignatureEncoding(StrEnum):
    """How signatures are written. Base64 in practice; the standard's samples are hex."""

    BASE64 = "BASE64"
    HEX = "HEX"


class Signing(StrEnum):
    """How transactions are signed; agreed per bank, no header names it."""

    SYMMETRIC = "SYMMETRIC"
    ASYMMETRIC = "ASYMMETRIC"


@dataclass(frozen=True, slots=True, kw_only=True)
class Party:
    """One bank identity. A driver's profile extends it.

    `token_key_id` names the RSA key of the token call, `transaction_key_id`
    the secret (SYMMETRIC) or RSA key (ASYMMETRIC) of every other call; both
    are the signer's names. `own_bank_codes` are the bank's own names as a
    beneficiary's bank. `extra_headers` are constant headers that a bank
    wants beyond the standard's. Our references and external ids are made as
    wide as the bank takes them. `token_grant_field`: older servers call it
    `granttype`. Raises ValueError naming the field.
    """

    bank_id: str
    client_id: str
    partner_id: str
    channel_id: str
    token_key_id: str
    transaction_key_id: str
    own_bank_codes: frozenset[str] = frozenset()
    bank_codes: BankCodes = AS_GIVEN
    signing: Signing = Signing.SYMMETRIC
    signature_encoding: SignatureEncoding = SignatureEncoding.BASE64
    token_milliseconds: bool = False
    transaction_milliseconds: bool = False
    utc_timestamps: bool = False
    reference_digits: int = 64
    token_grant_field: str = "grantType"  # noqa: S105  a field's name
    external_id_digits: int = MAX_DIGITS
    external_id_digits_by_service: Mapping[str, int] = field(default_factory=dict)
    extra_headers: tuple[tuple[str, str], ...] = ()

    def __post_init__(self) -> None:
        for name in ("client_id", "partner_id", "channel_id"):
            if not _HEADER_VALUE.fullmatch(getattr(self, name)):
                raise ValueError(f"{name} must be 1 to 127 visible ASCII characters")
        if not _MEMBER.fullmatch(self.token_grant_field):
            raise ValueError("token_grant_field must be letters and underscores")
        for name in ("bank_id", "token_key_id", "transaction_key_id"):
            if not getattr(self, name):
                raise ValueError(f"{name} must not be empty")
        self._check_ids()
        for header in self.extra_headers:
            if (
                len(header) != _PAIR
                or not _HEADER_NAME.fullmatch(header[0])
                or not _HEADER_VALUE.fullmatch(header[1])
            ):
                raise ValueError("extra_headers must be pairs of a header's name and value")

    def _check_ids(self) -> None:
        if not LEAST_REFERENCE_DIGITS <= self.reference_digits <= MOST_REFERENCE_DIGITS:
            raise ValueError(
                f"reference_digits must be {LEAST_REFERENCE_DIGITS} to {MOST_REFERENCE_DIGITS}"
            )
        for digits in (self.external_id_digits, *self.external_id_digits_by_service.values()):
            if not LEAST_EXTERNAL_ID_DIGITS <= digits <= MAX_DIGITS:
                raise ValueError(
                    f"external_id_digits must be {LEAST_EXTERNAL_ID_DIGITS} to {MAX_DIGITS}"
                )

    def token_moment(self, at: datetime) -> str:
        """X-TIMESTAMP of the token call."""
        return timestamp.write(at, milliseconds=self.token_milliseconds, utc=self.utc_timestamps)

    def transaction_moment(self, at: datetime) -> str:
        """X-TIMESTAMP of every other call."""
        return timestamp.write(
            at, milliseconds=self.transaction_milliseconds, utc=self.utc_timestamps
        )

    def encoded(self, signature: str) -> str:
        """A signature in base64 as this bank wants it written."""
        if self.signature_encoding is SignatureEncoding.BASE64:
            return signature
        return base64.b64decode(signature, validate=True).hex()

    def external_id_digits_of(self, service_code: str) -> int:
        """How wide an X-EXTERNAL-ID may be for this service."""
        return self.external_id_digits_by_service.get(service_code, self.external_id_digits)
