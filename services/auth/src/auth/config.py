"""Auth's configuration file, one table a concern; `python -m auth check-config` checks it."""

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

from auth.domain.invalid_value import InvalidValueError
from auth.domain.origin import check_origin
from auth.limits import KEY_RING_REFRESH_S, MAX_OPERATOR_SESSION_S, MAX_TOKEN_LIFETIME_S


class KeySettings(Settings):
    """Signing keys.

    encryption_key_file: 64 hexadecimal digits; seals private keys and TOTP secrets.
    jwks_max_age_s: how long a verifier may keep the JWKS.
    publish_lead_s: how long a new key is published before it signs. It must cover
        the slowest verifier: Envoy's `cache_duration` and `jwks_max_age_s`.
    """

    encryption_key_file: Path
    jwks_max_age_s: int = pydantic.Field(default=60, ge=1, le=3_600)
    publish_lead_s: int = pydantic.Field(default=900, ge=5, le=604_800)

    @pydantic.model_validator(mode="after")
    def _verifiers_learn_a_key_before_it_signs(self) -> Self:
        if self.publish_lead_s < self.jwks_max_age_s + KEY_RING_REFRESH_S:
            raise ValueError(
                "publish_lead_s must exceed jwks_max_age_s by at least "
                f"{KEY_RING_REFRESH_S:.0f} s, or a key signs before verifiers know it"
            )
        return self


class TokenSettings(Settings):
    """Tokens for clients."""

    lifetime_s: int = pydantic.Field(default=MAX_TOKEN_LIFETIME_S, ge=1, le=MAX_TOKEN_LIFETIME_S)


class LoginSettings(Settings):
    """The operators' login.

    public_origin: where a browser reaches the edge, for example
        "https://gerbang.example.com"; a form sent from elsewhere is refused.
    session_s: how long the dashboard's cookie is good.
    """

    public_origin: str
    session_s: int = pydantic.Field(default=1_800, ge=60, le=MAX_OPERATOR_SESSION_S)

    @pydantic.field_validator("public_origin", mode="after")
    @classmethod
    def _is_an_origin(cls, value: str) -> str:
        try:
            check_origin("public_origin", value)
        except InvalidValueError as error:
            raise ValueError(error.message) from None
        return value


class HashingSettings(Settings):
    """argon2id: how many hashes at a time; each takes a core and 19 MiB."""

    threads: int = pydantic.Field(default=2, ge=1, le=64)


class AuthSettings(Settings):
    """The whole file."""

    mode: Mode
    listen: ListenSettings
    tls: TLSSettings
    database: DatabaseSettings
    keys: KeySettings
    login: LoginSettings
    audit: PeerSettings
    tokens: TokenSettings = TokenSettings()
    hashing: HashingSettings = HashingSettings()
    log: LogSettings = LogSettings()
