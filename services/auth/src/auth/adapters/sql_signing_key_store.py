"""Signing keys in SQL. Their private half is sealed before it comes here."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from servicekit.group_commit import GroupCommit, Statement, Unit
from sqlalchemy import Connection, Row, bindparam, insert, select, update

from auth.adapters.outbox_event import OutboxEvents
from auth.adapters.reads import Reads
from auth.adapters.tables import SIGNING_KEY
from auth.adapters.writes import commit
from auth.application.ports import AlreadyExistsError, ChangedElsewhereError
from auth.domain.audit_event import AuditEvent
from auth.domain.signing_key import SigningKey

_EVERY = select(SIGNING_KEY).order_by(SIGNING_KEY.c.generation)
_INSERT = insert(SIGNING_KEY)
_REVOKE = (
    update(SIGNING_KEY)
    .where(SIGNING_KEY.c.kid == bindparam("of_key"), SIGNING_KEY.c.revoked_us.is_(None))
    .values(revoked_us=bindparam("at_us"))
)
_STANDS = select(SIGNING_KEY.c.kid).where(SIGNING_KEY.c.kid == bindparam("wanted"))


@dataclass(frozen=True, slots=True, kw_only=True)
class SQLSigningKeyStore:
    reads: Reads
    writer: GroupCommit
    events: OutboxEvents

    async def every(self) -> tuple[SigningKey, ...]:
        return tuple(_key(row) for row in await self.reads.rows(_EVERY))

    async def add(
        self, key: SigningKey, *, revoke: Sequence[str], revoked_us: int, event: AuditEvent
    ) -> None:
        def landed(connection: Connection) -> bool:
            return connection.execute(_STANDS, {"wanted": key.kid}).first() is not None

        unit = Unit(
            key="signing-keys",
            statements=(
                Statement(_INSERT, _row(key)),
                *(Statement(_REVOKE, {"of_key": kid, "at_us": revoked_us}) for kid in revoke),
                self.events.statement(event),
            ),
            landed=landed,
        )
        what = f"signing key of generation {key.generation}"
        try:
            await commit(self.writer, unit, what=what)
        except ChangedElsewhereError:
            # A key to revoke was revoked meanwhile: someone else rotates, too.
            raise AlreadyExistsError(what) from None


def _row(key: SigningKey) -> dict[str, Any]:
    return {
        "kid": key.kid,
        "generation": key.generation,
        "modulus": key.modulus.encode("ascii"),
        "exponent": key.exponent,
        "sealed_private_key": key.sealed_private_key,
        "created_us": key.created_us,
        "signs_from_us": key.signs_from_us,
        "revoked_us": key.revoked_us,
    }


def _key(row: Row[*tuple[Any, ...]]) -> SigningKey:
    return SigningKey(
        kid=row.kid,
        generation=row.generation,
        modulus=row.modulus.decode("ascii"),
        exponent=row.exponent,
        sealed_private_key=row.sealed_private_key,
        created_us=row.created_us,
        signs_from_us=row.signs_from_us,
        revoked_us=row.revoked_us,
    )
