"""Ships the outbox to the audit service."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import grpc.aio
from gerbang.audit.v1.event_pb2 import Event
from gerbang.audit.v1.ingest_service_pb2 import IngestEventsRequest
from gerbang.audit.v1.ingest_service_pb2_grpc import IngestServiceStub
from servicekit.errors import from_rpc_error

from bank_adapter.application.steps import Reached, nowhere

_DEADLINE_S: Final = 10.0


class AuditClient:
    """Returns when the audit has committed the batch, or raises ServiceError.

    Sending a batch again is safe: the audit knows events by their id.
    """

    def __init__(self, channel: grpc.aio.Channel, *, reached: Reached = nowhere) -> None:
        self._reached = reached
        self._stub = IngestServiceStub(channel)

    async def ship(self, batch: Sequence[bytes]) -> None:
        request = IngestEventsRequest(events=[Event.FromString(payload) for payload in batch])
        try:
            await self._stub.IngestEvents(request, timeout=_DEADLINE_S)
        except grpc.aio.AioRpcError as error:
            raise from_rpc_error(error) from None
        self._reached("events_shipped")
