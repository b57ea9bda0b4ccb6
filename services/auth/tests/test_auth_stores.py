"""The stores over SQLite and MariaDB: what they keep, guard and tell the audit."""

import asyncio
import shutil
from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from pathlib import Path

import pytest
from auth.adapters.tables import METADATA, OUTBOX
from auth.application.ports import (
    AlreadyExistsError,
    ChangedElsewhereError,
    StoreUnavailableError,
)
from auth.bootstrap import MIGRATIONS, Parts, open_parts
from auth.config import AuthSettings
from auth.domain.audit_event import AuditEvent, Kind
from auth.domain.client import Client, ClientStatus
from auth.domain.operator import Operator, OperatorStatus, Role
from auth.domain.signing_key import SigningKey
from gerbang.audit.v1.event_pb2 import Event
from servicekit.config import DatabaseSettings
from servicekit.database import migrate, open_engine
from servicekit.testing import FakeClock
from sqlalchemy import inspect, select

CLIENT = Client(
    client_id="erp",
    name="Sistem ERP — pusat",
    status=ClientStatus.ACTIVE,
    secret_hash="first",
    previous_secret=None,
    scopes=frozenset({"transfers.read", "audit.read"}),
    origins=frozenset({"https://erp.example.com"}),
    accounts=frozenset({"bca:1234567890"}),
    version=1,
    created_us=1_767_225_600_000_001,
    updated_us=1_767_225_600_000_001,
)
OPERATOR = Operator(
    name="jane",
    status=OperatorStatus.ACTIVE,
    password_hash="hash",
    sealed_totp_secret=b"\x00\xff",
    roles=frozenset({Role.VIEWER, Role.OPERATOR}),
    last_totp_step=0,
    failures_in_a_row=0,
    locked_until_us=0,
    version=1,
    created_us=1,
    updated_us=1,
)
KEY = SigningKey(
    kid="01ARZ3NDEKTSV4RRFFQ69G5FAV",
    generation=1,
    modulus="n" * 342,
    exponent="AQAB",
    sealed_private_key=b"\x00sealed",
    created_us=1,
    signs_from_us=2,
    revoked_us=None,
)


def event(kind: Kind = Kind.CLIENT_CREATED) -> AuditEvent:
    return AuditEvent(kind=kind, actor="test", client_id="erp", attributes={"a": "b"})


@pytest.fixture(params=["sqlite", "mariadb"])
def database_url(request: pytest.FixtureRequest, tmp_path: Path, migrated_sqlite: Path) -> str:
    if request.param == "sqlite":
        shutil.copy(migrated_sqlite, tmp_path / "auth.db")
        return f"sqlite:///{tmp_path / 'auth.db'}"
    new_url: Callable[[], str] = request.getfixturevalue("new_mariadb_url")
    url = new_url()
    engine = open_engine(DatabaseSettings(url=url))
    migrate(engine, MIGRATIONS)
    engine.dispose()
    return url


@pytest.fixture
async def parts(
    settings: AuthSettings, clock: FakeClock, random_bytes: Callable[[int], bytes]
) -> AsyncIterator[Parts]:
    async with open_parts(
        settings, clock=clock, random_bytes=random_bytes, hash_memory_kib=64
    ) as opened:
        yield opened


def outbox(parts: Parts) -> list[Event]:
    with parts.engine.connect() as connection:
        payloads = connection.execute(select(OUTBOX.c.payload)).scalars().all()
    return [Event.FromString(payload) for payload in payloads]


def test_the_migrations_make_the_tables_that_the_code_expects(database_url: str) -> None:
    engine = open_engine(DatabaseSettings(url=database_url))
    found = inspect(engine)
    for table in METADATA.sorted_tables:
        columns = {column["name"]: column["nullable"] for column in found.get_columns(table.name)}
        assert columns == {column.name: column.nullable for column in table.columns}
    engine.dispose()


async def test_a_client_comes_back_as_it_was_added(parts: Parts) -> None:
    await parts.clients.add(CLIENT, event())

    assert await parts.clients.find("erp") == CLIENT
    assert await parts.clients.every() == (CLIENT,)


@pytest.mark.parametrize("other", ["ERP", "erp ", "èrp", "er", "x" * 63, ""])
async def test_another_id_finds_nothing(parts: Parts, other: str) -> None:
    await parts.clients.add(CLIENT, event())

    assert await parts.clients.find(other) is None


async def test_a_second_client_of_one_id_is_refused_and_tells_nothing(parts: Parts) -> None:
    await parts.clients.add(CLIENT, event())
    with pytest.raises(AlreadyExistsError):
        await parts.clients.add(replace(CLIENT, name="other"), event())

    assert await parts.clients.find("erp") == CLIENT
    assert len(outbox(parts)) == 1


