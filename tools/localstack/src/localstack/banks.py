"""The banks of the local stack: who the gateway is at each, and by which keys.

One simulator plays them all, each under a client id of its own. Here are only
names and numbers; the files made of them are in `bank_files.py`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Any


class Origin(StrEnum):
    """How a key comes into the signer."""

    GENERATED = "GENERATED"
    """RSA, made in the signer; the bank is given the public half."""
    SHARED = "SHARED"
    """A secret that the bank knows too."""
    THEIRS = "THEIRS"
    """The bank's own RSA key, of which the signer has the public half."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Key:
    """One key of the signer, and what bank-adapter may do with it."""

    key_id: str
    scheme: str
    origin: Origin
    purpose: str = "sign"
    encoding: str = "base64"


@dataclass(frozen=True, slots=True, kw_only=True)
class LocalBank:
    """One bank identity: `bank_id` is what an ERP writes into `bank`.

    `client_id`, `partner_id` and `channel_id` name us at the bank; `caller_id`
    is the bank's own name when it calls us, empty for one that never does.
    `profile` is what the driver wants beyond names and keys.
    """

    bank_id: str
    driver: str
    dialect: str
    client_id: str
    partner_id: str
    source_account: str
    source_name: str
    channel_id: str = "95051"
    caller_id: str = ""
    api_key: str = ""
    profile: Mapping[str, Any] = field(default_factory=dict)
    profile_file: Path | None = None

    @property
    def is_snap(self) -> bool:
        return not self.api_key

    @property
    def token_key(self) -> str:
        """Proves who we are when we ask for a token."""
        return self._key("token")

    @property
    def transaction_key(self) -> str:
        return self._key("transaction")

    @property
    def callback_token_key(self) -> str:
        """Proves who the bank is when it asks us for a token."""
        return self._key("callback-token")

    @property
    def callback_key(self) -> str:
        return self._key("callback")

    @property
    def keys(self) -> tuple[Key, ...]:
        """All keys of this bank in the signer."""
        ours = self._snap_keys() if self.is_snap else self._legacy_keys()
        return (*ours, *self._callback_keys()) if self.caller_id else ours

    def _snap_keys(self) -> tuple[Key, ...]:
        token, transaction = "snap_token_asymmetric", "snap_transaction_symmetric"
        return (
            Key(key_id=self.token_key, scheme=token, origin=Origin.GENERATED),
            Key(key_id=self.transaction_key, scheme=transaction, origin=Origin.SHARED),
        )

    def _legacy_keys(self) -> tuple[Key, ...]:
        basic, transaction = "basic_client_credentials", "bca_legacy_symmetric"
        return (
            Key(key_id=self.token_key, scheme=basic, origin=Origin.SHARED),
            Key(
                key_id=self.transaction_key,
                scheme=transaction,
                origin=Origin.SHARED,
                encoding="hex",
            ),
        )

    def _callback_keys(self) -> tuple[Key, ...]:
        return (
            Key(
                key_id=self.callback_token_key,
                scheme="snap_token_asymmetric",
                origin=Origin.THEIRS,
                purpose="verify",
            ),
            Key(
                key_id=self.callback_key,
                scheme="snap_transaction_symmetric",
                origin=Origin.SHARED,
                purpose="verify",
            ),
        )

    def _key(self, use: str) -> str:
        return f"{self.bank_id.replace('_', '-')}-{use}"


BCA = LocalBank(
    bank_id="bca",
    driver="bca_snap",
    dialect="bca",
    client_id="gerbang-dev",
    partner_id="KBBDEMO",
    source_account="1234567890",
    source_name="PT CONTOH INDONESIA",
    caller_id="bca-dev",
)
PAYDIA = LocalBank(
    bank_id="paydia",
    driver="paydia_snap",
    dialect="paydia",
    client_id="gerbang-paydia-dev",
    partner_id="gerbang-paydia-dev",
    channel_id="12345",
    source_account="9900000001",
    source_name="TOKO CONTOH INDONESIA",
)
BCA_LEGACY = LocalBank(
    bank_id="bca_legacy",
    driver="bca_legacy",
    dialect="bca-legacy",
    client_id="gerbang-legacy-dev",
    partner_id="BCADEMO001",
    source_account="0201245680",
    source_name="PT CONTOH LAMA",
    api_key="gerbang-legacy-api-key",
    profile={"origin": "erp.example.co.id"},
)
# A bank that is only a profile. The simulator has no dialect that is nobody's, so
# this one speaks BCA's, as any bank would that follows the standard to the letter.
GENERIC = LocalBank(
    bank_id="generic",
    driver="snap_generic",
    dialect="bca",
    client_id="gerbang-generic-dev",
    partner_id="GENERICDEMO",
    source_account="2233445566",
    source_name="PT CONTOH UMUM",
    caller_id="generic-dev",
    profile_file=Path(__file__).with_name("generic_bank.toml"),
)
DEFAULT = BCA
ALL = (DEFAULT, PAYDIA, BCA_LEGACY, GENERIC)
