"""Make a client. Its secret is given here once and kept only as a hash."""

from dataclasses import dataclass

from servicekit.clock import Clock
from servicekit.secret import Secret

from auth.application.ports import ClientStore, SecretHasher
from auth.domain.audit_event import AuditEvent, Kind
from auth.domain.client import Client, ClientStatus, check_client_secret
from auth.domain.source_account import masked


@dataclass(frozen=True, slots=True, kw_only=True)
class NewClient:
    client_id: str
    name: str
    scopes: frozenset[str]
    origins: frozenset[str]
    accounts: frozenset[str]
    secret: Secret[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class CreateClient:
    clients: ClientStore
    hasher: SecretHasher
    clock: Clock

    async def __call__(self, new: NewClient, *, actor: str) -> Client:
        """Raises InvalidValueError, AlreadyExistsError."""
        check_client_secret(new.secret.reveal())
        now_us = self.clock.now_us()
        client = Client(
            client_id=new.client_id,
            name=new.name,
            status=ClientStatus.ACTIVE,
            secret_hash=await self.hasher.hash(new.secret),
            previous_secret=None,
            scopes=new.scopes,
            origins=new.origins,
            accounts=new.accounts,
            version=1,
            created_us=now_us,
            updated_us=now_us,
        )
        await self.clients.add(
            client,
            AuditEvent(
                kind=Kind.CLIENT_CREATED,
                actor=actor,
                client_id=client.client_id,
                attributes=rights(client),
            ),
        )
        return client


def rights(client: Client) -> dict[str, str]:
    """A client's rights as small facts for the audit, account numbers masked."""
    return {
        "name": client.name,
        "scope": " ".join(sorted(client.scopes)),
        "origins": " ".join(sorted(client.origins)),
        "accounts": " ".join(sorted(masked(account) for account in client.accounts)),
    }
