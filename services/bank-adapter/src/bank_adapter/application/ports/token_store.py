"""The bank's access token, shared by every process through the database."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Protocol


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredToken:
    """A token with its generation, which grows by one with every refresh.

    `expires_us` is 0 for a token that was given up.
    """

    value: str = field(repr=False)
    generation: int
    expires_us: int


class TokenStore(Protocol):
    async def load(self, bank_identity: str) -> StoredToken | None: ...

    async def lease(self, bank_identity: str, *, holder: str, now_us: int, until_us: int) -> bool:
        """Takes the right to refresh; False while another holds it."""
        ...

    async def save(self, bank_identity: str, token: StoredToken, *, holder: str) -> bool:
        """Stores a refreshed token and ends the lease; False if it was lost."""
        ...

    async def release(self, bank_identity: str, *, holder: str) -> None: ...

    async def give_up(self, bank_identity: str, *, generation: int) -> None:
        """Marks a token as dead if it is still the current one."""
        ...
