"""Shut a client out, or let it in again.

A disabled client gets no new token; one it holds is good until it expires, at
most five minutes later.
"""

from dataclasses import dataclass

from servicekit.clock import Clock

from auth.application.ports import ClientStore
from auth.domain.audit_event import AuditEvent, Kind
from auth.domain.client import Client, ClientStatus


@dataclass(frozen=True, slots=True, kw_only=True)
class SetClientStatus:
    clients: ClientStore
    clock: Clock

    async def __call__(self, client: Client, status: ClientStatus, *, actor: str) -> Client:
        """A client that has the status already is left as it is; raises ChangedElsewhereError."""
        if client.status is status:
            return client
        changed = client.with_status(status, now_us=self.clock.now_us())
        kind = Kind.CLIENT_ENABLED if changed.active else Kind.CLIENT_DISABLED
        await self.clients.replace(
            changed, AuditEvent(kind=kind, actor=actor, client_id=client.client_id)
        )
        return changed
