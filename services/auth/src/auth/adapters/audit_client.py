"""Ships the outbox to the audit service."""

from collections.abc import Sequence
from dataclasses import dataclass

import grpc.aio
from gerbang.audit.v1.event_pb2 import Event
from gerbang.audit.v1.ingest_service_pb2 import IngestEventsRequest
from gerbang.audit.v1.ingest_service_pb2_grpc import IngestServiceStub
from servicekit.errors import from_rpc_error

from auth.limits import AUDIT_INGEST_DEADLINE_S


@dataclass(frozen=True, slots=True)
class AuditClient:
    """A call returns when the audit has committed the batch, or raises ServiceError.

    Sending a batch again is safe: the audit knows events by their id.
    """

    channel: grpc.aio.Channel

    async def ship(self, batch: Sequence[bytes]) -> None:
        request = IngestEventsRequest(events=[Event.FromString(payload) for payload in batch])
        try:
            await IngestServiceStub(self.channel).IngestEvents(
                request, timeout=AUDIT_INGEST_DEADLINE_S
            )
        except grpc.aio.AioRpcError as error:
            raise from_rpc_error(error) from None
