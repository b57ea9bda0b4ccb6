"""Give a client a new secret; the old one counts on for a while, or not at all.

Rotating again while the old one still counts ends the older of the two: there
are never more than two.
"""

from dataclasses import dataclass

from servicekit.clock import Clock
from servicekit.secret import Secret

from auth.application.ports import ClientStore, SecretHasher
from auth.domain.audit_event import AuditEvent, Kind
from auth.domain.client import Client, check_client_secret
from auth.domain.invalid_value import InvalidValueError
from auth.limits import MAX_SECRET_OVERLAP_S

_US_PER_S = 1_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class RotateClientSecret:
    clients: ClientStore
    hasher: SecretHasher
    clock: Clock

    async def __call__(
        self, client: Client, new_secret: Secret[str], *, overlap_s: int, actor: str
    ) -> Client:
        """Raises InvalidValueError, ChangedElsewhereError."""
        if not 0 <= overlap_s <= MAX_SECRET_OVERLAP_S:
            raise InvalidValueError("overlap", f"must be 0 to {MAX_SECRET_OVERLAP_S} seconds")
        check_client_secret(new_secret.reveal())
        if await self.hasher.verify(client.secret_hash, new_secret):
            raise InvalidValueError("secret", "is the present one; a rotation needs another")
        new_hash = await self.hasher.hash(new_secret)
        now_us = self.clock.now_us()
        rotated = client.with_secret(
            new_hash, old_valid_until_us=now_us + overlap_s * _US_PER_S, now_us=now_us
        )
        await self.clients.replace(
            rotated,
            AuditEvent(
                kind=Kind.CLIENT_SECRET_ROTATED,
                actor=actor,
                client_id=client.client_id,
                attributes={"overlap_s": str(overlap_s)},
            ),
        )
        return rotated
