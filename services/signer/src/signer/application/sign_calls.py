"""Signs a batch of calls: policy, rate, key, string, signature, journal, answer.

The journal's commit is shared by the batch and comes before any answer. A
refusal of one call does not touch the others. RSA runs in threads
(`cryptography` releases the interpreter lock there); HMAC takes microseconds
and runs where it stands.
"""

import asyncio
from collections.abc import Sequence
from concurrent.futures import Executor
from dataclasses import dataclass

from servicekit.clock import Clock

from signer.application.asking import Asking, facts_of
from signer.application.key_ring import KeyRing, Ring, RingKey
from signer.application.ports import Journal
from signer.application.rate_limits import RateLimits
from signer.domain.call import BasicClientCredentials, Signable
from signer.domain.grant import Grant, Grants
from signer.domain.journal import Act, Record
from signer.domain.key_profile import Purpose
from signer.domain.refusal import Reason, Refusal
from signer.domain.timestamp import instant_us


@dataclass(frozen=True, slots=True, kw_only=True)
class SignOrder:
    """One call to sign."""

    key_id: str
    attempt_id: str
    call: Signable | Refusal
    """A Refusal when what was received is no call; it is answered and journalled as such."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Signed:
    signature: str
    key_version: int


@dataclass(frozen=True, slots=True, kw_only=True)
class _Ready:
    """An order that may be signed."""

    order: SignOrder
    call: Signable
    key: RingKey

    def sign(self) -> bytes | Refusal:
        try:
            return self.key.handle.sign(self.call.scheme.algorithm, self.call.string_to_sign())
        except Refusal as refusal:  # a token that is away refuses; others go on
            return refusal

    def answer(self, made: bytes | Refusal) -> Signed | Refusal:
        if isinstance(made, Refusal):
            return made
        return Signed(
            signature=self.key.profile.encoding.write(made),
            key_version=self.key.version.number,
        )


def check_profile(key: RingKey, call: Signable) -> None:
    """Refuses a scheme or a timestamp that is not this key's."""
    if call.scheme not in key.profile.schemes:
        raise Refusal(
            Reason.KEY_NOT_ALLOWED,
            f"key {key.profile.key_id!r} is not for {call.scheme.value}",
        )
    if isinstance(call, BasicClientCredentials):
        return  # it carries no timestamp
    instant_us(call.timestamp, field="timestamp", form=key.profile.timestamp_form)


class SignCalls:
    def __init__(
        self,
        *,
        ring: KeyRing,
        grants: Grants,
        limits: RateLimits,
        journal: Journal,
        threads: Executor,
        clock: Clock,
    ) -> None:
        self._ring = ring
        self._grants = grants
        self._limits = limits
        self._journal = journal
        self._threads = threads
        self._clock = clock

    async def one(self, asking: Asking, order: SignOrder) -> Signed:
        """Raises Refusal."""
        (result,) = await self.batch(asking, [order])
        if isinstance(result, Refusal):
            raise result
        return result

    async def batch(self, asking: Asking, orders: Sequence[SignOrder]) -> list[Signed | Refusal]:
        """One result per order, in order.

        Raises:
            Refusal: SEALED, or UNAVAILABLE when the journal could not be
                written. No signature has left then.
        """
        ring = self._ring.current()
        ready = [self._ready(asking, ring, order) for order in orders]
        made = iter(await self._sign([one for one in ready if isinstance(one, _Ready)]))
        results = [one if isinstance(one, Refusal) else one.answer(next(made)) for one in ready]
        await self._journal.append(
            [
                self._record(asking, order, result)
                for order, result in zip(orders, results, strict=True)
            ]
        )
        return results

    def _ready(self, asking: Asking, ring: Ring, order: SignOrder) -> _Ready | Refusal:
        if isinstance(order.call, Refusal):
            return order.call
        try:
            self._grants.check(
                Grant(
                    caller=asking.caller,
                    key_id=order.key_id,
                    purpose=Purpose.SIGN,
                    scheme=order.call.scheme,
                )
            )
            key = ring.signing(order.key_id)
            if Purpose.SIGN not in key.profile.purposes:
                raise Refusal(Reason.KEY_NOT_ALLOWED, f"key {order.key_id!r} is not for signing")  # noqa: TRY301 - refusals of a batch are collected here
            check_profile(key, order.call)
            self._limits.take(order.key_id)
        except Refusal as refusal:
            return refusal
        return _Ready(order=order, call=order.call, key=key)

    async def _sign(self, ready: Sequence[_Ready]) -> list[bytes | Refusal]:
        """A signature, or why there is none, for each in the order of `ready`."""
        loop = asyncio.get_running_loop()
        slow = {
            index: loop.run_in_executor(self._threads, one.sign)
            for index, one in enumerate(ready)
            if one.key.handle.slow
        }
        return [
            await slow[index] if index in slow else one.sign() for index, one in enumerate(ready)
        ]

    def _record(self, asking: Asking, order: SignOrder, result: Signed | Refusal) -> Record:
        facts = {} if isinstance(order.call, Refusal) else facts_of(order.call)
        refused = isinstance(result, Refusal)
        if isinstance(result, Refusal):
            facts["reason"] = result.reason.value
        return Record(
            act=Act.SIGNATURE_REFUSED if refused else Act.SIGNED,
            time_us=self._clock.now_us(),
            actor=asking.caller,
            key_id=order.key_id,
            key_version=0 if isinstance(result, Refusal) else result.key_version,
            scheme="" if isinstance(order.call, Refusal) else order.call.scheme.value,
            attempt_id=order.attempt_id,
            trace_id=asking.trace_id,
            facts=facts,
        )
