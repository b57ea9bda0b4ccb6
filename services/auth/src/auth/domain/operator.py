"""An operator: a person who opens the dashboard, and the lock against guessing.

It holds the hash of a password and a sealed TOTP secret, never either in clear.
A lock counts failures in a row, whichever of password and code was wrong.
"""

from dataclasses import dataclass, replace
from enum import StrEnum

from auth.domain.invalid_value import InvalidValueError
from auth.domain.names import check_identifier
from auth.limits import (
    MAX_PASSWORD_CHARACTERS,
    MIN_PASSWORD_CHARACTERS,
    OPERATOR_FAILURES_FREE,
    OPERATOR_FIRST_LOCK_S,
    OPERATOR_LONGEST_LOCK_S,
)

_US_PER_S = 1_000_000


class OperatorStatus(StrEnum):
    ACTIVE = "ACTIVE"
    DISABLED = "DISABLED"


class Role(StrEnum):
    """What a person may do: a viewer looks, an operator also acts."""

    VIEWER = "viewer"
    OPERATOR = "operator"


@dataclass(frozen=True, slots=True, kw_only=True)
class Operator:
    """One person. `last_totp_step` is the newest code used; older ones are spent."""

    name: str
    status: OperatorStatus
    password_hash: str
    sealed_totp_secret: bytes
    roles: frozenset[Role]
    last_totp_step: int
    failures_in_a_row: int
    locked_until_us: int
    version: int
    created_us: int
    updated_us: int

    def __post_init__(self) -> None:
        check_identifier("name", self.name)
        if not self.roles:
            raise InvalidValueError("role", "at least one role is needed: viewer or operator")

    def may_try(self, now_us: int) -> bool:
        """Whether a right password and code would be believed now."""
        return self.status is OperatorStatus.ACTIVE and now_us >= self.locked_until_us

    def code_is_fresh(self, step: int | None) -> bool:
        """Whether the code of this time step exists and has not been used; RFC 6238 5.2."""
        return step is not None and step > self.last_totp_step

    def after_failure(self, now_us: int) -> "Operator":
        failures = self.failures_in_a_row + 1
        return replace(
            self,
            failures_in_a_row=failures,
            locked_until_us=now_us + lock_s(failures) * _US_PER_S,
            version=self.version + 1,
            updated_us=now_us,
        )

    def after_login(self, *, step: int, now_us: int) -> "Operator":
        return replace(
            self,
            last_totp_step=step,
            failures_in_a_row=0,
            locked_until_us=0,
            version=self.version + 1,
            updated_us=now_us,
        )

    def with_status(self, status: OperatorStatus, *, now_us: int) -> "Operator":
        return replace(self, status=status, version=self.version + 1, updated_us=now_us)

    def with_password(self, password_hash: str, *, now_us: int) -> "Operator":
        """The operator with a new password; a lock ends with the old one."""
        return replace(
            self,
            password_hash=password_hash,
            failures_in_a_row=0,
            locked_until_us=0,
            version=self.version + 1,
            updated_us=now_us,
        )

    def with_totp(self, sealed_totp_secret: bytes, *, now_us: int) -> "Operator":
        """The operator with a new authenticator; a lock ends with the old one."""
        return replace(
            self,
            sealed_totp_secret=sealed_totp_secret,
            last_totp_step=0,
            failures_in_a_row=0,
            locked_until_us=0,
            version=self.version + 1,
            updated_us=now_us,
        )


def lock_s(failures_in_a_row: int) -> int:
    """Seconds of lock after so many failures: none at first, then doubling to a limit."""
    over = failures_in_a_row - OPERATOR_FAILURES_FREE
    if over <= 0:
        return 0
    # The exponent is bounded before it is used: the count has no upper limit.
    return min(OPERATOR_FIRST_LOCK_S << min(over - 1, 16), OPERATOR_LONGEST_LOCK_S)


def check_password(password: str) -> None:
    """Raise unless the password has a length that is worth hashing."""
    if not MIN_PASSWORD_CHARACTERS <= len(password) <= MAX_PASSWORD_CHARACTERS:
        raise InvalidValueError(
            "password",
            f"must be {MIN_PASSWORD_CHARACTERS} to {MAX_PASSWORD_CHARACTERS} characters",
        )
