"""The key store in SQL: sealed rows, one revision, one tag over all of them.

A store is small (tens of keys) and read whole. Every write carries the
revision it was made from and the journal's records of it, in one transaction.
"""

import hmac
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from servicekit.clock import Clock
from servicekit.database import read
from sqlalchemy import Connection, Engine, insert, select, update

from signer.adapters import journal_rows
from signer.adapters.key_encryption import (
    Derivation,
    KeyEncryptionError,
    KeyEncryptionKey,
    KeySource,
    Unsealable,
)
from signer.adapters.tables import ONLY_ROW, key_profile, key_ring, key_version
from signer.adapters.version_rows import (
    listing,
    profile_row,
    read_profile,
    read_version,
    version_row,
)
from signer.application.ports import (
    KeyStoreChanged,
    StoreChange,
    StoreContent,
    StoredVersion,
)
from signer.domain.journal import Act, Record
from signer.domain.key_profile import KeyProfile
from signer.domain.refusal import Refusal

# What reading a row that someone edited can end with.
_UNREADABLE = (Unsealable, Refusal, KeyError, ValueError)


class KeyStoreError(Exception):
    """The key store cannot be used as it is. The text says what is wrong."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Rows:
    ring: Any
    profiles: list[dict[str, Any]]
    versions: list[dict[str, Any]]


class SQLKeyStore:
    """Blocking. `sources` are tried in order: the KEK, then the next one while it is changed."""

    def __init__(self, engine: Engine, *, sources: Sequence[KeySource], clock: Clock) -> None:
        self._engine = engine
        self._sources = tuple(sources)
        self._clock = clock
        self._opened: tuple[Derivation, bytes, KeyEncryptionKey] | None = None

    def create(self, *, actor: str) -> bool:
        """Makes an empty store under the first source; False when there is one already."""
        with self._engine.begin() as connection:
            if connection.execute(select(key_ring.c.id)).first() is not None:
                return False
            derivation = self._sources[0].new_derivation()
            kek = self._sources[0].derive(derivation)
            now_us = self._clock.now_us()
            connection.execute(
                insert(key_ring).values(
                    id=ONLY_ROW,
                    revision=1,
                    kdf=derivation.kdf,
                    salt=derivation.salt,
                    log2_n=derivation.log2_n,
                    list_tag=kek.list_tag(listing(1, [], [])),
                    changed_us=now_us,
                )
            )
            record = Record(act=Act.KEY_STORE_CREATED, time_us=now_us, actor=actor)
            head = journal_rows.read_head(connection, lock=True)
            journal_rows.append(connection, [record], head)
            return True

    def revision(self) -> int:
        """0 when there is no store yet."""
        with read(self._engine) as connection:
            found = connection.execute(select(key_ring.c.revision)).scalar()
        return 0 if found is None else int(found)

    def load(self) -> StoreContent:
        """Raises KeyStoreError or KeyEncryptionError."""
        with read(self._engine) as connection:
            rows = _read_rows(connection)
        return self._open(rows)[0]

    def write(self, change: StoreChange) -> None:
        """Raises KeyStoreChanged, KeyStoreError, KeyEncryptionError."""
        with self._engine.begin() as connection:
            rows = _read_rows(connection, lock=True)
            content, kek = self._open(rows)
            if content.revision != change.base_revision:
                raise KeyStoreChanged
            profiles = {**content.profiles, **{new.key_id: new for new in change.profiles}}
            for profile in change.profiles:
                connection.execute(insert(key_profile).values(profile_row(profile)))
            there = {(row["key_id"], row["number"]) for row in rows.versions}
            for stored in change.versions:
                row = version_row(stored, profiles[stored.version.key_id], kek)
                _put_version(connection, row, there=there)
            self._finish(connection, change, kek)

    def rewrap(self, target: KeySource, *, actor: str) -> int:
        """Seals every row again under `target`'s KEK; gives the number of versions.

        Running signers that are configured with both files go on: they read
        the new revision with whichever file opens it.
        """
        derivation = target.new_derivation()
        kek = target.derive(derivation)
        with self._engine.begin() as connection:
            rows = _read_rows(connection, lock=True)
            content, _ = self._open(rows)
            there = {(row["key_id"], row["number"]) for row in rows.versions}
            for stored in content.versions:
                row = version_row(stored, content.profiles[stored.version.key_id], kek)
                _put_version(connection, row, there=there)
            record = Record(
                act=Act.KEY_STORE_REWRAPPED,
                time_us=self._clock.now_us(),
                actor=actor,
                facts={"kdf": derivation.kdf, "versions": str(len(content.versions))},
            )
            change = StoreChange(base_revision=content.revision, records=(record,))
            self._finish(connection, change, kek, derivation=derivation)
        return len(content.versions)

    def _finish(
        self,
        connection: Connection,
        change: StoreChange,
        kek: KeyEncryptionKey,
        *,
        derivation: Derivation | None = None,
    ) -> None:
        """Moves the revision, renews the tag, writes the journal."""
        rows = _read_rows(connection)
        revision = change.base_revision + 1
        values: dict[str, Any] = {
            "revision": revision,
            "list_tag": kek.list_tag(listing(revision, rows.profiles, rows.versions)),
            "changed_us": self._clock.now_us(),
        }
        if derivation is not None:
            values |= {
                "kdf": derivation.kdf,
                "salt": derivation.salt,
                "log2_n": derivation.log2_n,
            }
        moved = connection.execute(
            update(key_ring)
            .where(key_ring.c.id == ONLY_ROW, key_ring.c.revision == change.base_revision)
            .values(values)
        )
        if moved.rowcount != 1:
            raise KeyStoreChanged
        head = journal_rows.read_head(connection, lock=True)
        journal_rows.append(connection, change.records, head)

    def _open(self, rows: _Rows) -> tuple[StoreContent, KeyEncryptionKey]:
        kek = self._unlock(rows)
        profiles = _profiles(rows)
        versions: list[StoredVersion] = []
        for row in rows.versions:
            try:
                versions.append(read_version(row, profiles[row["key_id"]], kek))
            except _UNREADABLE:
                raise KeyStoreError(
                    f"key {row['key_id']!r} version {row['number']} was changed outside the signer:"
                    " its seal does not open. Restore the database from a backup and find out who"
                    " wrote to it."
                ) from None
        versions.sort(key=lambda stored: (stored.version.key_id, stored.version.number))
        content = StoreContent(
            revision=rows.ring.revision, profiles=profiles, versions=tuple(versions)
        )
        return content, kek

    def _unlock(self, rows: _Rows) -> KeyEncryptionKey:
        """The KEK that fits the store's tag; derived once for each derivation and file."""
        ring = rows.ring
        derivation = Derivation(kdf=ring.kdf, salt=bytes(ring.salt), log2_n=ring.log2_n)
        wanted = listing(ring.revision, rows.profiles, rows.versions)
        problems: list[str] = []
        for source in self._sources:
            try:
                kek = self._derive(source, derivation)
            except KeyEncryptionError as error:
                problems.append(str(error))
                continue
            if hmac.compare_digest(kek.list_tag(wanted), bytes(ring.list_tag)):
                return kek
            # Either the file is another one or rows came or went. A row tells them apart.
            if _opens_any(rows, kek):
                raise KeyStoreError(
                    "the list of keys was changed outside the signer: a row was added, removed or"
                    " put back from an older copy. Restore the database from a backup and find out"
                    " who wrote to it."
                )
            problems.append(f"{source.path}: this is not the file the key store was locked with")
        raise KeyEncryptionError("; ".join(problems))

    def _derive(self, source: KeySource, derivation: Derivation) -> KeyEncryptionKey:
        name = str(source.path).encode()
        if self._opened is not None and self._opened[:2] == (derivation, name):
            return self._opened[2]
        kek = source.derive(derivation)
        self._opened = (derivation, name, kek)
        return kek


