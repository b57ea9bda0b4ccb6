"""Shut a person out, or let one in again.

A session that is open ends when its cookie does, within the hour.
"""

from dataclasses import dataclass

from servicekit.clock import Clock

from auth.application.ports import OperatorStore
from auth.domain.audit_event import AuditEvent, Kind
from auth.domain.operator import Operator, OperatorStatus


@dataclass(frozen=True, slots=True, kw_only=True)
class SetOperatorStatus:
    operators: OperatorStore
    clock: Clock

    async def __call__(self, operator: Operator, status: OperatorStatus, *, actor: str) -> Operator:
        """One that has the status already is left as it is; raises ChangedElsewhereError."""
        if operator.status is status:
            return operator
        changed = operator.with_status(status, now_us=self.clock.now_us())
        active = status is OperatorStatus.ACTIVE
        await self.operators.replace(
            changed,
            AuditEvent(
                kind=Kind.OPERATOR_ENABLED if active else Kind.OPERATOR_DISABLED,
                actor=actor,
                attributes={"operator": operator.name},
            ),
        )
        return changed
