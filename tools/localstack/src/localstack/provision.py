"""Fills the databases of a development installation by the services' own command lines.

Tables, the signer's keys, the demo client and the demo operator. Every step
leaves alone what an earlier run made, so it runs before each start.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from cryptography.hazmat.primitives import serialization

from localstack import demo_client, demo_operator
from localstack.commands import Commands, ProvisionError
from localstack.configs import (
    CALLBACK_KEY,
    CALLBACK_TOKEN_KEY,
    TOKEN_KEY,
    TRANSACTION_KEY,
    Materials,
)
from localstack.demo_client import DemoClient
from localstack.secret_files import Secrets, read_secret

MIGRATED = ("auth", "signer", "audit", "bank-adapter")


def signer_keys(commands: Commands, secrets: Secrets) -> None:
    """The keys that sign to the bank, the public half of one, and those that check its calls."""
    listed = json.loads(commands.run("signer", "keys", "list", "--json"))
    active = {key["keyId"]: key["fingerprint"] for key in listed if key["state"] == "ACTIVE"}
    if TOKEN_KEY not in active:
        commands.run(
            "signer", "keys", "generate", "--key-id", TOKEN_KEY,
            "--scheme", "snap_token_asymmetric", "--activate",
        )  # fmt: skip
    if TRANSACTION_KEY not in active:
        commands.run(
            "signer", "keys", "import", "--key-id", TRANSACTION_KEY,
            "--scheme", "snap_transaction_symmetric", "--activate",
            "--secret-file", secrets.transaction_secret_file,
        )  # fmt: skip
    if CALLBACK_TOKEN_KEY not in active:
        commands.run(
            "signer", "keys", "import", "--key-id", CALLBACK_TOKEN_KEY,
            "--scheme", "snap_token_asymmetric", "--activate",
            "--public-key-file", secrets.bank_public_key_file,
        )  # fmt: skip
    if CALLBACK_KEY not in active:
        commands.run(
            "signer", "keys", "import", "--key-id", CALLBACK_KEY,
            "--scheme", "snap_transaction_symmetric", "--purpose", "verify", "--activate",
            "--secret-file", secrets.callback_secret_file,
        )  # fmt: skip
    if fingerprint(secrets.token_public_key_file) != active.get(TOKEN_KEY, "none"):
        pem = commands.run("signer", "keys", "export-public", "--key-id", TOKEN_KEY)
        secrets.token_public_key_file.write_text(pem)


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
    materials: Materials, *, configs: Mapping[str, Path], only: Collection[str]
) -> DemoClient:
    """Provisions the parts named in `only`; returns the demo client."""
    secrets = materials.secrets

    def provision(service: str, commands: Commands) -> str:
        commands.run(service, "migrate")
        match service:
            case "signer":
                signer_keys(commands, secrets)
            case "auth":
                operator(commands, secrets)
                return demo_erp(commands, secrets)
        return ""

    # Each has a database of its own, so side by side.
    with Commands(configs) as commands, ThreadPoolExecutor() as pool:
        services = [service for service in MIGRATED if service in only]
        done = pool.map(lambda service: provision(service, commands), services)
        return DemoClient(secret="".join(done))


def demo_erp(commands: Commands, secrets: Secrets) -> str:
    return client(
        commands,
        secrets,
        demo_client.CLIENT_ID,
        scopes=demo_client.SCOPES,
        accounts=[f"{demo_client.BANK}:{demo_client.SOURCE_ACCOUNT}"],
        origin=demo_client.ORIGIN,
    )
