"""Ships outbox payloads to the audit service."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

import grpc.aio
from gerbang.audit.v1.event_pb2 import Event
from gerbang.audit.v1.ingest_service_pb2 import IngestEventsRequest
from gerbang.audit.v1.ingest_service_pb2_grpc import IngestServiceStub

from servicekit.errors import from_rpc_error

DEADLINE_S: Final = 10.0


def _nothing() -> None:
    """Nobody wants to know."""


@dataclass(frozen=True, slots=True)
class AuditShipper:
    """A call returns when the audit has committed the batch, or raises ServiceError.

    Sending a batch again is safe: the audit knows events by their id.
    `shipped` is told between the acknowledgement and the forgetting.
    """

    channel: grpc.aio.Channel
    shipped: Callable[[], None] = _nothing

    async def ship(self, batch: Sequence[bytes]) -> None:
        request = IngestEventsRequest(events=[Event.FromString(payload) for payload in batch])
        try:
            await IngestServiceStub(self.channel).IngestEvents(request, timeout=DEADLINE_S)
        except grpc.aio.AioRpcError as error:
            raise from_rpc_error(error) from None
        self.shipped()
