"""The audit's configuration file. An unknown key stops the start."""

from pathlib import Path
from typing import Self

import pydantic
from servicekit.config import (
    DatabaseSettings,
    InternalClient,
    ListenSettings,
    LogSettings,
    MetricsSettings,
    Mode,
    Settings,
    TLSSettings,
)


class DashboardSettings(Settings):
    """The pages for operators, served to the edge alone over mutual TLS.

    origins: what a browser shows as the edge's origin, for example
    "https://gerbang.example.co.id"; a POST must carry one of them.
    secret_key_file: signs what the admin library wants signed; at least 32 bytes.
    """

    host: str = "127.0.0.1"
    port: int = pydantic.Field(default=9114, ge=0, le=65535)
    origins: tuple[str, ...] = pydantic.Field(min_length=1)
    secret_key_file: Path

    @pydantic.field_validator("origins")
    @classmethod
    def _are_origins(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        for origin in value:
            scheme, separator, rest = origin.partition("://")
            if scheme not in {"http", "https"} or not separator or not rest or "/" in rest:
                raise ValueError("must be scheme://host[:port] without a path")
        return value


class ChainSettings(Settings):
    """How often the process verifies what was added, and where it notes the head.

    head_file: a line is added after each good walk; better on a medium that is
    written once, or shipped elsewhere. The log has the same line.
    """

    check_every_s: float = pydantic.Field(default=3_600, ge=1)
    head_file: Path | None = None


class AuditSettings(Settings):
    """The whole file. Without `dashboard` no pages are served, without `metrics` no figures."""

    mode: Mode
    listen: ListenSettings
    tls: TLSSettings
    database: DatabaseSettings
    log: LogSettings = LogSettings()
    chain: ChainSettings = ChainSettings()
    dashboard: DashboardSettings | None = None
    metrics: MetricsSettings | None = None
    # Operators' and clients' own identities: which scopes they hold.
    internal_clients: tuple[InternalClient, ...] = ()

    @pydantic.model_validator(mode="after")
    def _clients_are_named_once(self) -> Self:
        ids = [client.spiffe_id for client in self.internal_clients]
        if len(set(ids)) != len(ids):
            raise ValueError("internal_clients: an identity is named twice")
        return self
