"""Databases for the audit's tests: each test gets an empty, migrated schema."""

import itertools
import shutil
import sys
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import grpc
import pytest
from audit.adapters.event_store import SQLEventStore
from audit.adapters.event_writer import EventWriter
from audit.adapters.reader import Reader
from audit.bootstrap import MIGRATIONS, build_server
from audit.config import AuditSettings
from audit.domain.event import Event, Exchange
from servicekit.channel import open_channel
from servicekit.config import (
    DatabaseSettings,
    InternalClient,
    ListenSettings,
    Mode,
    TLSSettings,
)
from servicekit.database import migrate, open_engine
from servicekit.testing import FAKE_NOW_US, FakeClock, issue_test_pki
from servicekit.testing_mariadb import mariadb_server
from sqlalchemy import Engine

sys.path.insert(0, str(Path(__file__).parent))

from rpc_peers import Peer, PeerMaker

PEERS = [
    "audit", "auth", "signer", "bank-adapter", "edge", "operator/budi", "operator/tono",
    "client/payroll", "client/nobody",
]  # fmt: skip
DIGITS = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"


@pytest.fixture(scope="session")
def mariadb_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[[], str]]:
    """One MariaDB for the session, started when first wanted."""
    with ExitStack() as stack:
        started: list[Callable[[], str]] = []

        def new_url() -> str:
            if not started:
                folder = tmp_path_factory.mktemp("db")
                started.append(stack.enter_context(mariadb_server(folder)))
            return started[0]()

        yield new_url


@pytest.fixture(scope="session")
def migrated_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An SQLite file with all tables, to be copied: migrating takes longer than a test."""
    path = tmp_path_factory.mktemp("template") / "audit.db"
    opened = open_engine(DatabaseSettings(url=f"sqlite:///{path}"))
    migrate(opened, MIGRATIONS)
    opened.dispose()
    return path


@pytest.fixture
def sqlite_engine(tmp_path: Path, migrated_file: Path) -> Iterator[Engine]:
    path = Path(shutil.copy(migrated_file, tmp_path))
    opened = open_engine(DatabaseSettings(url=f"sqlite:///{path}"))
    yield opened
    opened.dispose()


@pytest.fixture
def mariadb_engine(mariadb_url: Callable[[], str]) -> Iterator[Engine]:
    opened = open_engine(DatabaseSettings(url=mariadb_url()))
    migrate(opened, MIGRATIONS)
    yield opened
    opened.dispose()


@pytest.fixture(params=["sqlite", "mariadb"])
def engine(request: pytest.FixtureRequest) -> Engine:
    """Each test that takes it runs on both databases."""
    opened: Engine = request.getfixturevalue(f"{request.param}_engine")
    return opened


@pytest.fixture
async def reader(engine: Engine) -> AsyncIterator[Reader]:
    opened = Reader(engine)
    yield opened
    await opened.close()


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
def store(engine: Engine, clock: FakeClock) -> SQLEventStore:
    return SQLEventStore(engine, clock)


def ulid(number: int) -> str:
    """A ULID for tests; a larger number sorts later."""
    text = ""
    for _ in range(26):
        number, digit = divmod(number, 32)
        text = DIGITS[digit] + text
    return text


EventMaker = Callable[..., Event]


@pytest.fixture
def make_event() -> EventMaker:
    """Makes events with increasing ids and times; arguments replace any field."""
    numbers = itertools.count(1)

    def make(**changes: object) -> Event:
        number = next(numbers)
        fields: dict[str, object] = {
            "event_id": ulid(number),
            "occur_us": FAKE_NOW_US + number * 1_000,
            "service": "bank-adapter",
            "kind": "bank.attempt.finished",
            "actor": "erp",
            "trace_id": f"trace-{number}",
            "transfer_id": "01JDTRANSFER",
            "partner_reference_no": "INV-1",
            "bank_partner_reference_no": "88001",
            "bank": "bca",
            "attempt_id": f"attempt-{number}",
            "client_id": "erp",
            "request": Exchange(
                method="POST", target="/openapi/v1.0/transfer-intrabank", body='{"a":"ä\\u0000"}'
            ),
            "response": Exchange(
                status=200, headers={"x-time": "1"}, body='{"responseCode":"2001700"}'
            ),
            "attributes": {"verdict": "SETTLED"},
        }
        return Event(**{**fields, **changes})

    return make


@pytest.fixture(scope="session")
def pki(tmp_path_factory: pytest.TempPathFactory) -> dict[str, TLSSettings]:
    return issue_test_pki(tmp_path_factory.mktemp("pki"), PEERS)


@pytest.fixture
async def port(
    sqlite_engine: Engine, pki: dict[str, TLSSettings], clock: FakeClock, tmp_path: Path
) -> AsyncIterator[int]:
    def client(name: str, client_id: str, *scopes: str) -> InternalClient:
        return InternalClient(
            spiffe_id=f"spiffe://gerbang/{name}", client_id=client_id, scopes=frozenset(scopes)
        )

    settings = AuditSettings(
        mode=Mode.DEVELOPMENT,
        listen=ListenSettings(port=0),
        tls=pki["audit"],
        database=DatabaseSettings(url=f"sqlite:///{tmp_path / 'audit.db'}"),
        internal_clients=(
            client("operator/budi", "operator-budi", "audit.read", "audit.verify"),
            client("client/payroll", "payroll", "audit.read"),
        ),
    )
    reader = Reader(sqlite_engine)
    writer = EventWriter(SQLEventStore(sqlite_engine, clock))
    writer.start()
    server = build_server(settings, reader=reader, writer=writer, clock=clock)
    await server.start()
    await server.set_serving(True)
    yield server.bound_port
    await server.stop(0)
    await writer.close()
    await reader.close()


@pytest.fixture
async def peer(port: int, pki: dict[str, TLSSettings]) -> AsyncIterator[PeerMaker]:
    channels: list[grpc.aio.Channel] = []

    def make(name: str, *metadata: tuple[str, str]) -> Peer:
        channel = open_channel(f"127.0.0.1:{port}", pki[name], "audit.gerbang.internal")
        channels.append(channel)
        return Peer(channel, metadata)

    yield make
    for channel in channels:
        await channel.close()
