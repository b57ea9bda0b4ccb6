"""A person's name, password and code become a short session.

Every failure looks the same from outside and costs the same hash. The failure
count and the last code used live in the database and change by compare-and-set,
so neither a restart nor a second replica nor a race gives a second try.
"""

from collections.abc import Callable
from dataclasses import dataclass

from servicekit.clock import Clock
from servicekit.secret import Secret

from auth.application.failure_limit import FailureLimit
from auth.application.issue_token import ISSUER
from auth.application.key_ring import KeyRing
from auth.application.ports import (
    ChangedElsewhereError,
    Journal,
    OperatorStore,
    Sealer,
    SecretHasher,
    TokenSigner,
    TOTPCodes,
)
from auth.domain.audit_event import AuditEvent, Kind
from auth.domain.operator import Operator

DASHBOARD_AUDIENCE = "gerbang-dashboard"
LOGIN_PATH = "/login"

_US_PER_S = 1_000_000
_SEE_OTHER = 303
_UNAUTHORIZED = 401


class LoginRefusedError(Exception):
    """Not signed in. `waiting` when the attempt was not even judged."""

    def __init__(self, *, waiting: bool = False) -> None:
        super().__init__("login refused")
        self.waiting = waiting


@dataclass(frozen=True, slots=True, kw_only=True)
class LoginAttempt:
    name: str
    password: Secret[str]
    code: Secret[str]
    trace_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class OperatorSession:
    token: Secret[str]
    lifetime_s: int


def totp_purpose(name: str) -> str:
    """What an operator's TOTP secret is sealed for."""
    return f"operator-totp:{name}"


@dataclass(frozen=True, slots=True, kw_only=True)
class LogInOperator:
    operators: OperatorStore
    hasher: SecretHasher
    codes: TOTPCodes
    sealer: Sealer
    limit: FailureLimit
    keys: KeyRing
    signer: TokenSigner
    journal: Journal
    clock: Clock
    new_id: Callable[[], str]
    session_s: int

    async def __call__(self, attempt: LoginAttempt) -> OperatorSession:
        """Raises LoginRefusedError, TooBusyError, NoSigningKeyError."""
        if self.limit.take(attempt.name) > 0.0:
            raise LoginRefusedError(waiting=True)
        judged = False
        try:
            operator = await self.operators.find(attempt.name)
            right_password = await self.hasher.verify(
                operator.password_hash if operator is not None else None, attempt.password
            )
            judged = True
        finally:
            if not judged:
                self.limit.give_back(attempt.name)
        session = None
        if operator is not None:
            session = await self._judge(operator, attempt, right_password=right_password)
        if session is None:
            if operator is None:
                # People type their password into the wrong field: an unknown
                # name is not written down.
                await self.journal.record(_refused(attempt, "unknown name", actor="unknown"))
            raise LoginRefusedError
        self.limit.give_back(attempt.name)
        return session

    async def _judge(
        self, operator: Operator, attempt: LoginAttempt, *, right_password: bool
    ) -> OperatorSession | None:
        now_us = self.clock.now_us()
        step = self._fresh_step(operator, attempt, now_us)
        if not operator.may_try(now_us):
            # A lock is not prolonged by knocking at it, or a stranger could
            # keep a person out for ever.
            await self.journal.record(_refused(attempt, "locked or disabled"))
            return None
        key = await self.keys.signing_key()
        try:
            if not right_password or step is None:
                reason = "password" if not right_password else "code"
                await self.operators.replace(
                    operator.after_failure(now_us), _refused(attempt, reason)
                )
                return None
            session_id = self.new_id()
            await self.operators.replace(
                operator.after_login(step=step, now_us=now_us), _logged_in(operator, attempt)
            )
        except ChangedElsewhereError:
            # Another attempt for the same person was judged meanwhile.
            return None
        now_s = now_us // _US_PER_S
        token = self.signer.sign(
            {
                "iss": ISSUER,
                "aud": DASHBOARD_AUDIENCE,
                "sub": operator.name,
                "roles": sorted(operator.roles),
                "iat": now_s,
                "exp": now_s + self.session_s,
                "jti": session_id,
            },
            key,
        )
        return OperatorSession(token=Secret(token), lifetime_s=self.session_s)

    def _fresh_step(self, operator: Operator, attempt: LoginAttempt, now_us: int) -> int | None:
        secret = self.sealer.open(
            operator.sealed_totp_secret, purpose=totp_purpose(operator.name)
        ).decode("ascii")
        step = self.codes.matching_step(secret, attempt.code.reveal(), now_us=now_us)
        return step if operator.code_is_fresh(step) else None


def _refused(attempt: LoginAttempt, reason: str, *, actor: str | None = None) -> AuditEvent:
    return AuditEvent(
        kind=Kind.OPERATOR_REFUSED,
        actor=attempt.name if actor is None else actor,
        trace_id=attempt.trace_id,
        target=LOGIN_PATH,
        status=_UNAUTHORIZED,
        attributes={"reason": reason},
    )


def _logged_in(operator: Operator, attempt: LoginAttempt) -> AuditEvent:
    return AuditEvent(
        kind=Kind.OPERATOR_LOGGED_IN,
        actor=operator.name,
        trace_id=attempt.trace_id,
        target=LOGIN_PATH,
        status=_SEE_OTHER,
        attributes={"roles": " ".join(sorted(operator.roles))},
    )
