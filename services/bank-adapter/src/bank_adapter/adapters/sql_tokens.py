"""Bank tokens in SQL, encrypted at rest, one row a bank identity."""

from __future__ import annotations

import secrets

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from servicekit.group_commit import GroupCommit, Statement
from servicekit.log import get_logger
from servicekit.secret import Secret
from sqlalchemy import Connection, bindparam, insert, or_, select, update

from bank_adapter.adapters.sql_compare_and_set import compare_and_set
from bank_adapter.adapters.sql_reader import SQLReader
from bank_adapter.adapters.sql_tables import bank_token
from bank_adapter.application.ports.token_store import StoredToken

_NONCE_OCTETS = 12
log = get_logger()

_CREATE = insert(bank_token)
_LEASE = (
    update(bank_token)
    .where(
        bank_token.c.bank_identity == bindparam("k_identity"),
        or_(
            bank_token.c.lease_until_us < bindparam("k_now_us"),
            bank_token.c.holder == bindparam("k_holder"),
        ),
    )
    .values(holder=bindparam("v_holder"), lease_until_us=bindparam("v_until_us"))
)
_SAVE = (
    update(bank_token)
    .where(
        bank_token.c.bank_identity == bindparam("k_identity"),
        bank_token.c.holder == bindparam("k_holder"),
        bank_token.c.generation == bindparam("k_generation"),
    )
    .values(
        ciphertext=bindparam("v_ciphertext"),
        generation=bindparam("v_generation"),
        expires_us=bindparam("v_expires_us"),
        holder="",
        lease_until_us=0,
    )
)
_RELEASE = (
    update(bank_token)
    .where(
        bank_token.c.bank_identity == bindparam("k_identity"),
        bank_token.c.holder == bindparam("k_holder"),
    )
    .values(holder="", lease_until_us=0)
)
_GIVE_UP = (
    update(bank_token)
    .where(
        bank_token.c.bank_identity == bindparam("k_identity"),
        bank_token.c.generation == bindparam("k_generation"),
    )
    .values(expires_us=0)
)


class SQLTokenStore:
    """Implements the port application.ports.token_store.TokenStore.

    `key` is 32 bytes. The identity and the generation are bound to the
    ciphertext, so that rows cannot be swapped.
    """

    def __init__(self, writer: GroupCommit, reader: SQLReader, *, key: Secret[bytes]) -> None:
        self._writer = writer
        self._reader = reader
        self._cipher = AESGCM(key.reveal())

    async def load(self, bank_identity: str) -> StoredToken | None:
        query = select(bank_token).where(bank_token.c.bank_identity == bank_identity)

        def run(connection: Connection) -> StoredToken | None:
            row = connection.execute(query).one_or_none()
            if row is None or not row.ciphertext:
                return None
            value = self._decrypt(bank_identity, row.generation, row.ciphertext)
            # A token that cannot be read (another key) is as good as expired.
            return StoredToken(
                value=value or "",
                generation=row.generation,
                expires_us=row.expires_us if value else 0,
            )

        return await self._reader.run(run)

    async def lease(self, bank_identity: str, *, holder: str, now_us: int, until_us: int) -> bool:
        parameters = {
            "k_identity": bank_identity,
            "k_now_us": now_us,
            "k_holder": holder,
            "v_holder": holder,
            "v_until_us": until_us,
        }
        if await self._guarded(bank_identity, Statement(_LEASE, parameters)):
            return True
        row = {
            "bank_identity": bank_identity,
            "ciphertext": b"",
            "generation": 0,
            "expires_us": 0,
            "holder": holder,
            "lease_until_us": until_us,
        }
        return await self._guarded(bank_identity, Statement(_CREATE, row))

    async def save(self, bank_identity: str, token: StoredToken, *, holder: str) -> bool:
        parameters = {
            "k_identity": bank_identity,
            "k_holder": holder,
            "k_generation": token.generation - 1,
            "v_ciphertext": self._encrypt(bank_identity, token),
            "v_generation": token.generation,
            "v_expires_us": token.expires_us,
        }
        return await self._guarded(bank_identity, Statement(_SAVE, parameters))

    async def release(self, bank_identity: str, *, holder: str) -> None:
        parameters = {"k_identity": bank_identity, "k_holder": holder}
        await self._guarded(bank_identity, Statement(_RELEASE, parameters))

    async def give_up(self, bank_identity: str, *, generation: int) -> None:
        parameters = {"k_identity": bank_identity, "k_generation": generation}
        if not await self._guarded(bank_identity, Statement(_GIVE_UP, parameters)):
            log.debug("a newer token is there already", generation=generation)

    async def _guarded(self, bank_identity: str, statement: Statement) -> bool:
        """Whether the statement's guard held."""
        return await compare_and_set(self._writer, f"token:{bank_identity}", (statement,))

    def _encrypt(self, bank_identity: str, token: StoredToken) -> bytes:
        nonce = secrets.token_bytes(_NONCE_OCTETS)
        bound = f"{bank_identity}|{token.generation}".encode()
        return nonce + self._cipher.encrypt(nonce, token.value.encode(), bound)

    def _decrypt(self, bank_identity: str, generation: int, stored: bytes) -> str | None:
        bound = f"{bank_identity}|{generation}".encode()
        try:
            plain = self._cipher.decrypt(stored[:_NONCE_OCTETS], stored[_NONCE_OCTETS:], bound)
        except InvalidTag:
            log.warning("stored bank token cannot be read")
            return None
        return plain.decode()
