"""Callers of the audit's RPCs, each with the certificate of one identity."""

from collections.abc import Callable
from typing import Any

import grpc
from audit.domain.chain import EMPTY_CHAIN, extend
from audit.domain.event import Event
from audit.entrypoints.convert import message_from_stored
from gerbang.audit.v1 import (
    event_pb2,
    ingest_service_pb2,
    ingest_service_pb2_grpc,
    query_service_pb2,
    query_service_pb2_grpc,
)
from google.api.httpbody_pb2 import HttpBody
from servicekit.errors import from_rpc_error
from servicekit.identity import list_claim


class Peer:
    """A caller with the certificate of one identity."""

    def __init__(self, channel: grpc.aio.Channel, metadata: tuple[tuple[str, str], ...]) -> None:
        self.channel = channel
        self.metadata = metadata
        self.ingest_stub = ingest_service_pb2_grpc.IngestServiceStub(channel)
        self.query_stub = query_service_pb2_grpc.QueryServiceStub(channel)

    async def ingest(self, *events: event_pb2.Event) -> int:
        request = ingest_service_pb2.IngestEventsRequest(events=events)
        answer = await self._call(self.ingest_stub.IngestEvents, request)
        return answer.stored_count

    async def find(self, **fields: Any) -> query_service_pb2.ListEventsResponse:
        request = query_service_pb2.ListEventsRequest(**fields)
        return await self._call(self.query_stub.ListEvents, request)

    async def get(self, event_id: str) -> event_pb2.Event:
        request = query_service_pb2.GetEventRequest(event_id=event_id)
        return await self._call(self.query_stub.GetEvent, request)

    async def export(self, after: int = 0) -> HttpBody:
        request = query_service_pb2.ExportEventsRequest(after_sequence=after)
        return await self._call(self.query_stub.ExportEvents, request)

    async def verify(self, after: int = 0, link: str = "") -> query_service_pb2.VerifyChainResponse:
        request = query_service_pb2.VerifyChainRequest(after_sequence=after, after_hash=link)
        return await self._call(self.query_stub.VerifyChain, request)

    async def _call(self, method: Any, request: Any) -> Any:
        try:
            return await method(request, metadata=self.metadata, timeout=10)
        except grpc.aio.AioRpcError as error:
            raise from_rpc_error(error) from None


PeerMaker = Callable[..., Peer]


def claims(client_id: str, *scopes: str) -> tuple[tuple[str, str], ...]:
    return (
        ("x-gerbang-claim-sub", client_id),
        ("x-gerbang-claim-scp", list_claim(scopes)),
    )


def as_sent(event: Event) -> event_pb2.Event:
    (stored,) = extend(EMPTY_CHAIN, [event], store_us=1)
    message = message_from_stored(stored)
    for field in ("chain_sequence", "chain_hash", "store_time"):
        message.ClearField(field)
    return message
