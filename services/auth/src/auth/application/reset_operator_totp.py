"""Give a person a new authenticator after a lost phone; ends a lock, too."""

from dataclasses import dataclass

from servicekit.clock import Clock
from servicekit.secret import Secret

from auth.application.log_in_operator import totp_purpose
from auth.application.ports import OperatorStore, Sealer
from auth.domain.audit_event import AuditEvent, Kind
from auth.domain.operator import Operator


@dataclass(frozen=True, slots=True, kw_only=True)
class ResetOperatorTOTP:
    operators: OperatorStore
    sealer: Sealer
    clock: Clock

    async def __call__(
        self, operator: Operator, totp_secret: Secret[str], *, actor: str
    ) -> Operator:
        """Raises ChangedElsewhereError. The secret is base32."""
        sealed = self.sealer.seal(
            totp_secret.reveal().encode("ascii"), purpose=totp_purpose(operator.name)
        )
        changed = operator.with_totp(sealed, now_us=self.clock.now_us())
        await self.operators.replace(
            changed,
            AuditEvent(
                kind=Kind.OPERATOR_TOTP_RESET, actor=actor, attributes={"operator": operator.name}
            ),
        )
        return changed
