"""Make an operator. The TOTP secret is given here once and kept only sealed."""

from dataclasses import dataclass

from servicekit.clock import Clock
from servicekit.secret import Secret

from auth.application.log_in_operator import totp_purpose
from auth.application.ports import OperatorStore, Sealer, SecretHasher
from auth.domain.audit_event import AuditEvent, Kind
from auth.domain.operator import Operator, OperatorStatus, Role, check_password


@dataclass(frozen=True, slots=True, kw_only=True)
class NewOperator:
    name: str
    roles: frozenset[Role]
    password: Secret[str]
    totp_secret: Secret[str]  # base32


@dataclass(frozen=True, slots=True, kw_only=True)
class CreateOperator:
    operators: OperatorStore
    hasher: SecretHasher
    sealer: Sealer
    clock: Clock

    async def __call__(self, new: NewOperator, *, actor: str) -> Operator:
        """Raises InvalidValueError, AlreadyExistsError."""
        check_password(new.password.reveal())
        now_us = self.clock.now_us()
        operator = Operator(
            name=new.name,
            status=OperatorStatus.ACTIVE,
            password_hash=await self.hasher.hash(new.password),
            sealed_totp_secret=self.sealer.seal(
                new.totp_secret.reveal().encode("ascii"), purpose=totp_purpose(new.name)
            ),
            roles=new.roles,
            last_totp_step=0,
            failures_in_a_row=0,
            locked_until_us=0,
            version=1,
            created_us=now_us,
            updated_us=now_us,
        )
        await self.operators.add(
            operator,
            AuditEvent(
                kind=Kind.OPERATOR_CREATED,
                actor=actor,
                attributes={"operator": operator.name, "roles": " ".join(sorted(operator.roles))},
            ),
        )
        return operator
