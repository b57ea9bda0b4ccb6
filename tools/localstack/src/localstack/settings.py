"""What the local stack can be told, and by which environment variable.

The table in the README is printed from here: `python -m localstack settings`.
Nothing else in the local stack reads the environment.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

# Distance between the ports of two processes of one kind.
PROCESS_PORT_STEP = 20
MAX_PROCESSES = 8
EVERY_ADDRESS = ("0.0.0.0", "::")  # noqa: S104 - recognised, not bound
DATABASE_SCHEMES = ("sqlite", "mysql+pymysql")


class SettingsError(Exception):
    """A variable whose value cannot be used. The text says which and why."""


def variable(name: str, default: str | float, meaning: str) -> Any:
    """A field that is read from the environment variable `name`."""
    return field(default=default, metadata={"variable": name, "meaning": meaning})


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """One local stack. `root` is the checkout; everything else has a default."""

    root: Path
    state_dir: str = variable(
        "GERBANG_STATE_DIR",
        ".gerbang",
        "Folder of all that is made; relative to the checkout",
    )
    host: str = variable(
        "GERBANG_HOST", "127.0.0.1", "Address the edge listens on; the rest stays on loopback"
    )
    edge_port: int = variable("GERBANG_EDGE_PORT", 8443, "Public REST, TLS")
    auth_port: int = variable("GERBANG_AUTH_PORT", 9101, "auth, gRPC")
    bank_adapter_port: int = variable(
        "GERBANG_BANK_ADAPTER_PORT",
        9102,
        f"bank-adapter, gRPC; each further process {PROCESS_PORT_STEP} higher",
    )
    worker_port: int = variable(
        "GERBANG_WORKER_PORT", 9105, "bank-adapter worker, health only; further ones as above"
    )
    signer_port: int = variable("GERBANG_SIGNER_PORT", 9103, "signer, gRPC")
    audit_port: int = variable("GERBANG_AUDIT_PORT", 9104, "audit, gRPC")
    dashboard_port: int = variable("GERBANG_DASHBOARD_PORT", 9114, "audit's pages, behind the edge")
    simulator_port: int = variable("GERBANG_SIMULATOR_PORT", 9200, "bank simulator, TLS")
    simulator_admin_port: int = variable(
        "GERBANG_SIMULATOR_ADMIN_PORT", 9201, "bank simulator's administrative API, plain HTTP"
    )
    envoy_admin_port: int = variable("GERBANG_ENVOY_ADMIN_PORT", 9901, "Envoy's admin interface")
    jwks_port: int = variable("GERBANG_JWKS_PORT", 9902, "Envoy's own way to auth's public keys")
    auth_database_url: str = variable(
        "GERBANG_AUTH_DATABASE_URL", "", "Default: sqlite in the state folder"
    )
    signer_database_url: str = variable("GERBANG_SIGNER_DATABASE_URL", "", "The same")
    bank_adapter_database_url: str = variable("GERBANG_BANK_ADAPTER_DATABASE_URL", "", "The same")
    audit_database_url: str = variable("GERBANG_AUDIT_DATABASE_URL", "", "The same")
    bank_url: str = variable("GERBANG_BANK_URL", "", "Base URL of the bank. Default: the simulator")
    bank_ca: str = variable(
        "GERBANG_BANK_CA", "", "PEM file that vouches for the bank. Default: the development CA"
    )
    bank_timeout_s: float = variable(
        "GERBANG_BANK_TIMEOUT_S", 60.0, "How long an answer of the bank is awaited"
    )
    transfer_wait_s: float = variable(
        "GERBANG_TRANSFER_WAIT_S", 10.0, "How long a transfer request waits for the bank"
    )
    bank_adapter_processes: int = variable(
        "GERBANG_BANK_ADAPTER_PROCESSES", 1, "bank-adapter processes that serve"
    )
    worker_processes: int = variable("GERBANG_WORKER_PROCESSES", 1, "bank-adapter workers")
    log_level: str = variable("GERBANG_LOG_LEVEL", "info", "debug, info, warning or error")

    def __post_init__(self) -> None:
        for name in ("bank_adapter_processes", "worker_processes"):
            if not 1 <= getattr(self, name) <= MAX_PROCESSES:
                raise SettingsError(f"{variable_of(name)} must be 1 to {MAX_PROCESSES}")
        for name in (f"{service}_database_url" for service in DATABASES):
            value = getattr(self, name)
            if value and urlsplit(value).scheme not in DATABASE_SCHEMES:
                raise SettingsError(
                    f"{variable_of(name)} must begin with sqlite:/// or mysql+pymysql://"
                )
        ports = [port for _, port in self.ports()]
        for name, port in self.ports():
            if not 1 <= port <= 65_535:  # noqa: PLR2004 - the range of TCP ports
                raise SettingsError(f"port {port} of {name} is outside 1 to 65535")
            if ports.count(port) > 1:
                raise SettingsError(f"port {port} is given to {name} and to another part")

    @property
    def state(self) -> Path:
        return (self.root / self.state_dir).absolute()

    @property
    def url(self) -> str:
        """Base URL of the edge, as a client on this machine reaches it."""
        host = "127.0.0.1" if self.host in EVERY_ADDRESS else self.host
        return f"https://{host}:{self.edge_port}"

    @property
    def simulator_url(self) -> str:
        return f"https://127.0.0.1:{self.simulator_port}"

    @property
    def simulator_admin_url(self) -> str:
        return f"http://127.0.0.1:{self.simulator_admin_port}"

    @property
    def bank_base_url(self) -> str:
        return self.bank_url or self.simulator_url

    def adapter_ports(self) -> tuple[int, ...]:
        """One port for each bank-adapter process that serves."""
        return spaced(self.bank_adapter_port, self.bank_adapter_processes)

    def worker_ports(self) -> tuple[int, ...]:
        return spaced(self.worker_port, self.worker_processes)

    def ports(self) -> list[tuple[str, int]]:
        """Every port that will be listened on, with the variable that moves it."""
        many = {"bank_adapter_port": self.adapter_ports(), "worker_port": self.worker_ports()}
        return [
            (variable_of(entry.name), port)
            for entry in dataclasses.fields(self)
            if entry.name.endswith("_port")
            for port in many.get(entry.name, (getattr(self, entry.name),))
        ]

    def database_url(self, service: str) -> str:
        """Where `service` ("bank-adapter") keeps its tables."""
        given: str = getattr(self, service.replace("-", "_") + "_database_url")
        return given or f"sqlite:///{self.state / 'data' / (service + '.db')}"


def spaced(first: int, count: int) -> tuple[int, ...]:
    return tuple(first + PROCESS_PORT_STEP * index for index in range(count))


DATABASES = ("auth", "signer", "bank_adapter", "audit")


def variable_of(name: str) -> str:
    """The environment variable behind a field of Settings."""
    for entry in dataclasses.fields(Settings):
        if entry.name == name:
            return str(entry.metadata["variable"])
    raise KeyError(name)


def from_environment(root: Path, environ: Mapping[str, str]) -> Settings:
    """Reads every variable; an unknown GERBANG_ variable is left alone.

    Raises SettingsError naming the variable that cannot be read.
    """
    values: dict[str, Any] = {}
    for entry in dataclasses.fields(Settings):
        name = entry.metadata.get("variable")
        text = environ.get(name, "") if name else ""
        if not text:
            continue
        try:
            values[entry.name] = parse(text, like=entry.default)
        except ValueError:
            raise SettingsError(f"{name}={text}: a number is expected") from None
    return Settings(root=root, **values)


def parse(text: str, *, like: object) -> str | int | float:
    """The text as a value of the same type as the default."""
    match like:
        case int():
            return int(text)
        case float():
            return float(text)
        case _:
            return text


def table() -> str:
    """The variables as a Markdown table."""
    lines = ["| variable | default | meaning |", "|---|---|---|"]
    for entry in dataclasses.fields(Settings):
        if name := entry.metadata.get("variable"):
            default = f"`{entry.default}`" if entry.default != "" else ""
            lines.append(f"| `{name}` | {default} | {entry.metadata['meaning']} |")
    return "\n".join(lines)
