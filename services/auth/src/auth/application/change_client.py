"""Give a client other scopes, origins or accounts, or another name.

What is not named stays. Tokens given out before keep the old rights until they
expire, at most five minutes later.
"""

from dataclasses import dataclass

from servicekit.clock import Clock

from auth.application.create_client import rights
from auth.application.ports import ClientStore
from auth.domain.audit_event import AuditEvent, Kind
from auth.domain.client import Client


@dataclass(frozen=True, slots=True, kw_only=True)
class ClientChange:
    """New values; None leaves one as it is."""

    name: str | None = None
    scopes: frozenset[str] | None = None
    origins: frozenset[str] | None = None
    accounts: frozenset[str] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangeClient:
    clients: ClientStore
    clock: Clock

    async def __call__(self, client: Client, change: ClientChange, *, actor: str) -> Client:
        """Raises InvalidValueError, ChangedElsewhereError."""
        changed = client.with_grants(
            name=client.name if change.name is None else change.name,
            scopes=client.scopes if change.scopes is None else change.scopes,
            origins=client.origins if change.origins is None else change.origins,
            accounts=client.accounts if change.accounts is None else change.accounts,
            now_us=self.clock.now_us(),
        )
        await self.clients.replace(
            changed,
            AuditEvent(
                kind=Kind.CLIENT_CHANGED,
                actor=actor,
                client_id=client.client_id,
                attributes=rights(changed),
            ),
        )
        return changed
