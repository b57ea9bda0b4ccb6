"""The key store and the journal mean the same on MariaDB."""

import asyncio
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from msgspec import structs
from servicekit.config import DatabaseSettings
from servicekit.database import check_durability, migrate, open_engine, read
from servicekit.testing import FakeClock
from servicekit.testing_mariadb import mariadb_server
from signer.adapters import journal_rows
from signer.adapters.journal_writer import JournalWriter
from signer.adapters.sql_key_store import KeyStoreError, SQLKeyStore
from signer.application.add_key import NewKey
from signer.application.move_key import KeyOrder, MoveKey
from signer.application.ports import KeyMaterial
from signer.bootstrap import MIGRATIONS
from signer.domain.journal import Act, Record, verify_chain
from signer.testing import NOW_US, adding, hmac_profile, key_source, rsa_profile, secret
from sqlalchemy import Engine, text


@pytest.fixture(scope="module")
def new_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[[], str]]:
    with mariadb_server(tmp_path_factory.mktemp("mariadb")) as made:
        yield made


@pytest.fixture
def mariadb(new_url: Callable[[], str]) -> Iterator[Engine]:
    opened = open_engine(DatabaseSettings(url=new_url()))
    migrate(opened, MIGRATIONS)
    check_durability(opened)
    yield opened
    opened.dispose()


@pytest.fixture
def filled(
    mariadb: Engine, kek_file: Path, clock: FakeClock, fresh_rsa: KeyMaterial
) -> SQLKeyStore:
    store = SQLKeyStore(mariadb, sources=[key_source(kek_file)], clock=clock)
    assert store.create(actor="local:test") is True
    assert store.create(actor="local:test") is False
    desk = adding(store, clock)
    desk.import_key(NewKey(profile=rsa_profile(), operator="ani", activate=True), fresh_rsa)
    for text_ in ("the-first-secret", "the-second-secret"):
        desk.import_key(NewKey(profile=hmac_profile(), operator="ani"), secret(text_))
    return store


def test_keys_come_back_and_move(
    filled: SQLKeyStore, clock: FakeClock, fresh_rsa: KeyMaterial
) -> None:
    moving = MoveKey(store=filled, clock=clock)
    for number in (1, 2):
        moving.promote(
            KeyOrder(
                key_id="bca-transaction", number=number, operator="ani", reason="tried by hand"
            )
        )
    found = [(one.version.state.value, one.kept.reveal()) for one in filled.load().versions]
    assert found == [
        ("ACTIVE", fresh_rsa.secret.reveal()),
        ("VERIFY_ONLY", b"the-first-secret"),
        ("ACTIVE", b"the-second-secret"),
    ]


def test_an_edited_row_does_not_open(filled: SQLKeyStore, mariadb: Engine) -> None:
    with mariadb.begin() as connection:
        connection.execute(text("UPDATE key_version SET state = 'ACTIVE' WHERE number = 2"))
    with pytest.raises(KeyStoreError, match="changed outside the signer"):
        filled.load()


async def test_replicas_and_the_command_line_write_one_chain(
    filled: SQLKeyStore, mariadb: Engine, clock: FakeClock
) -> None:
    record = Record(act=Act.SIGNED, time_us=NOW_US, actor="a", attempt_id="attempt-0")
    writers = [JournalWriter(mariadb), JournalWriter(mariadb)]
    for writer in writers:
        writer.start()
    moving = MoveKey(store=filled, clock=clock)
    order = KeyOrder(key_id="bca-transaction", number=1, operator="ani", reason="tried by hand")
    try:
        await asyncio.gather(
            *(
                writers[number % 2].append(
                    [structs.replace(record, attempt_id=f"attempt-{number}")] * 3
                )
                for number in range(60)
            ),
            asyncio.to_thread(moving.promote, order),
        )
    finally:
        for writer in writers:
            await asyncio.to_thread(writer.close)
    with read(mariadb) as connection:
        entries = list(journal_rows.walk(connection))
        head = journal_rows.read_head(connection)
    assert verify_chain(entries) == head
    assert sum(b'"act":"signer.signed"' in entry.content for entry in entries) == 180
