"""The signer's configuration, section by section. Strict: an unknown key stops the start."""

from pathlib import Path
from typing import Self

import pydantic
from servicekit.config import (
    DatabaseSettings,
    ListenSettings,
    LogSettings,
    Mode,
    PeerSettings,
    Settings,
    TLSSettings,
)

from signer.adapters.key_encryption import KeySource
from signer.application.ports import Custody
from signer.domain.grant import Grant, Grants
from signer.domain.key_profile import Purpose
from signer.domain.rate_limit import RateLimit
from signer.domain.scheme import Scheme
from signer.limits import SCRYPT_LOG2_N_MAX, SCRYPT_LOG2_N_MIN


class KEKSettings(Settings):
    """Where the key-encryption key comes from: exactly one of the two files."""

    passphrase_file: Path | None = None
    key_file: Path | None = None
    scrypt_log2_n: int = pydantic.Field(default=16, ge=SCRYPT_LOG2_N_MIN, le=SCRYPT_LOG2_N_MAX)

    @pydantic.model_validator(mode="after")
    def _one_file(self) -> Self:
        if (self.passphrase_file is None) == (self.key_file is None):
            raise ValueError("give exactly one of passphrase_file and key_file")
        return self

    def source(self, mode: Mode) -> KeySource:
        path = self.key_file or self.passphrase_file
        assert path is not None  # noqa: S101 - the validator holds it; this tells the type checker
        return KeySource(
            path=path,
            kind="key" if self.key_file is not None else "passphrase",
            mode=mode,
            scrypt_log2_n=self.scrypt_log2_n,
        )


class GrantSettings(Settings):
    """One caller's rights on one key."""

    caller: str = pydantic.Field(pattern=r"^spiffe://gerbang/[a-z0-9-]+(/[a-z0-9-]+)?$")
    key_id: str
    purposes: tuple[Purpose, ...] = pydantic.Field(min_length=1)
    schemes: tuple[Scheme, ...] = pydantic.Field(min_length=1)

    def grants(self) -> list[Grant]:
        return [
            Grant(caller=self.caller, key_id=self.key_id, purpose=purpose, scheme=scheme)
            for purpose in self.purposes
            for scheme in self.schemes
        ]


class RateLimitSettings(Settings):
    per_second: float = pydantic.Field(gt=0)
    burst: int = pydantic.Field(ge=1)

    def limit(self) -> RateLimit:
        return RateLimit(per_second=self.per_second, burst=self.burst)


class KeyRateLimitSettings(RateLimitSettings):
    key_id: str


class PKCS11Settings(Settings):
    """A token that holds the private keys."""

    module_file: Path
    token_label: str
    pin_file: Path


class KeysSettings(Settings):
    """Where new private keys are kept. Keys kept elsewhere before stay usable."""

    custody: Custody = Custody.SOFTWARE
    pkcs11: PKCS11Settings | None = None

    @pydantic.model_validator(mode="after")
    def _token_is_named(self) -> Self:
        if self.custody is Custody.PKCS11 and self.pkcs11 is None:
            raise ValueError("custody pkcs11 needs a [keys.pkcs11] table")
        return self


class SignerSettings(Settings):
    mode: Mode
    listen: ListenSettings
    tls: TLSSettings
    database: DatabaseSettings
    audit: PeerSettings
    kek: KEKSettings
    kek_next: KEKSettings | None = None
    """Only while the KEK is being changed."""
    keys: KeysSettings = KeysSettings()
    grants: tuple[GrantSettings, ...] = ()
    rate_limit: RateLimitSettings = RateLimitSettings(per_second=2_000, burst=4_000)
    rate_limits: tuple[KeyRateLimitSettings, ...] = ()
    log: LogSettings = LogSettings()

    def kek_sources(self) -> list[KeySource]:
        return [kek.source(self.mode) for kek in (self.kek, self.kek_next) if kek is not None]

    def granted(self) -> Grants:
        return Grants(grant for settings in self.grants for grant in settings.grants())
