"""Access tokens the bank gave out: opaque, for one partner, for a limited time.

They live in memory alone; a restarted bank knows none, as a partner must be able to bear.
"""

import secrets
from dataclasses import dataclass

from simulator.clock import SECOND_US


@dataclass(frozen=True, slots=True)
class Grant:
    client_id: str
    expires_us: int


class TokenBook:
    """Tokens by their text."""

    def __init__(self) -> None:
        self._grants: dict[str, Grant] = {}

    def issue(self, client_id: str, *, now_us: int, lifetime_s: int, revoke_older: bool) -> str:
        """A new token. With `revoke_older` the partner's earlier ones die at once."""
        if revoke_older:
            self.revoke_all(client_id)
        token = secrets.token_urlsafe(40)
        self.install(token, client_id, now_us + lifetime_s * SECOND_US)
        return token

    def install(self, token: str, client_id: str, expires_us: int) -> None:
        """Make a given text a token: for worked examples whose token is printed."""
        self._grants[token] = Grant(client_id, expires_us)

    def holder(self, token: str, now_us: int) -> str | None:
        """The client id behind a living token."""
        grant = self._grants.get(token)
        if grant is None:
            return None
        if grant.expires_us <= now_us:
            del self._grants[token]
            return None
        return grant.client_id

    def revoke(self, token: str) -> None:
        self._grants.pop(token, None)

    def revoke_all(self, client_id: str | None = None) -> int:
        """Kill every token, or those of one partner; answers how many died."""
        dead = [
            token
            for token, grant in self._grants.items()
            if client_id is None or grant.client_id == client_id
        ]
        for token in dead:
            del self._grants[token]
        return len(dead)
