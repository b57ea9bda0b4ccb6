"""The key store notices every change that is not its own."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from servicekit.database import check_migrated, migrate
from servicekit.testing import FakeClock
from signer.adapters.key_encryption import KeyEncryptionError
from signer.adapters.sql_key_store import KeyStoreError, SQLKeyStore
from signer.adapters.tables import key_version
from signer.application.move_key import KeyOrder, MoveKey
from signer.application.ports import KeyMaterial, KeyStoreChanged, StoreChange
from signer.bootstrap import MIGRATIONS
from signer.domain.key_version import KeyVersion
from signer.testing import hmac_profile, key_source, rsa_profile, secret
from sqlalchemy import Engine, text

Put = Callable[..., KeyVersion]


@pytest.fixture
def filled(store: SQLKeyStore, put_key: Put, fresh_rsa: KeyMaterial) -> SQLKeyStore:
    put_key(rsa_profile(), fresh_rsa)
    put_key(hmac_profile(), secret("a-shared-secret"))
    put_key(hmac_profile(), secret("another-secret"), activate=False)
    return store


def edit(engine: Engine, statement: str, **values: Any) -> None:
    with engine.begin() as connection:
        assert connection.execute(text(statement), values).rowcount >= 1


def test_keys_come_back_as_they_were_put_in(filled: SQLKeyStore, fresh_rsa: KeyMaterial) -> None:
    content = filled.load()
    assert set(content.profiles.values()) == {rsa_profile(), hmac_profile()}
    kept = {(one.version.key_id, one.version.number): one.kept.reveal() for one in content.versions}
    assert kept == {
        ("bca-token", 1): fresh_rsa.secret.reveal(),
        ("bca-transaction", 1): b"a-shared-secret",
        ("bca-transaction", 2): b"another-secret",
    }


def test_the_database_file_holds_no_key(
    filled: SQLKeyStore, engine: Engine, fresh_rsa: KeyMaterial, tmp_path: Path
) -> None:
    engine.dispose()
    everything = b"".join(path.read_bytes() for path in tmp_path.glob("signer.db*"))
    assert b"bca-token" in everything
    assert b"a-shared-secret" not in everything
    assert fresh_rsa.secret.reveal()[-300:-200] not in everything


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE key_version SET state = 'VERIFY_ONLY' WHERE key_id = CAST('bca-token' AS BLOB)",
        "UPDATE key_version SET state = 'ACTIVE' WHERE number = 2",
        "UPDATE key_version SET number = 7 WHERE number = 2",
        "UPDATE key_version SET fingerprint = 'ff'",
        "UPDATE key_version SET public_key = x'00'",
        "UPDATE key_version SET destroy_confirmed_by = 'spiffe://gerbang/operator/eve'",
        "UPDATE key_version SET probe_accepted = 1, probe_us = 1, probe_code = '2007300'",
        "UPDATE key_version SET custody = 'pkcs11'",
        "UPDATE key_version SET sealed = substr(sealed, 1, length(sealed) - 1)",
        "UPDATE key_profile SET purposes = 'verify'",
        "UPDATE key_profile SET encoding = 'hex'",
        "UPDATE key_profile SET schemes = 'bca_legacy_symmetric'",
        "UPDATE key_version SET sealed = (SELECT sealed FROM key_version WHERE number = 2)",
    ],
)
def test_an_edited_row_does_not_open(filled: SQLKeyStore, engine: Engine, statement: str) -> None:
    edit(engine, statement)
    with pytest.raises((KeyStoreError, KeyEncryptionError)):
        filled.load()


@pytest.mark.parametrize(
    "statement",
    [
        "DELETE FROM key_version WHERE number = 2",
        "UPDATE key_ring SET revision = revision + 1",
        "UPDATE key_ring SET list_tag = x'00'",
    ],
)
def test_a_row_taken_away_is_noticed(filled: SQLKeyStore, engine: Engine, statement: str) -> None:
    edit(engine, statement)
    with pytest.raises(KeyStoreError, match="list of keys was changed"):
        filled.load()


def test_an_older_copy_of_a_whole_row_is_noticed(
    filled: SQLKeyStore, engine: Engine, clock: FakeClock
) -> None:
    """A row put back as it was is genuine by itself; the list's tag knows better."""
    with engine.connect() as connection:
        old = connection.execute(key_version.select().where(key_version.c.number == 2)).one()
    order = KeyOrder(
        key_id="bca-transaction", number=2, operator="local:test", reason="tried by hand"
    )
    MoveKey(store=filled, clock=clock).promote(order)
    with engine.begin() as connection:
        connection.execute(
            key_version.update().where(key_version.c.number == 2).values(dict(old._mapping))
        )
    with pytest.raises(KeyStoreError, match="put back from an older copy"):
        filled.load()


