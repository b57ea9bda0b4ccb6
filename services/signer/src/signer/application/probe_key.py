"""Probes a staged key: the bank's token endpoint is asked, which moves no money.

The signer has no way to the bank; an operator's tool carries the signature
there and tells the answer back. Both steps are journalled.
"""

import asyncio
from concurrent.futures import Executor
from dataclasses import replace

from servicekit.clock import Clock

from signer.application.asking import facts_of
from signer.application.key_ring import KeyRing
from signer.application.move_key import KeyOrder, find, needs_probe, record_of
from signer.application.ports import Journal, KeyStore, StoreChange
from signer.domain.call import SNAPToken
from signer.domain.journal import Act
from signer.domain.key_version import KeyState, KeyVersion, Probe
from signer.domain.refusal import Reason, Refusal, invalid
from signer.domain.timestamp import instant_us
from signer.limits import RESPONSE_CODE_MAX_CHARS


class ProbeKey:
    def __init__(
        self,
        *,
        ring: KeyRing,
        store: KeyStore,
        journal: Journal,
        threads: Executor,
        clock: Clock,
    ) -> None:
        self._ring = ring
        self._store = store
        self._journal = journal
        self._threads = threads
        self._clock = clock

    async def sign(self, order: KeyOrder, call: SNAPToken) -> str:
        """A token request's signature by a staged version. Raises Refusal."""
        key = self._ring.current().staged(order.key_id, order.number)
        if not needs_probe(key.profile):
            raise Refusal(
                Reason.KEY_STATE, f"{key.version} does not sign token requests; there is no probe"
            )
        instant_us(call.timestamp, field="timestamp", form=key.profile.timestamp_form)
        signature = await asyncio.get_running_loop().run_in_executor(
            self._threads, key.handle.sign, call.scheme.algorithm, call.string_to_sign()
        )
        now_us = self._clock.now_us()
        await self._journal.append(
            [record_of(order, Act.PROBE_SIGNED, now_us=now_us, facts=facts_of(call))]
        )
        return key.profile.encoding.write(signature)

    def record(self, order: KeyOrder, *, accepted: bool, response_code: str) -> KeyVersion:
        """Notes the bank's word on a staged version. Blocking. Raises Refusal."""
        if not 1 <= len(response_code) <= RESPONSE_CODE_MAX_CHARS or not response_code.isalnum():
            raise invalid("response_code", "must be the bank's code, for example 2007300")
        content = self._store.load()
        stored = find(content, order)
        if stored.version.state is not KeyState.STAGED:
            raise Refusal(Reason.KEY_STATE, f"{stored.version} is {stored.version.state.value}")
        now_us = self._clock.now_us()
        probe = Probe(accepted=accepted, time_us=now_us, response_code=response_code)
        noted = replace(stored, version=replace(stored.version, probe=probe))
        facts = {"accepted": str(accepted).lower(), "response_code": response_code}
        record = record_of(order, Act.PROBE_RECORDED, now_us=now_us, facts=facts)
        self._store.write(
            StoreChange(base_revision=content.revision, records=(record,), versions=(noted,))
        )
        return noted.version
