"""The life of a key: moves, promotion, what production refuses."""

import itertools
from collections.abc import Callable

import pytest
from servicekit.config import Mode
from servicekit.database import read
from servicekit.testing import FakeClock
from signer.adapters.journal_rows import walk
from signer.adapters.sql_key_store import SQLKeyStore
from signer.application.add_key import NewKey
from signer.application.move_key import KeyOrder, MoveKey
from signer.application.ports import KeyMaterial
from signer.application.published_keys import published_versions
from signer.domain.journal import verify_chain
from signer.domain.key_profile import KeyProfile, Material, Purpose
from signer.domain.key_version import LEGAL_MOVES, KeyState, KeyVersion, check_move
from signer.domain.refusal import Reason, Refusal
from signer.domain.scheme import Scheme
from signer.testing import OPERATOR, adding, hmac_profile, legacy_profile, rsa_profile, secret
from sqlalchemy import Engine

Put = Callable[..., KeyVersion]


def version(state: KeyState) -> KeyVersion:
    return KeyVersion(
        key_id="k",
        number=1,
        state=state,
        fingerprint="",
        public_key=b"",
        created_us=0,
        changed_us=0,
    )


@pytest.mark.parametrize(("before", "after"), list(itertools.product(KeyState, KeyState)))
def test_only_legal_moves_are_made(before: KeyState, after: KeyState) -> None:
    if after in LEGAL_MOVES[before]:
        check_move(version(before), after)
        return
    with pytest.raises(Refusal) as caught:
        check_move(version(before), after)
    assert caught.value.reason is Reason.KEY_STATE


def order(number: int, **changes: str) -> KeyOrder:
    about = {"reason": "the bank confirmed it by letter", **changes}
    return KeyOrder(key_id="bca-transaction", number=number, operator=OPERATOR, **about)


@pytest.fixture
def moving(store: SQLKeyStore, clock: FakeClock) -> MoveKey:
    return MoveKey(store=store, clock=clock)


def states(store: SQLKeyStore) -> list[str]:
    return [stored.version.state.value for stored in store.load().versions]


def test_promotion_makes_the_older_version_verify_only(
    store: SQLKeyStore, put_key: Put, moving: MoveKey
) -> None:
    put_key(hmac_profile(), secret("the-first-secret"))
    put_key(hmac_profile(), secret("the-second-secret"), activate=False)
    moving.promote(order(2))
    assert states(store) == ["VERIFY_ONLY", "ACTIVE"]
    moving.promote(order(1))
    assert states(store) == ["ACTIVE", "VERIFY_ONLY"]
    moving.retire(order(2))
    assert states(store) == ["ACTIVE", "RETIRED"]


def test_the_active_version_cannot_be_retired(put_key: Put, moving: MoveKey) -> None:
    put_key(hmac_profile(), secret("the-first-secret"))
    with pytest.raises(Refusal, match="can become VERIFY_ONLY"):
        moving.retire(order(1))


def test_an_unknown_version_is_not_found(put_key: Put, moving: MoveKey) -> None:
    put_key(hmac_profile(), secret("the-first-secret"))
    with pytest.raises(Refusal) as caught:
        moving.promote(order(9))
    assert caught.value.reason is Reason.KEY_NOT_FOUND


def test_a_second_version_is_not_active_at_once(put_key: Put) -> None:
    put_key(hmac_profile(), secret("the-first-secret"))
    with pytest.raises(Refusal, match="stage the new one"):
        put_key(hmac_profile(), secret("the-second-secret"), activate=True)


def test_a_version_cannot_change_its_profile(put_key: Put) -> None:
    put_key(hmac_profile(), secret("the-first-secret"))
    with pytest.raises(Refusal, match="other properties"):
        put_key(legacy_profile("bca-transaction"), secret("the-second-secret"), activate=False)


def test_the_same_rsa_key_is_not_taken_twice(put_key: Put, fresh_rsa: KeyMaterial) -> None:
    put_key(rsa_profile(), fresh_rsa)
    with pytest.raises(Refusal, match="already bca-token version 1"):
        put_key(rsa_profile(), fresh_rsa, activate=False)


@pytest.mark.parametrize("text", ["short", " padded-secret", "newline-secret\n", "x" * 1025])
def test_a_doubtful_secret_is_refused(put_key: Put, text: str) -> None:
    with pytest.raises(Refusal) as caught:
        put_key(hmac_profile(), secret(text))
    assert caught.value.field == "secret"


@pytest.mark.parametrize(
    ("profile", "bits"),
    [(rsa_profile(), 2048), (rsa_profile(), 3072), (hmac_profile(), None)],
)
def test_generated_keys_are_staged_and_differ(
    store: SQLKeyStore, clock: FakeClock, profile: KeyProfile, bits: int | None
) -> None:
    new = NewKey(profile=profile, operator=OPERATOR)
    first = adding(store, clock).generate_key(new, rsa_bits=bits)
    second = adding(store, clock).generate_key(new, rsa_bits=bits)
    assert (first.state, second.number) == (KeyState.STAGED, 2)
    assert first.fingerprint != second.fingerprint


