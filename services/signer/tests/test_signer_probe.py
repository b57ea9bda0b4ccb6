"""The probe of a staged key: what it may sign, whose word about the bank is taken, for how long."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import pytest
from servicekit.testing import FakeClock
from signer.adapters.software_keys import SoftwareCustody
from signer.adapters.sql_key_store import SQLKeyStore
from signer.application.asking import Asking
from signer.application.key_ring import KeyRing, make_ring
from signer.application.move_key import KeyOrder, MoveKey
from signer.application.ports import KeyMaterial
from signer.application.probe_key import BankAnswer, ProbeKey, ProbeOrder
from signer.application.rate_limits import RateLimits
from signer.application.sign_calls import SignOrder
from signer.domain.call import (
    Signable,
    SNAPToken,
    SNAPTransactionSymmetric,
)
from signer.domain.grant import Grants
from signer.domain.journal import Act
from signer.domain.key_version import KeyState, KeyVersion
from signer.domain.rate_limit import RateLimit
from signer.domain.refusal import Reason, Refusal, invalid
from signer.testing import (
    ADAPTER,
    NOW_TEXT,
    Desk,
    hmac_profile,
    rsa_profile,
    secret,
)

Put = Callable[..., KeyVersion]
TOKEN = SNAPToken(client_key="client-1", timestamp=NOW_TEXT)
BALANCE = SNAPTransactionSymmetric(
    method="POST",
    path="/openapi/v1.0/balance-inquiry",
    access_token="t",
    body_sha256=bytes(32),
    timestamp=NOW_TEXT,
)
SECRET_KEY = "bca-transaction"


def of(call: Signable | Refusal, *, key_id: str = "bca-token", number: int = 1) -> ProbeOrder:
    sign = SignOrder(key_id=key_id, attempt_id="attempt-1", call=call)
    return ProbeOrder(sign=sign, number=number, operator="ani")


def promotion(key_id: str = "bca-token", reason: str = "") -> KeyOrder:
    return KeyOrder(key_id=key_id, number=1, operator="ani", reason=reason)


@dataclass(frozen=True, slots=True, kw_only=True)
class Bench:
    """A staged token key and a staged secret, and what probes them."""

    probe: ProbeKey
    moving: MoveKey
    desk: Desk
    store: SQLKeyStore

    @property
    def asking(self) -> Asking:
        return self.desk.asking

    async def answered(self, order: ProbeOrder, **said: Any) -> None:
        """Signs, and reports what the bank is meant to have said."""
        signed = await self.probe.sign(self.asking, order)
        answer = BankAnswer(
            **{"signature": signed.signature, "accepted": True, "response_code": "2007300", **said}
        )
        (await self.probe.check_answer(self.asking, order, answer))()


@pytest.fixture
def bench(
    *,
    store: SQLKeyStore,
    clock: FakeClock,
    put_key: Put,
    fresh_rsa: KeyMaterial,
    open_desk: Callable[..., Desk],
) -> Bench:
    put_key(rsa_profile(), fresh_rsa, activate=False)
    put_key(hmac_profile(), secret("a-shared-secret"), activate=False)
    desk = open_desk()
    probe = ProbeKey(desk.use, store=store)
    return Bench(probe=probe, moving=MoveKey(store=store, clock=clock), desk=desk, store=store)


async def test_a_staged_key_signs_its_probe_as_it_will_sign_when_active(bench: Bench) -> None:
    signed = await bench.probe.sign(bench.asking, of(TOKEN))
    (record,) = bench.desk.journal.records
    assert (record.act, record.actor, record.attempt_id, record.key_version) == (
        Act.PROBE_SIGNED,
        ADAPTER,
        "attempt-1",
        1,
    )
    assert record.facts["operator"] == "ani"
    await bench.answered(of(TOKEN))
    bench.moving.promote(promotion())
    bench.desk.ring.replace(make_ring(bench.store.load(), {"software": SoftwareCustody()}))
    order = SignOrder(key_id="bca-token", attempt_id="a", call=TOKEN)
    assert await bench.desk.sign.one(bench.asking, order) == signed
    with pytest.raises(Refusal, match="no staged version"):
        await bench.probe.sign(bench.asking, of(TOKEN))


async def test_an_accepted_probe_opens_the_way_for_a_day(bench: Bench, clock: FakeClock) -> None:
    with pytest.raises(Refusal, match="not accepted by the bank yet"):
        bench.moving.promote(promotion())
    await bench.answered(of(TOKEN))
    clock.advance(86_401)
    with pytest.raises(Refusal, match="too old"):
        bench.moving.promote(promotion())
    await bench.answered(of(TOKEN))
    assert bench.moving.promote(promotion()).state is KeyState.ACTIVE


@pytest.mark.parametrize(("call", "key_id"), [(TOKEN, "bca-token"), (BALANCE, SECRET_KEY)])
async def test_no_reason_promotes_what_the_bank_refused(
    bench: Bench, call: Signable, key_id: str
) -> None:
    await bench.answered(of(call, key_id=key_id), accepted=False, response_code="4017300")
    with pytest.raises(Refusal, match=r"the bank refused .* \(4017300\)"):
        bench.moving.promote(promotion(key_id, reason="it is surely right"))


async def test_a_secret_whose_balance_inquiry_was_answered_needs_no_reason(bench: Bench) -> None:
    await bench.answered(of(BALANCE, key_id=SECRET_KEY), response_code="2001100")
    assert bench.moving.promote(promotion(SECRET_KEY)).state is KeyState.ACTIVE


@pytest.mark.parametrize(
    "change",
    [
        {"path": "/openapi/v1.0/transfer-intrabank"},
        {"path": "/balance-inquiry/transfer-intrabank"},
        {"path": "/openapi/v1.0/transfer-intrabank?x=/balance-inquiry"},
        {"path": "/openapi/v1.0/not-a-balance-inquiry"},
        {"method": "PUT"},
        {"method": "DELETE"},
    ],
)
async def test_a_staged_key_signs_nothing_that_could_move_money(
    bench: Bench, change: dict[str, str]
) -> None:
    with pytest.raises(Refusal) as caught:
        await bench.probe.sign(bench.asking, of(replace(BALANCE, **change), key_id=SECRET_KEY))
    assert caught.value.reason is Reason.KEY_NOT_ALLOWED
    (record,) = bench.desk.journal.records
    assert record.act is Act.SIGNATURE_REFUSED


async def test_a_get_may_be_signed(bench: Bench) -> None:
    call = replace(BALANCE, method="GET", path="/banking/v3/corporates/C/accounts/1")
    assert (await bench.probe.sign(bench.asking, of(call, key_id=SECRET_KEY))).key_version == 1


async def test_a_sealed_signer_probes_nothing_and_writes_nothing(bench: Bench) -> None:
    sealed = ProbeKey(replace(bench.desk.use, ring=KeyRing()), store=bench.store)
    with pytest.raises(Refusal) as caught:
        await sealed.sign(bench.asking, of(TOKEN))
    assert caught.value.reason is Reason.SEALED
    assert bench.desk.journal.records == []


async def test_probes_count_against_the_keys_rate(bench: Bench, clock: FakeClock) -> None:
    limits = RateLimits({}, default=RateLimit(per_second=1, burst=1), clock=clock)
    slow = ProbeKey(replace(bench.desk.use, limits=limits), store=bench.store)
    await slow.sign(bench.asking, of(TOKEN))
    with pytest.raises(Refusal) as caught:
        await slow.sign(bench.asking, of(TOKEN))
    assert caught.value.reason is Reason.RATE_LIMITED


async def test_only_a_granted_key_is_probed(bench: Bench) -> None:
    nobody = ProbeKey(replace(bench.desk.use, grants=Grants([])), store=bench.store)
    with pytest.raises(Refusal) as caught:
        await nobody.sign(bench.asking, of(TOKEN))
    assert caught.value.reason is Reason.KEY_NOT_ALLOWED


async def test_what_is_no_call_is_refused_and_written_down(bench: Bench) -> None:
    with pytest.raises(Refusal, match="timestamp"):
        await bench.probe.sign(bench.asking, of(invalid("timestamp", "is none")))
    assert [record.act for record in bench.desk.journal.records] == [Act.SIGNATURE_REFUSED]


async def test_an_acceptance_of_another_signature_is_not_taken(bench: Bench) -> None:
    other = await bench.probe.sign(bench.asking, of(replace(TOKEN, client_key="client-2")))
    for signature in (other.signature, "AAAA"):
        answer = BankAnswer(signature=signature, accepted=True, response_code="2007300")
        with pytest.raises(Refusal) as caught:
            await bench.probe.check_answer(bench.asking, of(TOKEN), answer)
        assert caught.value.reason is Reason.SIGNATURE_INVALID
    with pytest.raises(Refusal, match="probe it first"):
        bench.moving.promote(promotion())


@pytest.mark.parametrize("code", ["", "a b", "x" * 33, "\u0661"])
async def test_a_bank_code_that_is_none_is_refused(bench: Bench, code: str) -> None:
    with pytest.raises(Refusal) as caught:
        await bench.answered(of(TOKEN), response_code=code)
    assert caught.value.field == "response_code"
