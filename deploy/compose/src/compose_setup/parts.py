"""What each part of the installation is called, runs as and holds."""

from __future__ import annotations

import base64
import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

SECRET_BYTES = 32


def text() -> bytes:
    """A password or passphrase of 256 bits."""
    return secrets.token_urlsafe(SECRET_BYTES).encode()


def hexadecimal() -> bytes:
    return secrets.token_hex(SECRET_BYTES).encode()


def raw() -> bytes:
    """32 bytes whose last is no newline: readers strip one."""
    while (made := secrets.token_bytes(SECRET_BYTES)).endswith(b"\n"):
        pass
    return made


def base32() -> bytes:
    """A TOTP secret of 160 bits, as authenticator apps take it."""
    return base64.b32encode(secrets.token_bytes(20))


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """One process of the stack.

    name: as in Compose, and as its folder here.
    owner: its numeric user; the same number stands in its Dockerfile.
    config_folder: in the repository, and below /opt/gerbang/share in the image.
    """

    name: str
    owner: int
    config_folder: str
    secrets: Mapping[str, Callable[[], bytes]] = field(default_factory=dict)
    # Files that only a sandbox has, from the repository.
    sandbox_files: Mapping[str, str] = field(default_factory=dict)
    sandbox_only: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Schema:
    """A service's schema. Its users: the service's own, and one for migrations."""

    name: str
    service: str
    grants_file: str

    @property
    def user(self) -> str:
        return self.name

    @property
    def migration_user(self) -> str:
        return f"{self.name}_migrate"

    @property
    def script_location(self) -> str:
        return f"{self.name}:migrations"


DEMO = "simulator/config/demo"
# A published value, the same as in simulator/config/simulator.sandbox.toml.
DEMO_BANK_SECRET = b"demo-client-secret-0001"
DEMO_BANK_SECRET_FILE = "demo-bank-secret"  # noqa: S105 - the name of a file
# The same for the simulator's calls to us.
DEMO_CALLBACK_SECRET = b"demo-callback-secret-0001"
DEMO_CALLBACK_SECRET_FILE = "demo-callback-secret"  # noqa: S105 - the name of a file

PARTS = (
    Part(
        name="auth",
        owner=10001,
        config_folder="services/auth/config",
        secrets={"encryption-key": hexadecimal},
    ),
    Part(
        name="signer",
        owner=10002,
        config_folder="services/signer/config",
        secrets={"kek-passphrase": text},
        sandbox_files={"demo-bank-key.pem": f"{DEMO}/key-a.private.pem"},
    ),
    Part(
        name="bank-adapter",
        owner=10003,
        config_folder="services/bank-adapter/config",
        secrets={"token-key": raw},
    ),
    Part(
        name="audit",
        owner=10004,
        config_folder="services/audit/config",
        secrets={"dashboard-key": text},
    ),
    # The number of the user `envoy` in Envoy's own image.
    Part(name="edge", owner=101, config_folder="edge/config"),
    Part(
        name="simulator",
        owner=10005,
        config_folder="simulator/config",
        sandbox_files={"key-a.public.pem": f"{DEMO}/key-a.public.pem"},
        sandbox_only=True,
    ),
)
SCHEMAS = tuple(
    Schema(
        name=service.replace("-", "_"),
        service=service,
        grants_file=f"services/{service}/config/grants.sql",
    )
    for service in ("auth", "signer", "bank-adapter", "audit")
)
# The number of the user `mysql` in the images of MySQL and of MariaDB.
DATABASE_OWNER = 999
MIGRATE_OWNER = 10000
