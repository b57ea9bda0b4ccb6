"""Fake services: every RPC of the contracts over mTLS, answering as told.

A fake remembers what it received and answers an empty message of the right
type unless a test says otherwise.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import grpc
from audit.entrypoints.envoy_access_log import (
    StreamAccessLogsMessage,
    StreamAccessLogsResponse,
)
from gerbang.audit.v1 import ingest_service_pb2, query_service_pb2
from gerbang.auth.v1 import login_service_pb2, token_service_pb2
from gerbang.bank_adapter.v1 import (
    account_service_pb2,
    bank_notification_service_pb2,
    transfer_service_pb2,
)
from gerbang.signer.v1 import signing_service_pb2, verification_service_pb2
from google.api import httpbody_pb2
from google.protobuf import message_factory
from google.protobuf.message import Message
from grpc_health.v1 import health, health_pb2, health_pb2_grpc
from servicekit.config import TLSSettings

CONTRACTS = (
    ingest_service_pb2,
    query_service_pb2,
    login_service_pb2,
    token_service_pb2,
    account_service_pb2,
    bank_notification_service_pb2,
    transfer_service_pb2,
    signing_service_pb2,
    verification_service_pb2,
)

ACCESS_LOG = "/envoy.service.accesslog.v3.AccessLogService/StreamAccessLogs"

Answer = Callable[[Any, grpc.ServicerContext], Message]


@dataclass(frozen=True, slots=True)
class Received:
    rpc: str
    request: Any
    # Repeated names are joined by a bar, so that a test sees them.
    metadata: dict[str, str]
    peer: str


@dataclass
class FakeServices:
    """What the fakes share: the answers a test wants, and what arrived."""

    answers: dict[str, Answer] = field(default_factory=dict)
    received: list[Received] = field(default_factory=list)
    # What Envoy's gRPC access log said, line by line.
    told: list[Any] = field(default_factory=list)
    jwks: dict[str, Any] = field(default_factory=lambda: {"keys": []})
    jwks_error: grpc.StatusCode | None = None

    def forget(self) -> None:
        self.answers.clear()
        self.received.clear()
        self.told.clear()

    def only(self) -> Received:
        """The one request that arrived, JWKS fetches aside."""
        (received,) = self.received
        return received


def every_rpc() -> Iterator[Any]:
    for module in CONTRACTS:
        for service in module.DESCRIPTOR.services_by_name.values():
            yield from service.methods


def rpc_name(method: Any) -> str:
    return f"/{method.containing_service.full_name}/{method.name}"


class _Contracts(grpc.GenericRpcHandler):
    def __init__(self, fakes: FakeServices) -> None:
        self._fakes = fakes
        self._methods = {rpc_name(method): method for method in every_rpc()}

    def service(self, details: grpc.HandlerCallDetails) -> grpc.RpcMethodHandler | None:
        if details.method == ACCESS_LOG:
            return grpc.stream_unary_rpc_method_handler(
                self._listen,
                request_deserializer=StreamAccessLogsMessage.FromString,
                response_serializer=StreamAccessLogsResponse.SerializeToString,
            )
        method = self._methods.get(details.method)
        if method is None:
            return None
        request_type = message_factory.GetMessageClass(method.input_type)
        answer_type = message_factory.GetMessageClass(method.output_type)

        def behaviour(request: Any, context: grpc.ServicerContext) -> Message:
            return self._answer(details, request, context, answer_type)

        return grpc.unary_unary_rpc_method_handler(
            behaviour,
            request_deserializer=request_type.FromString,
            response_serializer=answer_type.SerializeToString,
        )

    def _listen(self, messages: Iterator[Any], _context: grpc.ServicerContext) -> Any:
        for message in messages:
            self._fakes.told.extend(message.http_logs.log_entry)
        return StreamAccessLogsResponse()

    def _answer(
        self,
        details: grpc.HandlerCallDetails,
        request: Any,
        context: grpc.ServicerContext,
        answer_type: Any,
    ) -> Message:
        fakes = self._fakes
        if details.method.endswith("/GetJwks") and details.method not in fakes.answers:
            if fakes.jwks_error is not None:
                context.abort(fakes.jwks_error, "no keys now")
            return httpbody_pb2.HttpBody(
                content_type="application/json", data=json.dumps(fakes.jwks).encode()
            )
        metadata: dict[str, str] = {}
        for key, value in details.invocation_metadata:
            metadata[key] = f"{metadata[key]}|{value}" if key in metadata else value
        peer = context.auth_context()["peer_spiffe_id"][0].decode()
        fakes.received.append(Received(details.method, request, metadata, peer))
        answer = fakes.answers.get(details.method)
        return answer(request, context) if answer else answer_type()


@dataclass(frozen=True, slots=True)
class Serving:
    """A fake service that runs."""

    port: int
    health: health.HealthServicer

    @property
    def upstream(self) -> dict[str, Any]:
        """Its settings as the edge wants them."""
        return {"targets": (f"127.0.0.1:{self.port}",)}

    def set_serving(self, *, serving: bool) -> None:
        status = health_pb2.HealthCheckResponse
        self.health.set("", status.SERVING if serving else status.NOT_SERVING)


@contextmanager
def serve(fakes: FakeServices, tls: TLSSettings, port: int = 0) -> Iterator[Serving]:
    """One fake service on loopback, with the identity it is given."""
    server = grpc.server(ThreadPoolExecutor(16), options=[("grpc.so_reuseport", 0)])
    server.add_generic_rpc_handlers((_Contracts(fakes),))
    servicer = health.HealthServicer()
    health_pb2_grpc.add_HealthServicer_to_server(servicer, server)
    credentials = grpc.ssl_server_credentials(
        [(tls.private_key_file.read_bytes(), tls.certificate_file.read_bytes())],
        tls.ca_file.read_bytes(),
        require_client_auth=True,
    )
    serving = Serving(server.add_secure_port(f"127.0.0.1:{port}", credentials), servicer)
    serving.set_serving(serving=True)
    server.start()
    try:
        yield serving
    finally:
        server.stop(None).wait()
