"""The life of signing keys as a function of time."""

import pytest
from auth.domain.invalid_value import InvalidValueError
from auth.domain.signing_key import (
    KeyPlan,
    KeyState,
    SigningKey,
    plan_rotation,
    published_at,
    signing_key_at,
    state_at,
)

LONGEST_TOKEN_US = 300


def key(generation: int, signs_from_us: int, *, revoked_us: int | None = None) -> SigningKey:
    return SigningKey(
        kid=f"key-{generation}",
        generation=generation,
        modulus="",
        exponent="",
        sealed_private_key=b"",
        created_us=0,
        signs_from_us=signs_from_us,
        revoked_us=revoked_us,
    )


FIRST, SECOND = key(1, 0), key(2, 1_000)
BOTH = (FIRST, SECOND)


@pytest.mark.parametrize(
    ("now_us", "first", "second"),
    [
        (0, KeyState.SIGNING, KeyState.PUBLISHED),
        (999, KeyState.SIGNING, KeyState.PUBLISHED),
        (1_000, KeyState.RETIRING, KeyState.SIGNING),
        (1_299, KeyState.RETIRING, KeyState.SIGNING),
        (1_300, KeyState.RETIRED, KeyState.SIGNING),
    ],
)
def test_a_key_is_published_before_it_signs_and_kept_until_its_tokens_are_dead(
    now_us: int, first: KeyState, second: KeyState
) -> None:
    states = [state_at(one, BOTH, now_us=now_us, longest_token_us=LONGEST_TOKEN_US) for one in BOTH]

    assert states == [first, second]


@pytest.mark.parametrize(
    ("now_us", "kids"),
    [(0, ["key-1", "key-2"]), (1_299, ["key-1", "key-2"]), (1_300, ["key-2"])],
)
def test_the_published_keys_are_all_but_the_retired_ones(now_us: int, kids: list[str]) -> None:
    published = published_at(BOTH, now_us=now_us, longest_token_us=LONGEST_TOKEN_US)

    assert [one.kid for one in published] == kids


def test_exactly_one_key_signs_at_any_time() -> None:
    for now_us in (0, 500, 1_000, 5_000):
        states = [
            state_at(one, BOTH, now_us=now_us, longest_token_us=LONGEST_TOKEN_US) for one in BOTH
        ]
        assert states.count(KeyState.SIGNING) == 1


def test_a_revoked_key_neither_signs_nor_is_published() -> None:
    revoked, replacement = key(1, 0, revoked_us=10), key(2, 10)
    keys = (revoked, replacement)

    assert signing_key_at(keys, 10) == replacement
    assert published_at(keys, now_us=10, longest_token_us=LONGEST_TOKEN_US) == (replacement,)


def test_without_a_key_nothing_signs() -> None:
    assert signing_key_at((), 0) is None


@pytest.mark.parametrize(
    ("keys", "now_us", "compromised", "plan"),
    [
        ((), 50, False, KeyPlan(generation=1, signs_from_us=50)),
        ((FIRST,), 50, False, KeyPlan(generation=2, signs_from_us=150)),
        ((FIRST,), 50, True, KeyPlan(generation=2, signs_from_us=50)),
        (BOTH, 50, True, KeyPlan(generation=3, signs_from_us=50)),
        (BOTH, 1_000, False, KeyPlan(generation=3, signs_from_us=1_100)),
    ],
)
def test_the_next_key_signs_after_the_lead_unless_nothing_may_sign_before_it(
    keys: tuple[SigningKey, ...], now_us: int, *, compromised: bool, plan: KeyPlan
) -> None:
    assert plan == plan_rotation(keys, now_us=now_us, publish_lead_us=100, compromised=compromised)


def test_a_rotation_while_a_key_waits_for_its_turn_is_refused() -> None:
    with pytest.raises(InvalidValueError, match="already published"):
        plan_rotation(BOTH, now_us=50, publish_lead_us=100, compromised=False)
