"""Renders the configuration file of every process below .gerbang/config.

The shapes are those of each service's own config.py, which reads them strictly:
a key that is wrong here stops that service's start with a sentence.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit, urlunsplit

from localstack import bank_files, demo_client, demo_operator, toml_file
from localstack.banks import LocalBank
from localstack.pki import Identity
from localstack.secret_files import Secrets, write_secret
from localstack.settings import Settings

# By the name of the process's configuration: "bank-adapter", "edge", ...
Overrides = Mapping[str, Mapping[str, Any]]

# How long a stop waits for payments under way; a developer waits for the stop.
DRAIN_S = 5.0
# A lease outlives signature and bank together (the adapter refuses less).
LEASE_MARGIN_S = 30.0
# A caller inside the house, so that the documented example works at once.
INTERNAL_CALLER = "client/payroll"
# The demo operator's certificate, for gerbang-ops.
OPERATOR = f"operator/{demo_operator.NAME}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Materials:
    """What the files refer to."""

    settings: Settings
    identities: Mapping[str, Identity]
    secrets: Secrets
    origins: tuple[str, ...]
    # The first is the default.
    banks: tuple[LocalBank, ...]


def tls(identity: Identity) -> dict[str, Any]:
    return {
        "certificate_file": identity.certificate_file,
        "private_key_file": identity.private_key_file,
        "ca_file": identity.ca_file,
    }


def peer(service: str, port: int) -> dict[str, Any]:
    return {"target": f"127.0.0.1:{port}", "server_name": f"{service}.gerbang.internal"}


def database(materials: Materials, service: str) -> dict[str, Any]:
    """The database table; a password in the URL moves to a file of its own."""
    url = urlsplit(materials.settings.database_url(service))
    if url.scheme == "sqlite":
        return {"url": materials.settings.database_url(service)}
    table: dict[str, Any] = {}
    if url.password is not None:
        file = materials.settings.state / "secrets" / f"{service}-database-password"
        table["password_file"] = write_secret(file, url.password)
    place = url.netloc.rpartition("@")[2]
    netloc = f"{url.username}@{place}" if url.username else place
    return {"url": urlunsplit(url._replace(netloc=netloc)), **table}


def service_file(materials: Materials, service: str, port: int) -> dict[str, Any]:
    """The part that every service shares."""
    table: dict[str, Any] = {
        "mode": "development",
        "listen": {"host": "127.0.0.1", "port": port},
        "tls": tls(materials.identities[service]),
        "database": database(materials, service),
        "log": {"level": materials.settings.log_level},
    }
    if service != "audit":
        table["audit"] = peer("audit", materials.settings.audit_port)
    return table


def auth_file(materials: Materials) -> dict[str, Any]:
    settings, secrets = materials.settings, materials.secrets
    return {
        **service_file(materials, "auth", settings.auth_port),
        "keys": {"encryption_key_file": secrets.auth_encryption_key_file},
        "login": {"public_origin": settings.url},
    }


def signer_file(materials: Materials) -> dict[str, Any]:
    settings, secrets = materials.settings, materials.secrets
    return {
        **service_file(materials, "signer", settings.signer_port),
        "kek": {
            "passphrase_file": secrets.kek_passphrase_file,
            # Our passphrase is 256 random bits; every command would pay for more.
            "scrypt_log2_n": 14,
        },
        "grants": bank_files.grants(
            materials.banks, materials.identities["bank-adapter"].spiffe_id
        ),
    }


def audit_file(materials: Materials) -> dict[str, Any]:
    settings, secrets = materials.settings, materials.secrets
    return {
        **service_file(materials, "audit", settings.audit_port),
        "dashboard": {
            "port": settings.dashboard_port,
            "origins": [settings.url],
            "secret_key_file": secrets.dashboard_key_file,
        },
        "internal_clients": [
            internal_client(["audit.read"]),
            operator_client(["audit.read", "audit.verify"]),
        ],
    }


def adapter_file(materials: Materials, *, port: int, worker_port: int) -> dict[str, Any]:
    settings, secrets = materials.settings, materials.secrets
    ca_file = materials.identities["simulator"].ca_file
    return {
        **service_file(materials, "bank-adapter", port),
        "default_bank": materials.banks[0].bank_id,
        "bank_wait_s": settings.transfer_wait_s,
        "drain_s": DRAIN_S,
        "token_key_file": secrets.adapter_token_key_file,
        "signer": peer("signer", settings.signer_port),
        "worker": {"listen": {"host": "127.0.0.1", "port": worker_port}},
        "lease": {"length_s": settings.bank_timeout_s + LEASE_MARGIN_S},
        "internal_clients": [
            internal_client(["transfers.write", "transfers.read"]),
            operator_client(["transfers.operate", "transfers.approve"]),
        ],
        "banks": {
            bank.bank_id: bank_files.in_the_adapter(bank, settings, ca_file=ca_file)
            for bank in materials.banks
        },
    }


def internal_client(scopes: list[str]) -> dict[str, Any]:
    return {
        "spiffe_id": f"spiffe://gerbang/{INTERNAL_CALLER}",
        "client_id": INTERNAL_CALLER.rpartition("/")[2],
        "scopes": scopes,
        "accounts": list(demo_client.ACCOUNTS),
    }


def operator_client(scopes: list[str]) -> dict[str, Any]:
    """A person with a certificate; no accounts, because people do not pay."""
    return {
        "spiffe_id": f"spiffe://gerbang/{OPERATOR}",
        "client_id": OPERATOR.replace("/", "-"),
        "scopes": scopes,
    }


def ops_file(settings: Settings, identity: Identity) -> dict[str, Any]:
    """The configuration of `gerbang-ops` for the demo operator."""
    return {
        "identity": tls(identity),
        "bank_adapter": peer("bank-adapter", settings.bank_adapter_port),
        "signer": peer("signer", settings.signer_port),
        "audit": peer("audit", settings.audit_port),
    }


def edge_file(materials: Materials) -> dict[str, Any]:
    settings = materials.settings
    identity = materials.identities["edge"]
    loopback = ["127.0.0.0/8", "::1/128"]
    adapters = [f"127.0.0.1:{port}" for port in settings.adapter_ports()]
    return {
        "admin_port": settings.envoy_admin_port,
        "jwks_port": settings.jwks_port,
        "descriptor_file": settings.root / "protos" / "descriptors" / "edge.binpb",
        "public": {
            "host": settings.host,
            "port": settings.edge_port,
            "certificate_file": identity.certificate_file,
            "private_key_file": identity.private_key_file,
        },
        "identity": tls(identity),
        "upstreams": {
            "auth": {"targets": [f"127.0.0.1:{settings.auth_port}"]},
            "bank_adapter": {"targets": adapters},
            "audit": {"targets": [f"127.0.0.1:{settings.audit_port}"]},
            "dashboard": {"targets": [f"127.0.0.1:{settings.dashboard_port}"]},
        },
        "access": {
            "origins": list(materials.origins),
            "client_cidrs": ["0.0.0.0/0", "::/0"],
            "operator_cidrs": loopback,
            "callback_cidrs": loopback,
        },
        "times": {
            "bank_wait_s": settings.transfer_wait_s,
            "bank_timeout_s": settings.bank_timeout_s,
        },
    }


def simulator_file(materials: Materials) -> dict[str, Any]:
    settings = materials.settings
    identity = materials.identities["simulator"]
    return {
        "bank": {
            "port": settings.simulator_port,
            "certificate_file": identity.certificate_file,
            "private_key_file": identity.private_key_file,
        },
        "admin": {"port": settings.simulator_admin_port},
        "rules": {"magic_amounts": True},
        "journal_file": settings.state / "data" / "simulator.journal",
        "partners": [
            bank_files.at_the_simulator(
                bank,
                materials.secrets,
                edge_url=f"https://127.0.0.1:{settings.edge_port}",
                ca_file=identity.ca_file,
            )
            for bank in materials.banks
        ],
        **bank_files.accounts(materials.banks),
    }


def files(materials: Materials) -> dict[str, dict[str, Any]]:
    """Every file by the name of its process."""
    settings = materials.settings
    adapters = {
        numbered("bank-adapter", index): adapter_file(
            materials, port=port, worker_port=settings.worker_port
        )
        for index, port in enumerate(settings.adapter_ports())
    }
    workers = {
        numbered("worker", index): adapter_file(
            materials, port=settings.bank_adapter_port, worker_port=port
        )
        for index, port in enumerate(settings.worker_ports())
    }
    return {
        "auth": auth_file(materials),
        "signer": signer_file(materials),
        "audit": audit_file(materials),
        "edge": edge_file(materials),
        "simulator": simulator_file(materials),
        **adapters,
        **workers,
    }


def numbered(name: str, index: int) -> str:
    """The name of a process: worker, worker-2, worker-3."""
    return name if index == 0 else f"{name}-{index + 1}"


def write(
    settings: Settings, files: Mapping[str, Mapping[str, Any]], overrides: Overrides
) -> dict[str, Path]:
    """Writes each file with its overrides laid over it; returns where they are."""
    paths = {}
    for name, table in files.items():
        path = settings.state / "config" / f"{name}.toml"
        toml_file.write(path, toml_file.merged(table, overrides.get(name, {})))
        paths[name] = path
    return paths
