"""What an installation decides about its edge.

A TOML file is read strictly: an unknown key, a missing one or a value of the
wrong type stops the start, and every problem is named by its path. File paths
may be relative to the file. No secret stands in it; keys are files that Envoy
reads itself.
"""

from __future__ import annotations

import ipaddress
import tomllib
from pathlib import Path
from typing import Annotated, Self
from urllib.parse import urlsplit

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    ValidationError,
    ValidationInfo,
    model_validator,
)

from edge.limits import (
    DEFAULT_BANK_TIMEOUT_S,
    DEFAULT_BANK_WAIT_S,
    DEFAULT_BODY_BYTES,
    DEFAULT_CONNECTIONS,
    DEFAULT_HEADER_COUNT,
    DEFAULT_HEADER_KIB,
    DEFAULT_HEAP_MIB,
    DEFAULT_JWKS_CACHE_S,
    DEFAULT_RESPONSE_BYTES,
    DEFAULT_STREAMS_PER_CONNECTION,
    DEFAULT_UPSTREAM_REQUESTS,
    MAX_BANK_TIMEOUT_S,
    MAX_BANK_WAIT_S,
    MAX_BODY_BYTES,
    MAX_HEADER_KIB,
    MAX_JWKS_CACHE_S,
    QUESTION_TIMEOUT_MARGIN_S,
    ROUTE_TIMEOUT_MARGIN_S,
)


class ConfigError(Exception):
    """The file cannot be used; the text names every problem by its path."""


def _resolve(path: Path, info: ValidationInfo) -> Path:
    folder = (info.context or {}).get("folder", Path.cwd())
    return (folder / path).resolve() if not path.is_absolute() else path


def _origin(text: str) -> str:
    """An Origin as a client sends it (RFC 6454): scheme, host, maybe port.

    It is compared byte by byte, so a form that no client would ever send is
    a mistake in the file and not a rule.
    """
    parts = urlsplit(text)
    if parts.scheme not in {"https", "http"} or not parts.hostname:
        raise ValueError("must look like https://erp.example.com")
    if text != f"{parts.scheme}://{parts.netloc}" or text != text.lower() or "@" in text:
        raise ValueError("must be lower-case scheme, host and port, without a path")
    if parts.port == {"https": 443, "http": 80}[parts.scheme]:
        raise ValueError("must not name the scheme's own port")
    return text


def _cidr(text: str) -> str:
    return str(ipaddress.ip_network(text, strict=True))


def _address(text: str) -> str:
    host, _, port = text.rpartition(":")
    if not host or not port.isdecimal() or not 0 < int(port) < 65536:  # noqa: PLR2004 ports
        raise ValueError("must be host:port")
    return text


FilePath = Annotated[Path, AfterValidator(_resolve)]
Origin = Annotated[str, AfterValidator(_origin)]
CIDR = Annotated[str, AfterValidator(_cidr)]
Address = Annotated[str, AfterValidator(_address)]
Port = Annotated[int, Field(gt=0, lt=65536)]


