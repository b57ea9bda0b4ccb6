"""What the signer's tests share: vectors, a clock, a store on SQLite, a signer without gRPC."""

import json
from collections.abc import AsyncIterator, Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import grpc.aio
import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from servicekit.channel import open_channel
from servicekit.clock import SystemClock
from servicekit.config import (
    DatabaseSettings,
    ListenSettings,
    LogSettings,
    Mode,
    PeerSettings,
    TLSSettings,
)
from servicekit.database import migrate, open_engine
from servicekit.secret import Secret
from servicekit.testing import FakeClock, issue_test_pki
from signer import bootstrap
from signer.adapters.fingerprint import public_key_fingerprint
from signer.adapters.key_files import parse_private_key, parse_public_key
from signer.adapters.software_keys import SoftwareCustody, private_bytes, public_bytes
from signer.adapters.sql_key_store import SQLKeyStore
from signer.application.add_key import NewKey
from signer.application.asking import Asking
from signer.application.key_ring import KeyRing, make_ring
from signer.application.key_use import KeyUse
from signer.application.ports import KeyMaterial
from signer.application.rate_limits import RateLimits
from signer.application.sign_calls import SignCalls
from signer.application.verify_call import VerifyCall
from signer.bootstrap import MIGRATIONS
from signer.config import GrantSettings, KEKSettings, SignerSettings
from signer.domain.grant import Grants
from signer.domain.key_profile import KeyProfile, Material, Purpose
from signer.domain.key_version import KeyVersion
from signer.domain.rate_limit import RateLimit
from signer.domain.scheme import Scheme
from signer.testing import (
    ADAPTER,
    NOW_US,
    Connect,
    Desk,
    MemoryJournal,
    MemoryReplays,
    adding,
    every_grant,
    import_keys,
    key_source,
)
from sqlalchemy import Engine

NAMES = ("signer", "bank-adapter", "auth", "edge", "operator/ani")
VECTORS = Path(__file__).parent / "vectors"


def load_vectors() -> dict[str, Any]:
    content: dict[str, Any] = json.loads((VECTORS / "snap-vectors.json").read_text("utf-8"))
    return content


@pytest.fixture(scope="session")
def vectors() -> dict[str, Any]:
    return load_vectors()


@pytest.fixture(scope="session")
def key_a(vectors: dict[str, Any]) -> KeyMaterial:
    """The published demo key. Never a key of ours."""
    return parse_private_key(
        vectors["keys"]["KEY-A"]["private"].encode(), passphrase=None, name="KEY-A"
    )


@pytest.fixture(scope="session")
def key_a_public(vectors: dict[str, Any]) -> KeyMaterial:
    return parse_public_key(vectors["keys"]["KEY-A"]["public"].encode(), name="KEY-A")


@pytest.fixture(scope="session")
def fresh_rsa() -> KeyMaterial:
    """An RSA key nobody knows."""
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    spki = public_bytes(key.public_key())
    fingerprint = public_key_fingerprint(spki)
    return KeyMaterial(
        kind=Material.RSA_PRIVATE,
        secret=Secret(private_bytes(key)),
        public_key=spki,
        fingerprint=fingerprint,
        digest=fingerprint,
    )


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock(NOW_US)


@pytest.fixture
def kek_file(tmp_path: Path) -> Path:
    path = tmp_path / "kek"
    path.write_text("7" * 64 + "\n")
    path.chmod(0o600)
    return path


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[Engine]:
    opened = open_engine(DatabaseSettings(url=f"sqlite:///{tmp_path / 'signer.db'}"))
    migrate(opened, MIGRATIONS)
    yield opened
    opened.dispose()


@pytest.fixture
def store(engine: Engine, kek_file: Path, clock: FakeClock) -> SQLKeyStore:
    made = SQLKeyStore(engine, sources=[key_source(kek_file)], clock=clock)
    made.create(actor="local:test")
    return made


@pytest.fixture
def threads() -> Iterator[ThreadPoolExecutor]:
    with ThreadPoolExecutor(2) as pool:
        yield pool


@pytest.fixture
def open_desk(
    store: SQLKeyStore, clock: FakeClock, threads: ThreadPoolExecutor
) -> Callable[..., Desk]:
    """Makes a desk over what is in the store now."""

    def open_(grants: Grants | None = None, limit: RateLimit | None = None) -> Desk:
        ring = KeyRing()
        ring.replace(make_ring(store.load(), {"software": SoftwareCustody()}))
        journal = MemoryJournal()
        use = KeyUse(
            ring=ring,
            grants=every_grant(store) if grants is None else grants,
            limits=RateLimits(
                {}, default=limit or RateLimit(per_second=1000, burst=1000), clock=clock
            ),
            journal=journal,
            threads=threads,
            clock=clock,
        )
        return Desk(
            ring=ring,
            use=use,
            sign=SignCalls(use),
            verify=VerifyCall(use, replays=MemoryReplays()),
            journal=journal,
            asking=Asking(caller=ADAPTER, trace_id="trace-1"),
        )

    return open_


@pytest.fixture
def put_key(store: SQLKeyStore, clock: FakeClock) -> Callable[..., KeyVersion]:
    """Imports a key as its only, active version."""

    def put(profile: KeyProfile, material: KeyMaterial, *, activate: bool = True) -> KeyVersion:
        new = NewKey(profile=profile, operator="local:test", activate=activate)
        return adding(store, clock).import_key(new, material)

    return put


@pytest.fixture(scope="session")
def pki(tmp_path_factory: pytest.TempPathFactory) -> dict[str, TLSSettings]:
    return issue_test_pki(tmp_path_factory.mktemp("pki"), NAMES)


@pytest.fixture
def settings(
    engine: Engine, kek_file: Path, pki: dict[str, TLSSettings], tmp_path: Path
) -> SignerSettings:
    return SignerSettings(
        mode=Mode.DEVELOPMENT,
        listen=ListenSettings(host="127.0.0.1", port=0),
        tls=pki["signer"],
        database=DatabaseSettings(url=str(engine.url)),
        audit=PeerSettings(target="127.0.0.1:9", server_name="audit.gerbang.internal"),
        kek=KEKSettings(key_file=kek_file),
        grants=(
            GrantSettings(
                caller=ADAPTER,
                key_id="bca-token",
                purposes=(Purpose.SIGN, Purpose.VERIFY),
                schemes=(Scheme.SNAP_TOKEN_ASYMMETRIC,),
            ),
            GrantSettings(
                caller=ADAPTER,
                key_id="bca-transaction",
                purposes=(Purpose.SIGN, Purpose.VERIFY),
                schemes=(Scheme.SNAP_TRANSACTION_SYMMETRIC,),
            ),
        ),
        log=LogSettings(level="error"),
    )


@pytest.fixture
async def connect(
    settings: SignerSettings, fresh_rsa: KeyMaterial, pki: dict[str, TLSSettings]
) -> AsyncIterator[Connect]:
    """A signer with two keys; opens channels to it as any identity."""
    import_keys(settings, fresh_rsa)
    async with bootstrap.running(settings, clock=SystemClock()) as server:

        @asynccontextmanager
        async def open_(name: str) -> AsyncIterator[grpc.aio.Channel]:
            target = f"127.0.0.1:{server.bound_port}"
            async with open_channel(target, pki[name], "signer.gerbang.internal") as channel:
                yield channel

        yield open_
