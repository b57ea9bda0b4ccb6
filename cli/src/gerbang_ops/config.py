"""Where the services are and who the operator is: one small strict TOML file.

Options on the command line take the place of the file or of parts of it. The
private key stays in its own file, which nobody else should be able to read.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import typer
from servicekit.config import PeerSettings, Settings, TLSSettings, load, parse

ENVIRONMENT = "GERBANG_OPS_CONFIG"
DEFAULT_PORTS = {"bank-adapter": 9102, "signer": 9103, "audit": 9104}


class OpsSettings(Settings):
    """The whole file."""

    identity: TLSSettings
    bank_adapter: PeerSettings | None = None
    signer: PeerSettings | None = None
    audit: PeerSettings | None = None

    def peer(self, service: str) -> PeerSettings:
        """The service's address; this machine's usual port when none is given."""
        given: PeerSettings | None = getattr(self, service.replace("-", "_"))
        if given is not None:
            return given
        return PeerSettings(
            target=f"127.0.0.1:{DEFAULT_PORTS[service]}", server_name=server_name(service)
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Overrides:
    """What the command line said instead of the file."""

    certificate: Path | None = None
    private_key: Path | None = None
    ca: Path | None = None
    targets: dict[str, str]


def server_name(service: str) -> str:
    return f"{service}.gerbang.internal"


def default_path() -> Path:
    return Path(typer.get_app_dir("gerbang")) / "ops.toml"


def read_settings(path: Path | None, overrides: Overrides) -> OpsSettings:
    """The file with the options laid over it. Raises ConfigError.

    Without a file the three identity options are enough.
    """
    identity = {
        "certificate_file": overrides.certificate,
        "private_key_file": overrides.private_key,
        "ca_file": overrides.ca,
    }
    given = {name: str(file.absolute()) for name, file in identity.items() if file is not None}
    peers = {
        service.replace("-", "_"): {"target": target, "server_name": server_name(service)}
        for service, target in overrides.targets.items()
    }
    if path is None and (len(given) == len(identity) or default_path().is_file()):
        path = default_path() if default_path().is_file() else None
        if path is None:
            return parse({"identity": given, **peers}, OpsSettings, path=Path("command line"))
    settings = load(path or default_path(), OpsSettings)
    changes: dict[str, Any] = {
        name: PeerSettings.model_validate(peer) for name, peer in peers.items()
    }
    if given:
        files = {name: Path(file) for name, file in given.items()}
        changes["identity"] = settings.identity.model_copy(update=files)
    return settings.model_copy(update=changes)
