"""Destruction: by two operators, a week ahead."""

from collections.abc import Callable
from dataclasses import dataclass

import pytest
from servicekit.testing import FakeClock
from signer.adapters.software_keys import SoftwareCustody
from signer.adapters.sql_key_store import SQLKeyStore
from signer.application.destroy_key import DestroyKey
from signer.application.move_key import KeyOrder, MoveKey
from signer.domain.key_version import KeyState, KeyVersion
from signer.domain.refusal import Reason, Refusal
from signer.testing import hmac_profile, secret

Put = Callable[..., KeyVersion]
ANI, BUDI = "spiffe://gerbang/operator/ani", "spiffe://gerbang/operator/budi"
DAY_US = 86_400 * 1_000_000


def order(operator: str = ANI, key_id: str = "bca-token") -> KeyOrder:
    return KeyOrder(key_id=key_id, number=1, operator=operator)


@dataclass(frozen=True, slots=True)
class Retired:
    destroying: DestroyKey
    store: SQLKeyStore
    clock: FakeClock

    @property
    def due_us(self) -> int:
        return self.clock.now_us() + 8 * DAY_US

    def state(self) -> KeyState:
        return self.store.load().versions[0].version.state


@pytest.fixture
def retired(store: SQLKeyStore, clock: FakeClock, put_key: Put) -> Retired:
    put_key(hmac_profile("bca-token"), secret("the-first-secret"), activate=False)
    MoveKey(store=store, clock=clock).retire(order())
    made = DestroyKey(
        store=store,
        custodies={"software": SoftwareCustody()},
        clock=clock,
        actor="spiffe://gerbang/signer",
    )
    return Retired(made, store, clock)


def test_a_confirmed_order_is_carried_out_when_it_is_due(retired: Retired) -> None:
    retired.destroying.schedule(order(ANI), due_us=retired.due_us)
    retired.destroying.confirm(order(BUDI))
    retired.clock.advance(8 * 86_400 - 1)
    assert retired.destroying.run_due() == []
    retired.clock.advance(1)
    assert [version.number for version in retired.destroying.run_due()] == [1]
    assert retired.destroying.run_due() == []
    (gone,) = retired.store.load().versions
    assert (gone.version.state, gone.kept.reveal()) == (KeyState.DESTROYED, b"")


def test_an_unconfirmed_order_is_never_carried_out(retired: Retired) -> None:
    retired.destroying.schedule(order(ANI), due_us=retired.due_us)
    retired.clock.advance(365 * 86_400)
    assert retired.destroying.run_due() == []
    assert retired.state() is KeyState.RETIRED


def test_one_operator_alone_cannot_destroy(retired: Retired) -> None:
    retired.destroying.schedule(order(ANI), due_us=retired.due_us)
    with pytest.raises(Refusal, match="another operator"):
        retired.destroying.confirm(order(ANI))


def test_a_cancelled_order_is_not_carried_out_and_must_be_made_anew(retired: Retired) -> None:
    retired.destroying.schedule(order(ANI), due_us=retired.due_us)
    retired.destroying.confirm(order(BUDI))
    retired.destroying.cancel(order(ANI))
    retired.clock.advance(9 * 86_400)
    assert retired.destroying.run_due() == []
    with pytest.raises(Refusal, match="not scheduled"):
        retired.destroying.confirm(order(BUDI))


def test_a_date_within_the_week_is_refused(retired: Retired) -> None:
    due_us = retired.clock.now_us() + 7 * DAY_US - 1
    with pytest.raises(Refusal) as caught:
        retired.destroying.schedule(order(), due_us=due_us)
    assert caught.value.field == "due_time"


def test_what_is_in_use_or_scheduled_cannot_be_scheduled(retired: Retired, put_key: Put) -> None:
    put_key(hmac_profile("live"), secret("a-live-secret"))
    with pytest.raises(Refusal) as caught:
        retired.destroying.schedule(order(key_id="live"), due_us=retired.due_us)
    assert caught.value.reason is Reason.KEY_STATE
    retired.destroying.schedule(order(), due_us=retired.due_us)
    with pytest.raises(Refusal, match="scheduled already"):
        retired.destroying.schedule(order(BUDI), due_us=retired.due_us)