class Settings(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class PublicSettings(Settings):
    """The listener the world sees."""

    host: str = "0.0.0.0"  # noqa: S104 the one listener meant for the world
    port: Port = 8443
    certificate_file: FilePath
    private_key_file: FilePath


class IdentitySettings(Settings):
    """Who the edge is to the services: spiffe://gerbang/edge."""

    certificate_file: FilePath
    private_key_file: FilePath
    ca_file: FilePath


class UpstreamSettings(Settings):
    """One service: its addresses, and the names its certificate must carry."""

    targets: Annotated[tuple[Address, ...], Field(min_length=1)]
    # Empty: made from the service's name, as everywhere in the house.
    server_name: str = ""
    spiffe_id: str = ""


class UpstreamsSettings(Settings):
    auth: UpstreamSettings
    bank_adapter: UpstreamSettings
    audit: UpstreamSettings
    # The same process as audit, its HTTP port.
    dashboard: UpstreamSettings


class AccessSettings(Settings):
    """Who may knock: Origins of the ERPs, addresses by purpose."""

    origins: Annotated[tuple[Origin, ...], Field(min_length=1)]
    # ERPs in a cloud have no fixed address: `["0.0.0.0/0", "::/0"]` is usual.
    client_cidrs: Annotated[tuple[CIDR, ...], Field(min_length=1)]
    operator_cidrs: Annotated[tuple[CIDR, ...], Field(min_length=1)]
    # Where banks call from. Empty: no bank calls in.
    callback_cidrs: tuple[CIDR, ...] = ()


class LimitsSettings(Settings):
    body_bytes: Annotated[int, Field(ge=1024, le=MAX_BODY_BYTES)] = DEFAULT_BODY_BYTES
    response_bytes: Annotated[int, Field(ge=1024)] = DEFAULT_RESPONSE_BYTES
    # All request headers together; Envoy counts in KiB.
    header_kib: Annotated[int, Field(ge=4, le=MAX_HEADER_KIB)] = DEFAULT_HEADER_KIB
    header_count: Annotated[int, Field(ge=20, le=1000)] = DEFAULT_HEADER_COUNT
    connections: Annotated[int, Field(ge=1)] = DEFAULT_CONNECTIONS
    streams_per_connection: Annotated[int, Field(ge=1)] = DEFAULT_STREAMS_PER_CONNECTION
    # Requests under way to one service.
    upstream_requests: Annotated[int, Field(ge=1)] = DEFAULT_UPSTREAM_REQUESTS
    heap_mib: Annotated[int, Field(ge=64)] = DEFAULT_HEAP_MIB


class RateSettings(Settings):
    """A token bucket: so many a second, so many at once."""

    per_s: Annotated[int, Field(ge=1)]
    burst: Annotated[int, Field(ge=1)]

    @model_validator(mode="after")
    def _burst_holds_a_second(self) -> Self:
        if self.burst < self.per_s:
            raise ValueError("burst must be at least per_s")
        return self


class RatesSettings(Settings):
    # Every request of one edge process.
    total: RateSettings = RateSettings(per_s=2000, burst=4000)
    # One client, by its token's subject.
    client: RateSettings = RateSettings(per_s=500, burst=1000)
    # /oauth2/token and /login: each costs a password hash.
    token: RateSettings = RateSettings(per_s=50, burst=100)
    login: RateSettings = RateSettings(per_s=5, burst=20)


class TimesSettings(Settings):
    # How long the bank-adapter waits for the bank inside one request. Keep it
    # equal to the adapter's own setting; the route waits longer than that.
    bank_wait_s: Annotated[float, Field(gt=0, le=MAX_BANK_WAIT_S)] = DEFAULT_BANK_WAIT_S
    # How long the adapter lets a bank take over a question that a client asks
    # (balance, statement, name, inquiry). Keep it equal to the adapter's own.
    bank_timeout_s: Annotated[float, Field(gt=0, le=MAX_BANK_TIMEOUT_S)] = DEFAULT_BANK_TIMEOUT_S
    # How long a verification key is believed after auth stopped publishing it.
    jwks_cache_s: Annotated[float, Field(ge=1, le=MAX_JWKS_CACHE_S)] = DEFAULT_JWKS_CACHE_S

    @property
    def route_timeout_s(self) -> float:
        return self.bank_wait_s + ROUTE_TIMEOUT_MARGIN_S

    @property
    def question_timeout_s(self) -> float:
        return self.bank_timeout_s + QUESTION_TIMEOUT_MARGIN_S


class EdgeSettings(Settings):
    public: PublicSettings
    identity: IdentitySettings
    upstreams: UpstreamsSettings
    access: AccessSettings
    limits: LimitsSettings = LimitsSettings()
    rates: RatesSettings = RatesSettings()
    times: TimesSettings = TimesSettings()
    # Both are on loopback always; only their ports are a choice.
    admin_port: Port = 9901
    jwks_port: Port = 9902
    # protos/descriptors/edge.binpb of the same release.
    descriptor_file: FilePath
    access_log_file: Path = Path("/dev/stdout")
    # Worker threads; 0 is one a core.
    workers: Annotated[int, Field(ge=0, le=256)] = 0


def load(path: Path) -> EdgeSettings:
    """Reads the file; raises ConfigError with every problem in it."""
    try:
        document = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise ConfigError(f"{path}: {error.strerror}") from error
    except ValueError as error:
        raise ConfigError(f"{path}: {error}") from error
    try:
        return EdgeSettings.model_validate(document, context={"folder": path.resolve().parent})
    except ValidationError as error:
        lines = [
            f"{path}: {'.'.join(map(str, problem['loc'])) or 'file'}: {problem['msg']}"
            for problem in error.errors()
        ]
        raise ConfigError("\n".join(lines)) from error
