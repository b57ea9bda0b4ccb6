"""argon2id on threads of its own; the event loop never hashes.

At most so many hashes run at once (each takes 19 MiB) and so many wait; one
more is refused, because a queue without end is a way to stop the house.
"""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from argon2 import PasswordHasher, Type
from argon2.exceptions import InvalidHashError, VerificationError, VerifyMismatchError
from servicekit.log import get_logger
from servicekit.secret import Secret

from auth.application.ports import TooBusyError
from auth.limits import ARGON2_LANES, ARGON2_MEMORY_KIB, ARGON2_PASSES, MAX_HASHES_WAITING

T = TypeVar("T")


class Argon2Hasher:
    """Hashes and verifies client secrets and passwords. Close it when done."""

    def __init__(self, *, threads: int, memory_kib: int = ARGON2_MEMORY_KIB) -> None:
        self._argon2 = PasswordHasher(
            time_cost=ARGON2_PASSES,
            memory_cost=memory_kib,
            parallelism=ARGON2_LANES,
            type=Type.ID,
        )
        self._pool = ThreadPoolExecutor(max_workers=threads, thread_name_prefix="argon2")
        self._most_waiting = threads + MAX_HASHES_WAITING
        self._waiting = 0
        # What a secret is compared with when there is nothing to compare it
        # with. It is of the same cost as any other and matches nothing: its
        # result is thrown away.
        self._nobody = self._argon2.hash("nobody")

    async def hash(self, secret: Secret[str]) -> str:
        """The encoded hash, with its own salt and parameters. Raises TooBusyError."""
        return await self._on_thread(lambda: self._argon2.hash(secret.reveal()))

    async def verify(self, encoded_hash: str | None, secret: Secret[str]) -> bool:
        """Whether they match; None costs the same and never does. Raises TooBusyError."""
        right = await self._on_thread(lambda: self._matches(encoded_hash or self._nobody, secret))
        return right and encoded_hash is not None

    def close(self) -> None:
        self._pool.shutdown(wait=True, cancel_futures=True)

    def _matches(self, encoded_hash: str, secret: Secret[str]) -> bool:
        try:
            return self._argon2.verify(encoded_hash, secret.reveal())
        except VerifyMismatchError:
            return False
        except (InvalidHashError, VerificationError):
            # A row that was edited by hand: nobody gets in by it, and someone should look.
            get_logger().error("a stored hash cannot be read")
            return False

    async def _on_thread(self, work: Callable[[], T]) -> T:
        if self._waiting >= self._most_waiting:
            raise TooBusyError
        self._waiting += 1
        try:
            return await asyncio.get_running_loop().run_in_executor(self._pool, work)
        finally:
            self._waiting -= 1
