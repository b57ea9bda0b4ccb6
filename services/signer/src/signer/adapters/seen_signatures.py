"""Remembers verified signatures for as long as their timestamps are fresh.

One row each, inserted in a transaction of its own before the verdict is told:
the primary key decides which of two replicas saw a signature first.
"""

import asyncio
import hashlib

from servicekit.clock import Clock
from sqlalchemy import Engine, delete, insert
from sqlalchemy.exc import IntegrityError, SQLAlchemyError

from signer.adapters.tables import seen_signature
from signer.domain.refusal import Reason, Refusal


class SeenSignatures:
    """See application.ports.ReplayGuard."""

    def __init__(self, engine: Engine, *, clock: Clock) -> None:
        self._engine = engine
        self._clock = clock

    async def take(self, key_id: str, signature: bytes, *, fresh_until_us: int) -> bool:
        digest = hashlib.sha256(key_id.encode("ascii") + b"\x00" + signature).hexdigest()
        try:
            return await asyncio.to_thread(self._insert, digest, fresh_until_us)
        except SQLAlchemyError:
            raise Refusal(
                Reason.UNAVAILABLE, "the signature cannot be told from a replay now; try again"
            ) from None

    def _insert(self, digest: str, fresh_until_us: int) -> bool:
        try:
            with self._engine.begin() as connection:
                connection.execute(
                    delete(seen_signature).where(
                        seen_signature.c.fresh_until_us < self._clock.now_us()
                    )
                )
                connection.execute(
                    insert(seen_signature).values(digest=digest, fresh_until_us=fresh_until_us)
                )
        except IntegrityError:
            return False
        return True