def _read_rows(connection: Connection, *, lock: bool = False) -> _Rows:
    query = select(key_ring)
    ring = connection.execute(query.with_for_update() if lock else query).first()
    if ring is None:
        raise KeyStoreError(
            "there is no key store yet; `python -m signer keys import` or `keys generate` makes it"
        )
    return _Rows(
        ring=ring,
        profiles=[dict(row) for row in connection.execute(select(key_profile)).mappings()],
        versions=[dict(row) for row in connection.execute(select(key_version)).mappings()],
    )


def _profiles(rows: _Rows) -> dict[str, KeyProfile]:
    """Raises KeyStoreError when a profile's parts do not fit each other."""
    try:
        return {row["key_id"]: read_profile(row) for row in rows.profiles}
    except _UNREADABLE:
        raise KeyStoreError("a key profile was changed outside the signer") from None


def _opens_any(rows: _Rows, kek: KeyEncryptionKey) -> bool:
    profiles = {row["key_id"]: row for row in rows.profiles}
    for row in rows.versions:
        try:
            read_version(row, read_profile(profiles[row["key_id"]]), kek)
        except _UNREADABLE:
            continue
        return True
    return False


def _put_version(
    connection: Connection, row: dict[str, Any], *, there: set[tuple[str, int]]
) -> None:
    key = (row["key_id"], row["number"])
    if key not in there:
        connection.execute(insert(key_version).values(row))
        return
    done = connection.execute(
        update(key_version)
        .where(key_version.c.key_id == key[0], key_version.c.number == key[1])
        .values(row)
    )
    if done.rowcount != 1:
        raise KeyStoreChanged
