"""The signing keys as one process sees them: read seldom, never for long out of date.

A database that is away does not stop the JWKS: the keys known last stay in use.
"""

import asyncio

from servicekit.clock import Clock
from servicekit.log import get_logger

from auth.application.ports import SigningKeyStore
from auth.domain.signing_key import SigningKey, published_at, signing_key_at
from auth.limits import CLOCK_SKEW_S, KEY_RING_REFRESH_S

_US_PER_S = 1_000_000


class NoSigningKeyError(Exception):
    """No key may sign now; the command `keys rotate` makes one."""


class KeyRing:
    """Keeps the keys of the store for a moment. Lives on the event loop."""

    def __init__(self, *, store: SigningKeyStore, clock: Clock, longest_token_s: int) -> None:
        self._store = store
        self._clock = clock
        self._longest_token_us = (longest_token_s + CLOCK_SKEW_S) * _US_PER_S
        self._keys: tuple[SigningKey, ...] = ()
        self._read_at_s: float | None = None
        self._reading = asyncio.Lock()

    async def signing_key(self) -> SigningKey:
        """The key that signs now; raises NoSigningKeyError."""
        await self._refresh()
        key = signing_key_at(self._keys, self._clock.now_us())
        if key is None:
            raise NoSigningKeyError
        return key

    async def published(self) -> tuple[SigningKey, ...]:
        """The keys of the JWKS, oldest first."""
        await self._refresh()
        return published_at(
            self._keys, now_us=self._clock.now_us(), longest_token_us=self._longest_token_us
        )

    def _is_fresh(self) -> bool:
        read_at_s = self._read_at_s
        return read_at_s is not None and (self._clock.monotonic() - read_at_s < KEY_RING_REFRESH_S)

    async def _refresh(self) -> None:
        if self._is_fresh():
            return
        async with self._reading:
            if self._is_fresh():
                return
            try:
                self._keys = await self._store.every()
            except Exception as error:
                if not self._keys:
                    raise
                get_logger().warning("signing keys not refreshed", error=type(error).__name__)
            self._read_at_s = self._clock.monotonic()
