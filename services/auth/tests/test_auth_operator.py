"""The lock against guessing, and codes that count once."""

import pytest
from auth.domain.invalid_value import InvalidValueError
from auth.domain.operator import Operator, OperatorStatus, Role, check_password, lock_s

SECOND_US = 1_000_000
OPERATOR = Operator(
    name="jane",
    status=OperatorStatus.ACTIVE,
    password_hash="hash",
    sealed_totp_secret=b"sealed",
    roles=frozenset({Role.VIEWER}),
    last_totp_step=0,
    failures_in_a_row=0,
    locked_until_us=0,
    version=1,
    created_us=0,
    updated_us=0,
)


@pytest.mark.parametrize(
    ("failures", "seconds"),
    [(1, 0), (4, 0), (5, 30), (6, 60), (7, 120), (9, 480), (10, 900), (11, 900), (10_000, 900)],
)
def test_the_lock_doubles_from_the_fifth_failure_up_to_a_limit(failures: int, seconds: int) -> None:
    assert lock_s(failures) == seconds


def test_the_fifth_failure_in_a_row_locks_and_time_unlocks() -> None:
    operator = OPERATOR
    for _ in range(5):
        assert operator.may_try(0)
        operator = operator.after_failure(0)

    assert not operator.may_try(29 * SECOND_US)
    assert operator.may_try(30 * SECOND_US)


def test_a_login_forgets_the_failures() -> None:
    failed = OPERATOR.after_failure(0).after_failure(0)
    logged_in = failed.after_login(step=7, now_us=SECOND_US)

    assert (logged_in.failures_in_a_row, logged_in.locked_until_us) == (0, 0)


def test_a_disabled_operator_may_not_try() -> None:
    assert not OPERATOR.with_status(OperatorStatus.DISABLED, now_us=0).may_try(0)


@pytest.mark.parametrize(("step", "fresh"), [(None, False), (6, False), (7, False), (8, True)])
def test_a_code_counts_once_and_no_older_one_after_it(step: int | None, *, fresh: bool) -> None:
    operator = OPERATOR.after_login(step=7, now_us=0)

    assert operator.code_is_fresh(step) is fresh


def test_a_reset_of_the_authenticator_ends_a_lock() -> None:
    locked = OPERATOR
    for _ in range(6):
        locked = locked.after_failure(0)

    assert locked.with_totp(b"new", now_us=0).may_try(0)
    assert locked.with_password("new", now_us=0).may_try(0)


def test_an_operator_without_a_role_cannot_be_made() -> None:
    with pytest.raises(InvalidValueError, match="role"):
        Operator(
            name="jane",
            status=OperatorStatus.ACTIVE,
            password_hash="hash",
            sealed_totp_secret=b"sealed",
            roles=frozenset(),
            last_totp_step=0,
            failures_in_a_row=0,
            locked_until_us=0,
            version=1,
            created_us=0,
            updated_us=0,
        )


@pytest.mark.parametrize("password", ["", "short", "a" * 11, "a" * 129])
def test_a_password_that_is_too_short_or_too_long_is_refused(password: str) -> None:
    with pytest.raises(InvalidValueError):
        check_password(password)
