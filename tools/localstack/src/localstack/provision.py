"""Fills the databases of a development installation by the services' own command lines.

Tables, the signer's keys, the demo client and the demo operator. Every step
leaves alone what an earlier run made, so it runs before each start.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from cryptography.hazmat.primitives import serialization

from localstack import demo_client, demo_operator
from localstack.banks import Key, Origin
from localstack.commands import Commands, ProvisionError
from localstack.configs import Materials
from localstack.demo_client import DemoClient
from localstack.nursery import Nursery
from localstack.secret_files import Secrets, read_secret

MIGRATED = ("auth", "signer", "audit", "bank-adapter")


def signer_keys(commands: Commands, secrets: Secrets, keys: Iterable[Key]) -> None:
    """Every bank's keys, and the public halves that the banks are given."""
    listed = json.loads(commands.run("signer", "keys", "list", "--json"))
    active = {key["keyId"]: key["fingerprint"] for key in listed if key["state"] == "ACTIVE"}
    for key in keys:
        if key.key_id not in active:
            commands.run("signer", "keys", *coming(key, secrets))
        if key.origin is Origin.GENERATED:
            public = secrets.public_key_file(key.key_id)
            if fingerprint(public) != active.get(key.key_id, "none"):
                pem = commands.run("signer", "keys", "export-public", "--key-id", key.key_id)
                public.write_text(pem)


def coming(key: Key, secrets: Secrets) -> list[str | Path]:
    """The signer's words for taking a key in."""
    about: list[str | Path] = [
        "--key-id", key.key_id, "--scheme", key.scheme, "--purpose", key.purpose,
        "--encoding", key.encoding, "--activate",
    ]  # fmt: skip
    match key.origin:
        case Origin.GENERATED:
            return ["generate", *about]
        case Origin.SHARED:
            return ["import", *about, "--secret-file", secrets.shared_file(key.key_id)]
        case Origin.THEIRS:
            public = secrets.bank_public_key_file(key.key_id)
            return ["import", *about, "--public-key-file", public]


def fingerprint(public_key_file: Path) -> str | None:
    """SHA-256 of the key as the signer prints it; None without a file."""
    if not public_key_file.exists():
        return None
    key = serialization.load_pem_public_key(public_key_file.read_bytes())
    der = key.public_bytes(
        serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    return hashlib.sha256(der).hexdigest()


def client(
    commands: Commands,
    secrets: Secrets,
    client_id: str,
    *,
    scopes: Sequence[str],
    accounts: Sequence[str],
    origin: str,
) -> str:
    """Makes a client, or finds it; returns its secret."""
    secret_file = secrets.folder / f"client-{client_id}"
    rights: list[str | Path] = [
        *(f"--scope={scope}" for scope in scopes),
        *(f"--account={account}" for account in accounts),
        f"--origin={origin}",
        "--secret-file",
        secret_file,
    ]
    had_secret = secret_file.exists()
    try:
        commands.run("auth", "clients", "create", client_id, *rights, "--if-absent")
    except ProvisionError:
        if had_secret or secret_file.exists():
            raise
        # The database knows the client from elsewhere; only a new secret helps.
        commands.run(
            "auth", "clients", "rotate", client_id, "--overlap-s", "0", "--secret-file", secret_file
        )
    return read_secret(secret_file)


def operator(commands: Commands, secrets: Secrets) -> None:
    """The demo operator; password and TOTP secret are files."""
    commands.run(
        "auth", "operators", "create", demo_operator.NAME,
        *(f"--role={role}" for role in demo_operator.ROLES),
        "--password-file", secrets.operator_password_file,
        "--totp-secret-file", secrets.operator_totp_file,
        "--if-absent",
    )  # fmt: skip


def everything(
    materials: Materials,
    *,
    configs: Mapping[str, Path],
    only: Collection[str],
    nursery: Nursery | None = None,
) -> DemoClient:
    """Provisions the parts named in `only`; returns the demo client."""
    secrets = materials.secrets

    def provision(service: str, commands: Commands) -> str:
        commands.run(service, "migrate")
        match service:
            case "signer":
                signer_keys(
                    commands, secrets, [key for bank in materials.banks for key in bank.keys]
                )
            case "auth":
                operator(commands, secrets)
                return demo_erp(commands, secrets)
        return ""

    # Each has a database of its own, so side by side.
    with Commands(configs, nursery) as commands, ThreadPoolExecutor() as pool:
        services = [service for service in MIGRATED if service in only]
        done = pool.map(lambda service: provision(service, commands), services)
        return DemoClient(secret="".join(done))


def demo_erp(commands: Commands, secrets: Secrets) -> str:
    """The demo client, also of an older installation that knew fewer banks."""
    secret = client(
        commands,
        secrets,
        demo_client.CLIENT_ID,
        scopes=demo_client.SCOPES,
        accounts=demo_client.ACCOUNTS,
        origin=demo_client.ORIGIN,
    )
    accounts = [f"--account={account}" for account in demo_client.ACCOUNTS]
    commands.run("auth", "clients", "change", demo_client.CLIENT_ID, *accounts)
    return secret
