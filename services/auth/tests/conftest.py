"""What auth's tests share: an installation in a folder, its clock, its databases."""

import hashlib
import shutil
from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from auth.adapters.rsa_key_pairs import RSAKeyPairs
from auth.application.create_client import CreateClient, NewClient
from auth.application.create_operator import CreateOperator, NewOperator
from auth.bootstrap import MIGRATIONS, Parts, open_parts
from auth.config import AuthSettings
from auth.domain.client import Client
from auth.domain.operator import Operator, Role
from auth.domain.signing_key import KeyPair
from servicekit.call import Call, Caller
from servicekit.config import DatabaseSettings, TLSSettings, parse
from servicekit.database import migrate, open_engine
from servicekit.rpc_policy import EDGE
from servicekit.secret import Secret
from servicekit.testing import FakeClock, issue_test_pki
from servicekit.testing_mariadb import mariadb_server

ORIGIN = "https://erp.example.co.id"
PUBLIC_ORIGIN = "https://gerbang.example.com"
CLIENT_SECRET = "a-secret-that-is-long-enough-0001"
PASSWORD = "correct horse battery"
CHEAP_HASH_KIB = 64
TOTP_SECRET = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
def random_bytes() -> Callable[[int], bytes]:
    """Bytes that differ with every call and are the same in every run."""
    calls = iter(range(1_000_000))

    def produce(count: int) -> bytes:
        return hashlib.shake_256(next(calls).to_bytes(4, "big")).digest(count)

    return produce


@pytest.fixture(scope="session")
def pki(tmp_path_factory: pytest.TempPathFactory) -> dict[str, TLSSettings]:
    names = ["auth", "edge", "audit", "signer", "bank-adapter", "client/payroll", "operator/jane"]
    return issue_test_pki(tmp_path_factory.mktemp("pki"), names)


@pytest.fixture(scope="session")
def migrated_sqlite(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A migrated, empty database file, copied by whoever needs one."""
    path = tmp_path_factory.mktemp("database") / "empty.db"
    engine = open_engine(DatabaseSettings(url=f"sqlite:///{path}"))
    migrate(engine, MIGRATIONS)
    # Closing the last connection folds the write-ahead log into the file.
    engine.dispose()
    return path


@pytest.fixture(scope="session")
def new_mariadb_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[[], str]]:
    with mariadb_server(tmp_path_factory.mktemp("mariadb")) as new_url:
        yield new_url


@pytest.fixture
def database_url(tmp_path: Path, migrated_sqlite: Path) -> str:
    shutil.copy(migrated_sqlite, tmp_path / "auth.db")
    return f"sqlite:///{tmp_path / 'auth.db'}"


@pytest.fixture
def document(tmp_path: Path, database_url: str, pki: dict[str, TLSSettings]) -> dict[str, Any]:
    """The configuration file of a development installation, decoded."""
    key_file = tmp_path / "encryption.key"
    key_file.write_text("ab" * 32 + "\n")
    key_file.chmod(0o600)
    tls = pki["auth"]
    return {
        "mode": "development",
        "listen": {"port": 0},
        "tls": {
            "certificate_file": str(tls.certificate_file),
            "private_key_file": str(tls.private_key_file),
            "ca_file": str(tls.ca_file),
        },
        "database": {"url": database_url},
        "keys": {"encryption_key_file": str(key_file)},
        "login": {"public_origin": PUBLIC_ORIGIN},
        "audit": {"target": "127.0.0.1:1", "server_name": "audit.gerbang.internal"},
    }


@pytest.fixture
def settings(document: dict[str, Any], tmp_path: Path) -> AuthSettings:
    return parse(document, AuthSettings, path=tmp_path / "auth.toml")


class OneKeyPair:
    """Always the same key pair: making one takes longer than most tests."""

    def __init__(self) -> None:
        self._pair = RSAKeyPairs().generate()

    def generate(self) -> KeyPair:
        return self._pair


@pytest.fixture(scope="session")
def one_key_pair() -> OneKeyPair:
    return OneKeyPair()


@pytest.fixture
async def parts(
    settings: AuthSettings,
    clock: FakeClock,
    random_bytes: Callable[[int], bytes],
    one_key_pair: OneKeyPair,
) -> AsyncIterator[Parts]:
    """The parts over SQLite, with one signing key."""
    async with open_parts(
        settings, clock=clock, random_bytes=random_bytes, hash_memory_kib=CHEAP_HASH_KIB
    ) as opened:
        await replace(opened.rotate_signing_key(), pairs=one_key_pair)(actor="test")
        yield opened


@pytest.fixture
async def client(parts: Parts) -> Client:
    """The client `erp`, which may read transfers and the audit from ORIGIN."""
    create = CreateClient(clients=parts.clients, hasher=parts.hasher, clock=parts.clock)
    new = NewClient(
        client_id="erp",
        name="ERP",
        scopes=frozenset({"transfers.read", "audit.read"}),
        origins=frozenset({ORIGIN}),
        accounts=frozenset({"bca:1234567890"}),
        secret=Secret(CLIENT_SECRET),
    )
    return await create(new, actor="test")


@pytest.fixture
async def operator(parts: Parts) -> Operator:
    """The operator `jane`, who may look."""
    create = CreateOperator(
        operators=parts.operators, hasher=parts.hasher, sealer=parts.sealer, clock=parts.clock
    )
    new = NewOperator(
        name="jane",
        roles=frozenset({Role.VIEWER}),
        password=Secret(PASSWORD),
        totp_secret=Secret(TOTP_SECRET),
    )
    return await create(new, actor="test")


@pytest.fixture
def new_call() -> Callable[..., Call]:
    """Makes calls as they come from the edge; keyword arguments are metadata, "_" for "-"."""

    def make(**metadata: str) -> Call:
        return Call(
            caller=Caller(spiffe_id=EDGE, from_edge=True),
            trace_id="trace-1",
            metadata={name.replace("_", "-"): value for name, value in metadata.items()},
            document=None,
            document_content_type="",
            deadline=2_000.0,
        )

    return make
