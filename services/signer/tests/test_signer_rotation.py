"""Rotation under load: a key changes again and again, and no signature fails.

The long form is a thousand rotations: GERBANG_TEST_ROTATIONS=1000.
"""

import asyncio
import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

from servicekit.clock import SystemClock
from servicekit.testing import FakeClock
from signer.adapters.journal_writer import JournalWriter
from signer.adapters.software_keys import SoftwareCustody
from signer.adapters.sql_key_store import SQLKeyStore
from signer.application.asking import Asking
from signer.application.key_ring import KeyRing, make_ring
from signer.application.key_use import KeyUse
from signer.application.move_key import KeyOrder, MoveKey
from signer.application.rate_limits import RateLimits
from signer.application.sign_calls import SignCalls, SignOrder
from signer.application.verify_call import VerifyCall, VerifyOrder
from signer.domain.call import SNAPTransactionSymmetric
from signer.domain.key_version import KeyVersion
from signer.domain.rate_limit import RateLimit
from signer.testing import ADAPTER, NOW_TEXT, every_grant, hmac_profile, secret
from sqlalchemy import Engine

ROTATIONS = int(os.environ.get("GERBANG_TEST_ROTATIONS", "60"))
CALL = SNAPTransactionSymmetric(
    method="POST", path="/v1", access_token="t", body_sha256=bytes(32), timestamp=NOW_TEXT
)


class Forgetful:
    """The same call is verified again and again here, which is not what is tested."""

    async def take(self, key_id: str, signature: bytes, *, fresh_until_us: int) -> bool:
        return True


async def test_rotations_lose_no_signature(
    *,
    engine: Engine,
    store: SQLKeyStore,
    clock: FakeClock,
    put_key: Callable[..., KeyVersion],
    threads: ThreadPoolExecutor,
) -> None:
    put_key(hmac_profile(), secret("the-first-secret"))
    put_key(hmac_profile(), secret("the-second-secret"), activate=False)
    ring, software = KeyRing(), SoftwareCustody()
    journal = JournalWriter(engine)
    journal.start()
    use = KeyUse(
        ring=ring,
        grants=every_grant(store),
        limits=RateLimits({}, default=RateLimit(per_second=1e6, burst=10**6), clock=clock),
        journal=journal,
        threads=threads,
        clock=clock,
    )
    sign, verify = SignCalls(use), VerifyCall(use, replays=Forgetful())
    moving = MoveKey(store=store, clock=clock)
    asking = Asking(caller=ADAPTER, trace_id="t")
    order = SignOrder(key_id="bca-transaction", attempt_id="a", call=CALL)
    rotated = asyncio.Event()
    versions: set[int] = set()
    count = 0

    def rotate() -> None:
        for turn in range(ROTATIONS):
            which = KeyOrder(
                key_id="bca-transaction",
                number=2 - turn % 2,
                operator="ani",
                reason="a rotation of the test",
            )
            moving.promote(which)
            ring.replace(make_ring(store.load(), {"software": software}))

    async def keep_signing() -> None:
        nonlocal count
        while not rotated.is_set():
            signed = await sign.one(asking, order)
            versions.add(signed.key_version)
            made = VerifyOrder(key_id="bca-transaction", signature=signed.signature, call=CALL)
            assert await verify(asking, made) in (1, 2)
            count += 1

    ring.replace(make_ring(store.load(), {"software": software}))
    started = SystemClock().monotonic()
    try:
        async with asyncio.TaskGroup() as group:
            for _ in range(8):
                group.create_task(keep_signing())
            await asyncio.to_thread(rotate)
            rotated.set()
    finally:
        await asyncio.to_thread(journal.close)
    seconds = SystemClock().monotonic() - started
    print(f"{count} signatures, {count / seconds:.0f}/s, {ROTATIONS} rotations")  # noqa: T201 - a figure to read
    assert versions == {1, 2}
    assert store.load().revision > ROTATIONS
