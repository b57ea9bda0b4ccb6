"""The program as it is started: its commands, its refusals, and who may connect."""

import asyncio
import datetime as dt
import json
import signal
import ssl
import subprocess
import sys
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path

import httpx
import pytest
from audit.adapters.event_store import SQLEventStore
from audit.adapters.tables import METADATA
from audit.config import AuditSettings
from audit.domain.event import Event
from audit.entrypoints.dashboard.server import DashboardServer
from audit.production import RefusedError, refuse_stand_ins
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from grpc_health.v1 import health_pb2, health_pb2_grpc
from servicekit.channel import open_channel
from servicekit.config import ConfigError, TLSSettings, load
from servicekit.database import open_engine
from servicekit.stand_ins import DEVELOPMENT_CA
from servicekit.testing import FakeClock, issue_test_pki
from sqlalchemy import Engine, inspect, text
from starlette.responses import PlainTextResponse
from starlette.types import Receive, Scope, Send

EXAMPLE = Path(__file__).parents[1] / "config" / "audit.toml"

CONFIG = """
mode = "{mode}"
[listen]
port = 0
[tls]
certificate_file = "audit.pem"
private_key_file = "audit.key"
ca_file = "ca.pem"
[database]
url = "sqlite:///{folder}/audit.db"
[dashboard]
port = 0
origins = ["https://localhost:8443"]
secret_key_file = "key"
"""


@pytest.fixture(scope="module")
def pki(tmp_path_factory: pytest.TempPathFactory) -> dict[str, TLSSettings]:
    return issue_test_pki(tmp_path_factory.mktemp("pki"), ["audit", "edge", "auth", "edge/x"])


@pytest.fixture
def config(tmp_path: Path, pki: dict[str, TLSSettings]) -> Path:
    folder = pki["audit"].ca_file.parent
    (folder / "key").write_bytes(b"k" * 32)
    (folder / "key").chmod(0o600)
    path = folder / f"{tmp_path.name}.toml"
    path.write_text(CONFIG.format(mode="development", folder=tmp_path))
    return path


def audit(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(  # noqa: S603 - fixed arguments
        [sys.executable, "-m", "audit", *map(str, arguments)],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def test_verify_tells_whole_from_broken(config: Path, make_event: Callable[..., Event]):
    unready = audit("verify", "--config", config)
    migrated = audit("migrate", "--config", config)
    engine = open_engine(load(config, AuditSettings).database)
    SQLEventStore(engine, FakeClock()).store([make_event() for _ in range(3)])
    whole = audit("verify", "--config", config)
    with engine.begin() as connection:
        connection.execute(text("DELETE FROM audit_event WHERE chain_sequence = 2"))
    engine.dispose()
    broken = audit("verify", "--config", config)

    assert (unready.returncode, migrated.returncode) == (2, 0)
    assert "python -m audit migrate" in unready.stderr
    assert whole.returncode == 0
    assert whole.stdout.startswith("whole: 3 events, head ")
    assert broken.returncode == 1
    assert broken.stdout == "broken at sequence 2: the event is missing\n"


def test_check_config_names_every_problem(config: Path):
    sound = audit("check-config", "--config", config)
    config.write_text(config.read_text().replace("origins", "orgins").replace("[tls]", "[tsl]"))
    unsound = audit("check-config", "--config", config)

    assert (sound.returncode, sound.stdout) == (0, "The configuration is sound.\n")
    assert unsound.returncode == 2
    for problem in ("tls: missing", "tsl: unknown key", "dashboard.orgins: unknown key"):
        assert problem in unsound.stderr


def test_a_short_dashboard_key_is_refused(config: Path):
    (config.parent / "key").write_bytes(b"short")

    refused = audit("check-config", "--config", config)

    assert refused.returncode == 2
    assert "shorter than 32 bytes" in refused.stderr


def test_origins_are_scheme_and_host(config: Path):
    config.write_text(config.read_text().replace("localhost:8443", "localhost:8443/dashboard"))

    with pytest.raises(ConfigError, match="without a path"):
        load(config, AuditSettings)


def test_the_example_configuration_is_sound():
    settings = load(EXAMPLE, AuditSettings)

    assert settings.mode == "production"
    assert settings.dashboard is not None


def development_ca(folder: Path) -> Path:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, DEVELOPMENT_CA)])
    now = dt.datetime.now(dt.UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now)
        .not_valid_after(now + dt.timedelta(days=1))
        .sign(key, hashes.SHA256())
    )
    path = folder / "dev-ca.pem"
    path.write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    return path