def test_another_key_file_is_named(
    filled: SQLKeyStore, engine: Engine, tmp_path: Path, clock: FakeClock
) -> None:
    other = tmp_path / "other"
    other.write_text("8" * 64)
    with pytest.raises(KeyEncryptionError, match="not the file the key store was locked with"):
        SQLKeyStore(engine, sources=[key_source(other)], clock=clock).load()


def passphrase(tmp_path: Path, words: str) -> Path:
    path = tmp_path / f"passphrase-{len(words)}"
    path.write_text(words + "\n")
    return path


def test_a_passphrase_opens_what_it_locked_and_a_wrong_one_does_not(
    engine: Engine, tmp_path: Path, clock: FakeClock
) -> None:
    right = key_source(passphrase(tmp_path, "correct horse battery"), "passphrase")
    SQLKeyStore(engine, sources=[right], clock=clock).create(actor="local:test")
    assert SQLKeyStore(engine, sources=[right], clock=clock).load().revision == 1
    wrong = key_source(passphrase(tmp_path, "wrong horse battery"), "passphrase")
    with pytest.raises(KeyEncryptionError, match="not the file"):
        SQLKeyStore(engine, sources=[wrong], clock=clock).load()


@pytest.mark.parametrize(
    ("kind", "content", "said"),
    [
        ("key", "77", "must hold 32 bytes"),
        ("key", "z" * 64, "must hold 32 bytes"),
        ("passphrase", "short", "shorter than"),
    ],
)
def test_an_unusable_file_is_explained(
    *, engine: Engine, tmp_path: Path, clock: FakeClock, kind: str, content: str, said: str
) -> None:
    path = tmp_path / "kek-file"
    path.write_text(content)
    with pytest.raises(KeyEncryptionError, match=said):
        SQLKeyStore(engine, sources=[key_source(path, kind)], clock=clock).create(actor="x")


def test_32_raw_bytes_are_a_key_even_when_they_end_in_a_newline(
    engine: Engine, tmp_path: Path, clock: FakeClock
) -> None:
    path = tmp_path / "raw"
    path.write_bytes(b"\x01" * 31 + b"\n")
    store = SQLKeyStore(engine, sources=[key_source(path)], clock=clock)
    assert store.create(actor="local:test") is True
    assert store.create(actor="local:test") is False
    assert store.load().revision == 1


def test_a_change_from_an_old_reading_is_refused(filled: SQLKeyStore) -> None:
    content = filled.load()
    change = StoreChange(base_revision=content.revision - 1, records=())
    with pytest.raises(KeyStoreChanged):
        filled.write(change)


def test_a_store_that_was_never_made_says_so(
    engine: Engine, kek_file: Path, clock: FakeClock
) -> None:
    store = SQLKeyStore(engine, sources=[key_source(kek_file)], clock=clock)
    assert store.revision() == 0
    with pytest.raises(KeyStoreError, match="no key store yet"):
        store.load()


def test_rewrapping_moves_every_key_under_the_next_kek(
    filled: SQLKeyStore, engine: Engine, kek_file: Path, tmp_path: Path, clock: FakeClock
) -> None:
    next_file = passphrase(tmp_path, "the next passphrase")
    before = [one.kept.reveal() for one in filled.load().versions]
    both = [key_source(kek_file), key_source(next_file, "passphrase")]
    running = SQLKeyStore(engine, sources=both, clock=clock)
    running.load()
    assert filled.rewrap(both[1], actor="local:test") == 3
    assert [one.kept.reveal() for one in running.load().versions] == before
    with pytest.raises(KeyEncryptionError):
        filled.load()
    only_next = SQLKeyStore(engine, sources=[both[1]], clock=clock)
    assert [one.kept.reveal() for one in only_next.load().versions] == before


def test_migrations_make_the_tables_the_code_knows(engine: Engine) -> None:
    migrate(engine, MIGRATIONS)
    check_migrated(engine, MIGRATIONS)
