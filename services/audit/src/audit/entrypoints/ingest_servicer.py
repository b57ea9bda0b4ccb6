"""IngestService: the door through which the services' outboxes are emptied."""

from gerbang.audit.v1 import ingest_service_pb2
from servicekit.call import Call
from servicekit.errors import invalid_field, unavailable
from servicekit.log import get_logger
from servicekit.rpc_policy import TRUST_DOMAIN
from sqlalchemy.exc import SQLAlchemyError

from audit import limits
from audit.adapters.event_store import HeadMissingError
from audit.adapters.event_writer import OverloadedError
from audit.application.store_events import StoreEvents, UnfitBatchError
from audit.entrypoints.convert import event_from_message

_log = get_logger()


class IngestServicer:
    """Answers after the commit, or fails the whole batch."""

    def __init__(self, store_events: StoreEvents) -> None:
        self._store_events = store_events

    async def IngestEvents(  # noqa: N802 - the contract's name
        self, request: ingest_service_pb2.IngestEventsRequest, call: Call
    ) -> ingest_service_pb2.IngestEventsResponse:
        if len(request.events) > limits.MAX_EVENTS_PER_BATCH:
            # Before converting what would be refused anyway.
            raise invalid_field("events", f"must hold at most {limits.MAX_EVENTS_PER_BATCH} events")
        events = [
            event_from_message(message, field=f"events[{index}]")
            for index, message in enumerate(request.events)
        ]
        sender = call.caller.spiffe_id.removeprefix(TRUST_DOMAIN)
        try:
            stored_count = await self._store_events.run(events, sender=sender)
        except UnfitBatchError as error:
            _log.warning("batch refused", sender=sender, field=error.field, trace_id=call.trace_id)
            raise invalid_field(error.field, error.message) from None
        except OverloadedError:
            raise unavailable("the audit is busy; send the batch again") from None
        except (SQLAlchemyError, HeadMissingError) as error:
            _log.error("batch not stored", sender=sender, error=type(error).__name__)
            raise unavailable("the audit could not store the batch; send it again") from None
        return ingest_service_pb2.IngestEventsResponse(stored_count=stored_count)
