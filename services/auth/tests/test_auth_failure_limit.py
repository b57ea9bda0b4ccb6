"""The limit on failed attempts."""

import pytest
from auth.application.failure_limit import FailureLimit
from auth.limits import FAILURES_OVERALL, FAILURES_PER_KEY, MAX_TRACKED_KEYS
from servicekit.testing import FakeClock


@pytest.fixture
def limit(clock: FakeClock) -> FailureLimit:
    return FailureLimit(clock)


def exhaust(limit: FailureLimit, key: str) -> None:
    for _ in range(FAILURES_PER_KEY):
        assert limit.take(key) == 0.0


def test_a_key_that_failed_too_often_must_wait(limit: FailureLimit) -> None:
    exhaust(limit, "erp")

    assert limit.take("erp") == pytest.approx(6.0)


def test_another_key_is_not_held_up_by_it(limit: FailureLimit) -> None:
    exhaust(limit, "erp")

    assert limit.take("other") == 0.0


def test_waiting_as_told_gives_exactly_one_more_attempt(
    limit: FailureLimit, clock: FakeClock
) -> None:
    exhaust(limit, "erp")
    clock.advance(limit.take("erp"))

    assert limit.take("erp") == 0.0
    assert limit.take("erp") > 0.0


def test_right_attempts_cost_nothing(limit: FailureLimit) -> None:
    for _ in range(10 * FAILURES_PER_KEY):
        assert limit.take("erp") == 0.0
        limit.give_back("erp")


def test_all_keys_together_are_limited_too(limit: FailureLimit) -> None:
    for number in range(FAILURES_OVERALL):
        assert limit.take(f"key-{number}") == 0.0

    assert limit.take("one-more") > 0.0


def test_memory_is_bounded(limit: FailureLimit, clock: FakeClock) -> None:
    for number in range(2 * MAX_TRACKED_KEYS):
        limit.take(f"key-{number}")
        clock.advance(1.0)

    assert len(limit._by_key) == MAX_TRACKED_KEYS


def test_a_place_given_back_by_a_forgotten_key_harms_nothing(limit: FailureLimit) -> None:
    limit.give_back("never-seen")

    assert limit.take("never-seen") == 0.0