@pytest.mark.parametrize("bits", [None, 1024, 2047, 8192])
def test_other_rsa_sizes_are_not_made(
    store: SQLKeyStore, clock: FakeClock, bits: int | None
) -> None:
    with pytest.raises(Refusal) as caught:
        adding(store, clock).generate_key(
            NewKey(profile=rsa_profile(), operator=OPERATOR), rsa_bits=bits
        )
    assert caught.value.field == "rsa_bits"


@pytest.mark.parametrize(
    "text", ["22a2d25e-765d-41e1-8d29-da68dcb5698b", "myclientsecret", "demo-client-secret-0001"]
)
def test_production_refuses_published_secrets(
    store: SQLKeyStore, clock: FakeClock, text: str
) -> None:
    with pytest.raises(Refusal, match="production refuses it"):
        adding(store, clock, Mode.PRODUCTION).import_key(
            NewKey(profile=hmac_profile(), operator=OPERATOR), secret(text)
        )


def test_production_refuses_the_published_rsa_key(
    store: SQLKeyStore, clock: FakeClock, key_a: KeyMaterial, key_a_public: KeyMaterial
) -> None:
    public = rsa_profile("bank", material=Material.RSA_PUBLIC, purposes=frozenset({Purpose.VERIFY}))
    for profile, material in ((rsa_profile(), key_a), (public, key_a_public)):
        with pytest.raises(Refusal, match="production refuses it"):
            adding(store, clock, Mode.PRODUCTION).import_key(
                NewKey(profile=profile, operator=OPERATOR), material
            )


def test_published_keys_are_found_in_a_store_that_came_from_development(
    store: SQLKeyStore, put_key: Put, key_a: KeyMaterial, fresh_rsa: KeyMaterial
) -> None:
    put_key(rsa_profile("bad-rsa"), key_a)
    put_key(rsa_profile("good-rsa"), fresh_rsa)
    put_key(hmac_profile("bad-hmac"), secret("myclientsecret"))
    put_key(hmac_profile("good-hmac"), secret("nobody-knows-this"))
    found = {found.key_id for found, _ in published_versions(store.load())}
    assert found == {"bad-rsa", "bad-hmac"}


def test_production_wants_a_reason_for_a_key_that_is_active_at_once(
    store: SQLKeyStore, clock: FakeClock, fresh_rsa: KeyMaterial
) -> None:
    strict = adding(store, clock, Mode.PRODUCTION)
    with pytest.raises(Refusal) as caught:
        strict.import_key(
            NewKey(profile=rsa_profile(), operator=OPERATOR, activate=True), fresh_rsa
        )
    assert caught.value.field == "reason"
    new = NewKey(
        profile=rsa_profile(), operator=OPERATOR, activate=True, reason="first installation"
    )
    assert strict.import_key(new, fresh_rsa).state is KeyState.ACTIVE


def test_a_token_key_is_not_promoted_by_a_reason(
    put_key: Put, moving: MoveKey, fresh_rsa: KeyMaterial
) -> None:
    put_key(rsa_profile(), fresh_rsa, activate=False)
    wanted = KeyOrder(
        key_id="bca-token", number=1, operator=OPERATOR, reason="the bank confirmed it by letter"
    )
    with pytest.raises(Refusal, match="probe it first"):
        moving.promote(wanted)


def test_a_secret_without_a_probe_is_promoted_only_with_a_reason(
    store: SQLKeyStore, put_key: Put, moving: MoveKey
) -> None:
    put_key(hmac_profile(), secret("the-first-secret"), activate=False)
    with pytest.raises(Refusal) as caught:
        moving.promote(order(1, reason=""))
    assert caught.value.field == "reason"
    moving.promote(order(1))
    assert states(store) == ["ACTIVE"]


def test_every_administrative_act_is_in_the_chain(
    engine: Engine, put_key: Put, moving: MoveKey
) -> None:
    put_key(hmac_profile(), secret("the-first-secret"))
    put_key(hmac_profile(), secret("the-second-secret"), activate=False)
    moving.promote(order(2))
    moving.retire(order(1))
    with read(engine) as connection:
        entries = list(walk(connection))
    verify_chain(entries)
    acts = [entry.content.split(b'"')[3].decode() for entry in entries]
    assert acts == [
        "signer.key_store_created",
        "signer.key_imported",
        "signer.key_imported",
        "signer.key_promoted",
        "signer.key_retired",
    ]
    assert not any(b"secret" in entry.content for entry in entries)


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"key_id": ""}, "key_id"),
        ({"key_id": "BCA"}, "key_id"),
        ({"key_id": "-a"}, "key_id"),
        ({"key_id": "a" * 64}, "key_id"),
        ({"schemes": frozenset()}, "schemes"),
        ({"schemes": frozenset({Scheme.SNAP_TOKEN_ASYMMETRIC})}, "schemes"),
        ({"purposes": frozenset()}, "purposes"),
        ({"tolerance_s": 0}, "tolerance_s"),
        ({"tolerance_s": 901}, "tolerance_s"),
    ],
)
def test_a_profile_whose_parts_do_not_fit_is_refused(
    changes: dict[str, object], field: str
) -> None:
    with pytest.raises(Refusal) as caught:
        hmac_profile(**{"key_id": "k", **changes})
    assert caught.value.field == field


def test_a_public_key_cannot_be_given_to_sign_with() -> None:
    with pytest.raises(Refusal, match="cannot sign"):
        rsa_profile(material=Material.RSA_PUBLIC)
