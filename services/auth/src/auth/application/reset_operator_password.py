"""Give a person a new password; ends a lock, too."""

from dataclasses import dataclass

from servicekit.clock import Clock
from servicekit.secret import Secret

from auth.application.ports import OperatorStore, SecretHasher
from auth.domain.audit_event import AuditEvent, Kind
from auth.domain.operator import Operator, check_password


@dataclass(frozen=True, slots=True, kw_only=True)
class ResetOperatorPassword:
    operators: OperatorStore
    hasher: SecretHasher
    clock: Clock

    async def __call__(self, operator: Operator, password: Secret[str], *, actor: str) -> Operator:
        """Raises InvalidValueError, ChangedElsewhereError."""
        check_password(password.reveal())
        changed = operator.with_password(
            await self.hasher.hash(password), now_us=self.clock.now_us()
        )
        await self.operators.replace(
            changed,
            AuditEvent(
                kind=Kind.OPERATOR_PASSWORD_RESET,
                actor=actor,
                attributes={"operator": operator.name},
            ),
        )
        return changed
