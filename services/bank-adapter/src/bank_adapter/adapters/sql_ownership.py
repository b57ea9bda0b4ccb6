"""The lease of this process: one row, renewed every third of its length.

The row lives on the database's clock; whether it certainly still holds is
answered by this process's monotonic clock, counted from before the renewal
was asked for, so that a frozen process knows that it slept.
"""

from __future__ import annotations

import asyncio

from servicekit.clock import Clock
from servicekit.group_commit import (
    CommitError,
    ConflictError,
    GroupCommit,
    GuardFailed,
    Statement,
    Unit,
)
from servicekit.log import get_logger
from sqlalchemy import bindparam, insert, update

from bank_adapter.adapters.sql_clock import DatabaseNow
from bank_adapter.adapters.sql_tables import owner_lease

_MICROSECONDS = 1_000_000
# The process stops trusting its lease this part of its length early.
_SAFETY = 0.1
log = get_logger()

_TAKE = insert(owner_lease).values(
    owner_id=bindparam("owner"), expires_us=DatabaseNow() + bindparam("length_us")
)
_RENEW = (
    update(owner_lease)
    .where(owner_lease.c.owner_id == bindparam("k_owner"))
    .values(expires_us=DatabaseNow() + bindparam("length_us"))
)
_RELEASE = (
    update(owner_lease).where(owner_lease.c.owner_id == bindparam("k_owner")).values(expires_us=0)
)


class SQLOwnership:
    """Implements the port application.ports.ownership.Ownership."""

    def __init__(
        self, writer: GroupCommit, *, owner_id: str, length_s: float, clock: Clock
    ) -> None:
        self._writer = writer
        self._owner_id = owner_id
        self._length_s = length_s
        self._clock = clock
        self._good_until = 0.0

    @property
    def owner_id(self) -> str:
        return self._owner_id

    def holds(self) -> bool:
        return self._clock.monotonic() < self._good_until

    async def take(self) -> None:
        """Takes the lease at start; must return before anything is sent."""
        asked = self._clock.monotonic()
        statement = Statement(
            _TAKE, {"owner": self._owner_id, "length_us": int(self._length_s * _MICROSECONDS)}
        )
        await self._writer.commit(Unit(f"lease:{self._owner_id}", (statement,)))
        self._good_until = asked + self._length_s * (1 - _SAFETY)

    async def keep(self) -> None:
        """Renews until cancelled."""
        while True:
            await asyncio.sleep(self._length_s / 3)
            try:
                await self._renew()
            except CommitError as error:
                log.warning("lease not renewed", reason=type(error).__name__)

    async def release(self) -> None:
        """Ends the lease at a clean stop, so that recovery need not wait."""
        self._good_until = 0.0
        statement = Statement(_RELEASE, {"k_owner": self._owner_id})
        await self._writer.commit(Unit(f"lease:{self._owner_id}", (statement,)))

    async def _renew(self) -> None:
        asked = self._clock.monotonic()
        statement = Statement(
            _RENEW,
            {"k_owner": self._owner_id, "length_us": int(self._length_s * _MICROSECONDS)},
        )
        try:
            await self._writer.commit(Unit(f"lease:{self._owner_id}", (statement,)))
        except GuardFailed:
            # The row is gone (a restored backup): take a new one.
            log.warning("lease row was missing")
            try:
                await self.take()
            except ConflictError:
                return
        self._good_until = asked + self._length_s * (1 - _SAFETY)
