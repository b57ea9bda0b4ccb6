"""Make the next signing key.

It is published at once and signs only when every verifier has had time to fetch
it. For a compromised key there is no such time: every older key is revoked, the
new one signs at once, and verifiers refuse all tokens until they fetch it.
"""

from collections.abc import Callable
from dataclasses import dataclass

from servicekit.clock import Clock

from auth.application.ports import AlreadyExistsError, KeyPairs, Sealer, SigningKeyStore
from auth.domain.audit_event import AuditEvent, Kind
from auth.domain.signing_key import SigningKey, plan_rotation

_US_PER_S = 1_000_000


def signing_key_purpose(kid: str) -> str:
    """What the private half of a key is sealed for."""
    return f"signing-key:{kid}"


@dataclass(frozen=True, slots=True, kw_only=True)
class RotateSigningKey:
    store: SigningKeyStore
    pairs: KeyPairs
    sealer: Sealer
    clock: Clock
    new_id: Callable[[], str]
    publish_lead_s: int

    async def __call__(self, *, actor: str, compromised: bool = False) -> SigningKey:
        """Raises InvalidValueError while a key waits for its turn.

        Raises AlreadyExistsError when another rotation was quicker.
        """
        keys = await self.store.every()
        now_us = self.clock.now_us()
        plan = plan_rotation(
            keys,
            now_us=now_us,
            publish_lead_us=self.publish_lead_s * _US_PER_S,
            compromised=compromised,
        )
        pair = self.pairs.generate()
        kid = self.new_id()
        key = SigningKey(
            kid=kid,
            generation=plan.generation,
            modulus=pair.modulus,
            exponent=pair.exponent,
            sealed_private_key=self.sealer.seal(
                pair.private_key_der, purpose=signing_key_purpose(kid)
            ),
            created_us=now_us,
            signs_from_us=plan.signs_from_us,
            revoked_us=None,
        )
        revoke = [old.kid for old in keys if old.revoked_us is None] if compromised else []
        await self.store.add(
            key,
            revoke=revoke,
            revoked_us=now_us,
            event=AuditEvent(
                kind=Kind.KEY_ROTATED,
                actor=actor,
                attributes={
                    "key_id": kid,
                    "generation": str(key.generation),
                    "compromised": str(compromised).lower(),
                    "revoked": " ".join(revoke),
                },
            ),
        )
        return key

    async def ensure_first(self, *, actor: str) -> None:
        """Make the first key where there is none, whichever replica comes first."""
        if await self.store.every():
            return
        try:
            await self(actor=actor)
        except AlreadyExistsError:
            return  # another replica made it meanwhile