async def test_a_change_replaces_exactly_the_version_it_was_made_from(parts: Parts) -> None:
    await parts.clients.add(CLIENT, event())
    rotated = CLIENT.with_secret("second", old_valid_until_us=99, now_us=5)
    await parts.clients.replace(rotated, event(Kind.CLIENT_SECRET_ROTATED))

    assert await parts.clients.find("erp") == rotated


async def test_of_two_changes_at_once_one_is_refused_and_leaves_no_event(parts: Parts) -> None:
    await parts.clients.add(CLIENT, event())
    changes = (
        CLIENT.with_secret("second", old_valid_until_us=99, now_us=5),
        CLIENT.with_status(ClientStatus.DISABLED, now_us=5),
    )
    results = await asyncio.gather(
        *(parts.clients.replace(change, event(Kind.CLIENT_CHANGED)) for change in changes),
        return_exceptions=True,
    )

    assert [type(result) for result in results].count(ChangedElsewhereError) == 1
    assert len(outbox(parts)) == 2


async def test_an_operator_comes_back_as_it_was_stored(parts: Parts) -> None:
    await parts.operators.add(OPERATOR, event(Kind.OPERATOR_CREATED))
    failed = OPERATOR.after_failure(7)
    await parts.operators.replace(failed, event(Kind.OPERATOR_REFUSED))

    assert await parts.operators.find("jane") == failed
    assert await parts.operators.every() == (failed,)


async def test_an_operator_changes_only_from_the_present_version(parts: Parts) -> None:
    await parts.operators.add(OPERATOR, event(Kind.OPERATOR_CREATED))
    await parts.operators.replace(OPERATOR.after_failure(7), event(Kind.OPERATOR_REFUSED))
    with pytest.raises(ChangedElsewhereError):
        await parts.operators.replace(
            OPERATOR.after_login(step=1, now_us=8), event(Kind.OPERATOR_LOGGED_IN)
        )
    with pytest.raises(AlreadyExistsError):
        await parts.operators.add(OPERATOR, event(Kind.OPERATOR_CREATED))


async def test_a_generation_of_signing_keys_is_taken_once(parts: Parts) -> None:
    await parts.signing_keys.add(KEY, revoke=(), revoked_us=0, event=event(Kind.KEY_ROTATED))
    rival = replace(KEY, kid="01BX5ZZKBKACTAV9WEVGEMMVRZ")
    with pytest.raises(AlreadyExistsError):
        await parts.signing_keys.add(rival, revoke=(), revoked_us=0, event=event(Kind.KEY_ROTATED))

    assert await parts.signing_keys.every() == (KEY,)


async def test_a_new_key_and_the_revocation_of_the_old_are_one_step(parts: Parts) -> None:
    await parts.signing_keys.add(KEY, revoke=(), revoked_us=0, event=event(Kind.KEY_ROTATED))
    second = replace(KEY, kid="01BX5ZZKBKACTAV9WEVGEMMVRZ", generation=2)
    await parts.signing_keys.add(
        second, revoke=[KEY.kid], revoked_us=9, event=event(Kind.KEY_ROTATED)
    )
    third = replace(KEY, kid="01CX5ZZKBKACTAV9WEVGEMMVRZ", generation=3)
    with pytest.raises(AlreadyExistsError):
        await parts.signing_keys.add(
            third, revoke=[KEY.kid], revoked_us=10, event=event(Kind.KEY_ROTATED)
        )

    assert await parts.signing_keys.every() == (replace(KEY, revoked_us=9), second)


async def test_an_event_is_durable_when_its_change_is(parts: Parts, clock: FakeClock) -> None:
    await parts.clients.add(CLIENT, event())
    (stored,) = outbox(parts)

    assert (stored.kind, stored.service, stored.actor) == ("auth.client_created", "auth", "test")
    assert stored.client_id == "erp"
    assert dict(stored.attributes) == {"a": "b"}
    assert stored.occur_time.ToMicroseconds() == clock.now_us()
    assert len(stored.event_id) == 26


async def test_the_journal_keeps_an_event_that_changes_nothing(parts: Parts) -> None:
    await parts.journal.record(
        AuditEvent(kind=Kind.TOKEN_REFUSED, actor="x", target="/oauth2/token", status=401)
    )
    (stored,) = outbox(parts)

    assert (stored.request.method, stored.request.target) == ("POST", "/oauth2/token")
    assert stored.response.status == 401


async def test_a_database_that_is_gone_is_said_to_be_unavailable(parts: Parts) -> None:
    with parts.engine.begin() as connection:
        connection.exec_driver_sql("DROP TABLE client")

    with pytest.raises(StoreUnavailableError):
        await parts.clients.find("erp")
