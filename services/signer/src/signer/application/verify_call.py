"""Checks a signature that another party made, when the bank calls us.

The body's digest is taken here, from the bytes as received. Every version
that still verifies is tried; the verdict is journalled before it is told.
"""

from dataclasses import dataclass
from functools import partial

from signer.application.asking import Asking, facts_of
from signer.application.key_use import KeyUse, check_profile, check_timestamp
from signer.application.ports import ReplayGuard
from signer.domain.call import Call, SNAPToken
from signer.domain.journal import Act, Record
from signer.domain.key_profile import Purpose
from signer.domain.refusal import Reason, Refusal
from signer.domain.timestamp import check_fresh, instant_us


@dataclass(frozen=True, slots=True, kw_only=True)
class VerifyOrder:
    key_id: str
    signature: str
    call: Call | Refusal
    """The call as it was signed; a Refusal when what was received is none."""


class VerifyCall:
    def __init__(self, use: KeyUse, *, replays: ReplayGuard) -> None:
        self._use = use
        self._replays = replays

    async def __call__(self, asking: Asking, order: VerifyOrder) -> int:
        """The number of the version that verified. Raises Refusal."""
        verdict: int | Refusal
        self._use.ring.current()  # a sealed signer answers nothing, and journals nothing
        try:
            verdict = await self._verify(asking, order)
        except Refusal as refusal:
            verdict = refusal
        await self._use.journal.append([self._record(asking, order, verdict)])
        if isinstance(verdict, Refusal):
            raise verdict
        return verdict

    async def _verify(self, asking: Asking, order: VerifyOrder) -> int:
        call = order.call
        if isinstance(call, Refusal):
            raise call
        self._use.check_grant(asking, order.key_id, Purpose.VERIFY, call.scheme)
        keys = self._use.ring.current().verifying(order.key_id)
        profile = keys[0].profile
        check_profile(keys[0], Purpose.VERIFY, call.scheme)
        check_timestamp(keys[0], call)
        self._use.limits.take(order.key_id)
        instant = instant_us(call.timestamp, field="timestamp")
        check_fresh(instant, now_us=self._use.clock.now_us(), tolerance_s=profile.tolerance_s)
        signature = profile.encoding.read(order.signature)
        message = call.string_to_sign()
        for key in keys:
            check = partial(key.handle.verify, call.scheme.algorithm, message, signature)
            good = await self._use.in_thread(check) if key.handle.slow else check()
            if good:
                fresh_until_us = instant + profile.tolerance_s * 1_000_000
                await self._check_new(order.key_id, call, signature, fresh_until_us)
                return key.version.number
        raise Refusal(Reason.SIGNATURE_INVALID, "the signature does not match the call")

    async def _check_new(
        self, key_id: str, call: Call, signature: bytes, fresh_until_us: int
    ) -> None:
        """Refuses a transaction's signature that was accepted before.

        Token requests are let through: nothing in them but the second differs,
        so two honest ones can be the same.
        """
        if isinstance(call, SNAPToken):
            return
        if not await self._replays.take(key_id, signature, fresh_until_us=fresh_until_us):
            raise Refusal(Reason.REPLAYED, "this signature was accepted before")

    def _record(self, asking: Asking, order: VerifyOrder, verdict: int | Refusal) -> Record:
        facts = {} if isinstance(order.call, Refusal) else facts_of(order.call)
        if isinstance(verdict, Refusal):
            facts["reason"] = verdict.reason.value
        return Record(
            act=Act.VERIFICATION_REFUSED if isinstance(verdict, Refusal) else Act.VERIFIED,
            time_us=self._use.clock.now_us(),
            actor=asking.caller,
            key_id=order.key_id,
            key_version=0 if isinstance(verdict, Refusal) else verdict,
            scheme="" if isinstance(order.call, Refusal) else order.call.scheme.value,
            trace_id=asking.trace_id,
            facts=facts,
        )
