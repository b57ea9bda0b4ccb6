"""What every use of a key goes through, whoever uses it for what."""

import asyncio
from collections.abc import Callable
from concurrent.futures import Executor
from dataclasses import dataclass
from typing import TypeVar

from servicekit.clock import Clock

from signer.application.asking import Asking
from signer.application.key_ring import KeyRing, RingKey
from signer.application.ports import Journal
from signer.application.rate_limits import RateLimits
from signer.domain.call import BasicClientCredentials, Signable
from signer.domain.grant import Grant, Grants
from signer.domain.key_profile import Purpose
from signer.domain.refusal import Reason, Refusal
from signer.domain.scheme import Scheme
from signer.domain.timestamp import instant_us

T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyUse:
    """Shared by signing, verifying and probing."""

    ring: KeyRing
    grants: Grants
    limits: RateLimits
    journal: Journal
    threads: Executor
    clock: Clock

    def check_grant(self, asking: Asking, key_id: str, purpose: Purpose, scheme: Scheme) -> None:
        """Raises Refusal KEY_NOT_ALLOWED; asked before whether the key exists."""
        self.grants.check(
            Grant(caller=asking.caller, key_id=key_id, purpose=purpose, scheme=scheme)
        )

    async def in_thread(self, work: Callable[[], T]) -> T:
        return await asyncio.get_running_loop().run_in_executor(self.threads, work)


def check_profile(key: RingKey, purpose: Purpose, scheme: Scheme) -> None:
    """Raises Refusal KEY_NOT_ALLOWED for what the key was not made for."""
    profile = key.profile
    if purpose not in profile.purposes:
        raise Refusal(
            Reason.KEY_NOT_ALLOWED, f"key {profile.key_id!r} is not for {purpose.value}ing"
        )
    if scheme not in profile.schemes:
        raise Refusal(Reason.KEY_NOT_ALLOWED, f"key {profile.key_id!r} is not for {scheme.value}")


def check_timestamp(key: RingKey, call: Signable) -> None:
    """Raises Refusal INVALID_FIELD for a form of timestamp that the key's bank does not take."""
    if not isinstance(call, BasicClientCredentials):  # which carries none
        instant_us(call.timestamp, field="timestamp", form=key.profile.timestamp_form)
