"""Changes of the key store as the RPCs make them: in a thread, again when overtaken."""

import asyncio
from collections.abc import Awaitable, Callable

from signer.application.ports import KeyStoreChanged
from signer.domain.key_version import KeyVersion
from signer.domain.refusal import Reason, Refusal
from signer.limits import STORE_WRITE_ATTEMPTS


class StoreChanges:
    def __init__(self, refresh: Callable[[], Awaitable[None]]) -> None:
        """`refresh` takes a change up into the ring at once, not at the next poll."""
        self._refresh = refresh

    async def __call__(self, act: Callable[[], KeyVersion]) -> KeyVersion:
        """The version after a blocking change. Raises Refusal."""
        for _ in range(STORE_WRITE_ATTEMPTS):
            try:
                version = await asyncio.to_thread(act)
            except KeyStoreChanged:
                continue
            await self._refresh()
            return version
        raise Refusal(Reason.UNAVAILABLE, "the key store is being changed; try again")
