"""Events that change no row of ours: they alone are the transaction."""

from dataclasses import dataclass

from servicekit.group_commit import GroupCommit, Unit
from sqlalchemy import Connection, bindparam, select

from auth.adapters.outbox_event import OutboxEvents
from auth.adapters.tables import OUTBOX
from auth.adapters.writes import commit
from auth.domain.audit_event import AuditEvent

_STANDS = select(OUTBOX.c.event_id).where(OUTBOX.c.event_id == bindparam("wanted"))


@dataclass(frozen=True, slots=True, kw_only=True)
class SQLJournal:
    writer: GroupCommit
    events: OutboxEvents

    async def record(self, event: AuditEvent) -> None:
        statement = self.events.statement(event)
        event_id = statement.parameters["event_id"]

        def landed(connection: Connection) -> bool:
            # The relay may have shipped and deleted it already. Then it is
            # written again under the same id, which the audit stores once.
            return connection.execute(_STANDS, {"wanted": event_id}).first() is not None

        unit = Unit(key=f"event:{event_id}", statements=(statement,), landed=landed)
        await commit(self.writer, unit, what=f"event {event_id}")
