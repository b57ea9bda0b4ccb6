"""Signs a batch of calls: policy, rate, key, string, signature, journal, answer.

What holds for every call of one key and scheme is asked once a batch. The
journal's commit is shared by the batch and comes before any answer. A refusal
of one call does not touch the others. RSA runs in threads (`cryptography`
releases the interpreter lock there); HMAC takes microseconds and runs where it
stands.
"""

import asyncio
from collections.abc import Sequence
from functools import partial

from msgspec import Struct

from signer.application.asking import Asking, facts_of
from signer.application.key_ring import RingKey
from signer.application.key_use import KeyUse, check_profile, check_timestamp
from signer.domain.call import Signable
from signer.domain.journal import Act, Record
from signer.domain.key_profile import Purpose
from signer.domain.refusal import Refusal
from signer.domain.scheme import Scheme
from signer.limits import SIGNATURES_PER_THREAD_TURN


class SignOrder(Struct, frozen=True, kw_only=True):
    """One call to sign.

    `call` is a Refusal when what was received is no call; it is answered and
    journalled as such.
    """

    key_id: str
    attempt_id: str
    call: Signable | Refusal


class Signed(Struct, frozen=True, kw_only=True):
    signature: str
    key_version: int


_Work = tuple[RingKey, Signable]


class SignCalls:
    def __init__(self, use: KeyUse) -> None:
        self._use = use

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
        judge = _Judge(self._use, asking)
        judged = [judge(order) for order in orders]
        made = iter(await self._sign([work for work in judged if not isinstance(work, Refusal)]))
        results = [work if isinstance(work, Refusal) else next(made) for work in judged]
        now_us = self._use.clock.now_us()
        await self._use.journal.append(
            [
                _record(asking, order, result, now_us=now_us)
                for order, result in zip(orders, results, strict=True)
            ]
        )
        return results

    async def _sign(self, work: Sequence[_Work]) -> list[Signed | Refusal]:
        """In the order of `work`. A batch with a slow key goes to the threads as a whole."""
        if not any(key.handle.slow for key, _ in work):
            return _sign_all(work)
        size = SIGNATURES_PER_THREAD_TURN
        turns = [
            self._use.in_thread(partial(_sign_all, work[start : start + size]))
            for start in range(0, len(work), size)
        ]
        return [signed for turn in await asyncio.gather(*turns) for signed in turn]


class _Judge:
    """Says for each order of one batch whether it may be signed, and with which key."""

    def __init__(self, use: KeyUse, asking: Asking) -> None:
        """Raises Refusal SEALED."""
        self._use = use
        self._asking = asking
        self._ring = use.ring.current()
        self._keys: dict[tuple[str, Scheme], RingKey | Refusal] = {}

    def __call__(self, order: SignOrder) -> _Work | Refusal:
        call = order.call
        if isinstance(call, Refusal):
            return call
        wanted = order.key_id, call.scheme
        key = self._keys.get(wanted)
        if key is None:
            key = self._keys[wanted] = self._key(*wanted)
        if isinstance(key, Refusal):
            return key
        try:
            check_timestamp(key, call)
            self._use.limits.take(order.key_id)
        except Refusal as refusal:
            return refusal
        return key, call

    def _key(self, key_id: str, scheme: Scheme) -> RingKey | Refusal:
        """What does not depend on the call itself: grant, version, purpose, scheme."""
        try:
            self._use.check_grant(self._asking, key_id, Purpose.SIGN, scheme)
            key = self._ring.signing(key_id)
            check_profile(key, Purpose.SIGN, scheme)
        except Refusal as refusal:
            return refusal
        return key


def _sign_all(work: Sequence[_Work]) -> list[Signed | Refusal]:
    """Blocking."""
    return [_sign(key, call) for key, call in work]


def _sign(key: RingKey, call: Signable) -> Signed | Refusal:
    try:
        made = key.handle.sign(call.scheme.algorithm, call.string_to_sign())
    except Refusal as refusal:  # a token that is away refuses; others go on
        return refusal
    return Signed(signature=key.profile.encoding.write(made), key_version=key.version.number)


def _record(asking: Asking, order: SignOrder, result: Signed | Refusal, *, now_us: int) -> Record:
    facts = {} if isinstance(order.call, Refusal) else facts_of(order.call)
    if isinstance(result, Refusal):
        facts["reason"] = result.reason.value
    return Record(
        act=Act.SIGNATURE_REFUSED if isinstance(result, Refusal) else Act.SIGNED,
        time_us=now_us,
        actor=asking.caller,
        key_id=order.key_id,
        key_version=0 if isinstance(result, Refusal) else result.key_version,
        scheme="" if isinstance(order.call, Refusal) else order.call.scheme.value,
        attempt_id=order.attempt_id,
        trace_id=asking.trace_id,
        facts=facts,
    )