def test_production_refuses_sqlite_and_the_development_ca(config: Path, tmp_path: Path):
    ca_file = development_ca(tmp_path)
    config.write_text(
        config.read_text().replace("development", "production").replace("ca.pem", str(ca_file))
    )

    with pytest.raises(RefusedError) as refused:
        refuse_stand_ins(load(config, AuditSettings))

    sqlite, authority = str(refused.value).splitlines()
    assert sqlite.startswith("database.url: SQLite cannot withhold UPDATE and DELETE")
    assert authority.startswith("tls.ca_file: holds the Gerbang development CA")


def test_development_may_use_both(config: Path):
    refuse_stand_ins(load(config, AuditSettings))


def test_migrations_make_the_tables_that_the_code_uses(engine: Engine):
    inspector = inspect(engine)

    assert set(inspector.get_table_names()) == {*METADATA.tables, "alembic_version"}
    for name, table in METADATA.tables.items():
        made = {column["name"]: column["nullable"] for column in inspector.get_columns(name)}
        assert made == {column.name: column.nullable for column in table.columns}, name
        indices = {
            index["name"]: index["column_names"]
            for index in inspector.get_indexes(name)
            if not index["unique"]
        }
        assert indices == {
            index.name: [column.name for column in index.columns] for index in table.indexes
        }, name
        primary = inspector.get_pk_constraint(name)["constrained_columns"]
        assert primary == [column.name for column in table.primary_key.columns], name


async def pages(scope: Scope, receive: Receive, send: Send) -> None:
    await PlainTextResponse("page")(scope, receive, send)


@pytest.fixture
async def dashboard_port(pki: dict[str, TLSSettings]) -> AsyncIterator[int]:
    server = DashboardServer(pages, host="127.0.0.1", port=0, tls=pki["audit"])
    await server.start()
    yield server.bound_port
    await server.stop()


async def visit(port: int, identity: TLSSettings | None, trust: TLSSettings) -> httpx.Response:
    context = ssl.create_default_context(cafile=str(trust.ca_file))
    if identity is not None:
        context.load_cert_chain(identity.certificate_file, identity.private_key_file)
    async with httpx.AsyncClient(verify=context, trust_env=False) as client:
        return await client.get(f"https://127.0.0.1:{port}/")


async def test_the_edge_is_admitted(dashboard_port: int, pki: dict[str, TLSSettings]):
    answer = await visit(dashboard_port, pki["edge"], pki["edge"])

    assert (answer.status_code, answer.text) == (200, "page")
    assert "server" not in answer.headers


@pytest.mark.parametrize("name", ["auth", "audit", "edge/x", None])
async def test_every_other_certificate_is_dropped(
    name: str | None, dashboard_port: int, pki: dict[str, TLSSettings]
):
    with pytest.raises(httpx.TransportError):
        await visit(dashboard_port, pki[name] if name else None, pki["edge"])


async def test_a_certificate_of_another_ca_is_dropped(
    dashboard_port: int, pki: dict[str, TLSSettings], tmp_path: Path
):
    forged = issue_test_pki(tmp_path, ["edge"])

    with pytest.raises(httpx.TransportError):
        await visit(dashboard_port, forged["edge"], pki["edge"])


@pytest.fixture
def running(config: Path) -> Iterator[tuple[subprocess.Popen[str], int]]:
    """A served audit and its gRPC port, on a port that is told in the log."""
    assert audit("migrate", "--config", config).returncode == 0
    process = subprocess.Popen(  # noqa: S603 - fixed arguments
        [sys.executable, "-m", "audit", "serve", "--config", str(config)],
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stderr is not None
    line = json.loads(process.stderr.readline())
    yield process, line["port"]
    process.kill()
    process.wait()
    process.stderr.close()


async def test_a_served_audit_is_healthy_and_stops_in_order(
    running: tuple[subprocess.Popen[str], int], pki: dict[str, TLSSettings]
):
    process, port = running
    channel = open_channel(f"127.0.0.1:{port}", pki["auth"], "audit.gerbang.internal")
    stub = health_pb2_grpc.HealthStub(channel)
    answer = await stub.Check(health_pb2.HealthCheckRequest(), timeout=10)
    await channel.close()
    process.send_signal(signal.SIGTERM)

    assert answer.status == health_pb2.HealthCheckResponse.SERVING
    assert await asyncio.to_thread(process.wait, 20) == 0
