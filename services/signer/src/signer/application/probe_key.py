"""Probes a staged key: it signs a call that moves no money, and the bank's answer is noted.

The signer has no way to the bank; the service that has it carries the call
and reports the answer under its own identity. Its word is taken for a
signature that the staged version made, and for no other.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TypeVar

from msgspec import structs

from signer.application.asking import Asking, facts_of
from signer.application.key_ring import RingKey
from signer.application.key_use import KeyUse, check_profile, check_timestamp
from signer.application.move_key import KeyOrder, find, record_of
from signer.application.ports import KeyStore, StoreChange
from signer.application.sign_calls import Signed, SignOrder
from signer.domain.call import Signable
from signer.domain.journal import Act
from signer.domain.key_profile import Purpose
from signer.domain.key_version import KeyState, KeyVersion, Probe
from signer.domain.probe import check_harmless
from signer.domain.refusal import Reason, Refusal, invalid
from signer.limits import RESPONSE_CODE_MAX_CHARS

T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class ProbeOrder:
    """One call for one staged version."""

    sign: SignOrder
    number: int
    operator: str
    """Who asked for the probe, by the word of the service that carries it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BankAnswer:
    """What the bank said to the call that was signed so."""

    signature: str
    accepted: bool
    response_code: str


class ProbeKey:
    def __init__(self, use: KeyUse, *, store: KeyStore) -> None:
        self._use = use
        self._store = store

    async def sign(self, asking: Asking, probe: ProbeOrder) -> Signed:
        """A signature by a staged version. Raises Refusal."""
        self._use.ring.current()  # a sealed signer answers nothing, and journals nothing
        try:
            key, call = self._check(asking, probe)
            self._use.limits.take(key.profile.key_id)
            made = await self._use.in_thread(
                lambda: key.handle.sign(call.scheme.algorithm, call.string_to_sign())
            )
        except Refusal as refusal:
            await self._note(asking, probe, Act.SIGNATURE_REFUSED, {"reason": refusal.reason.value})
            raise
        await self._note(asking, probe, Act.PROBE_SIGNED, facts_of(call))
        return Signed(signature=key.profile.encoding.write(made), key_version=key.version.number)

    async def check_answer(
        self, asking: Asking, probe: ProbeOrder, answer: BankAnswer
    ) -> Callable[[], KeyVersion]:
        """What writes the answer down, blocking, once it is known to be about this version.

        Raises Refusal, and so does what it gives.
        """
        code = answer.response_code
        if not 1 <= len(code) <= RESPONSE_CODE_MAX_CHARS or not (code.isascii() and code.isalnum()):
            raise invalid("response_code", "must be the bank's code, for example 2007300")
        key, call = self._check(asking, probe)
        signature = key.profile.encoding.read(answer.signature)
        genuine = await self._use.in_thread(
            lambda: key.handle.verify(call.scheme.algorithm, call.string_to_sign(), signature)
        )
        if not genuine:
            raise Refusal(
                Reason.SIGNATURE_INVALID, f"{key.version} did not sign what the bank answered"
            )
        return lambda: self._record(_order(asking, probe), probe.operator, answer)

    def _check(self, asking: Asking, probe: ProbeOrder) -> tuple[RingKey, Signable]:
        call, key_id = probe.sign.call, probe.sign.key_id
        if isinstance(call, Refusal):
            raise call
        self._use.check_grant(asking, key_id, Purpose.SIGN, call.scheme)
        key = self._use.ring.current().staged(key_id, probe.number)
        check_profile(key, Purpose.SIGN, call.scheme)
        check_timestamp(key, call)
        check_harmless(call)
        return key, call

    async def _note(
        self, asking: Asking, probe: ProbeOrder, act: Act, facts: dict[str, str]
    ) -> None:
        call = probe.sign.call
        record = record_of(
            _order(asking, probe),
            act,
            now_us=self._use.clock.now_us(),
            facts={**facts, "operator": probe.operator},
        )
        scheme = "" if isinstance(call, Refusal) else call.scheme.value
        await self._use.journal.append(
            [structs.replace(record, scheme=scheme, attempt_id=probe.sign.attempt_id)]
        )

    def _record(self, order: KeyOrder, operator: str, answer: BankAnswer) -> KeyVersion:
        content = self._store.load()
        stored = find(content, order)
        if stored.version.state is not KeyState.STAGED:
            raise Refusal(Reason.KEY_STATE, f"{stored.version} is {stored.version.state.value}")
        now_us = self._use.clock.now_us()
        probe = Probe(accepted=answer.accepted, time_us=now_us, response_code=answer.response_code)
        noted = replace(stored, version=replace(stored.version, probe=probe))
        facts = {
            "accepted": str(answer.accepted).lower(),
            "operator": operator,
            "response_code": answer.response_code,
        }
        record = record_of(order, Act.PROBE_RECORDED, now_us=now_us, facts=facts)
        self._store.write(
            StoreChange(base_revision=content.revision, records=(record,), versions=(noted,))
        )
        return noted.version


def _order(asking: Asking, probe: ProbeOrder) -> KeyOrder:
    """The reporting service is the actor; the operator is a fact it tells."""
    return KeyOrder(
        key_id=probe.sign.key_id,
        number=probe.number,
        operator=asking.caller,
        trace_id=asking.trace_id,
    )
