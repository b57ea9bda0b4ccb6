"""The gRPC server of a service: mutual TLS, the policy, health.

It refuses to be built with an RPC that has no rule or a rule that has no RPC.
What happens to one call stands in rpc_gate.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from typing import Any

import grpc
import grpc.aio
from google.protobuf import message_factory
from google.protobuf.descriptor import MethodDescriptor
from grpc_health.v1 import health_pb2, health_pb2_grpc
from grpc_health.v1._async import HealthServicer

from servicekit import limits
from servicekit.clock import Clock
from servicekit.config import InternalClient, ListenSettings, TLSSettings
from servicekit.identity import PeerIdentities, internal_callers
from servicekit.registration import DocumentRule, NoObserver, Observer, Registration
from servicekit.rpc_gate import RPCGate
from servicekit.rpc_policy import Policy, PolicyError

__all__ = ["DocumentRule", "GRPCServer", "InternalClient", "Observer", "Registration"]

_OPTIONS = (
    # Two processes on one port would share calls by chance.
    ("grpc.so_reuseport", 0),
    ("grpc.max_receive_message_length", limits.MAX_RECEIVE_BYTES),
    ("grpc.max_send_message_length", limits.MAX_SEND_BYTES),
    ("grpc.max_metadata_size", limits.MAX_METADATA_BYTES),
    ("grpc.keepalive_permit_without_calls", 1),
    # Our channels ping more often than the server's default tolerates.
    ("grpc.http2.min_ping_interval_without_data_ms", limits.KEEPALIVE_MS // 2),
)


class GRPCServer:
    """Serves registrations until stopped. Health starts as NOT_SERVING."""

    def __init__(
        self,
        *,
        listen: ListenSettings,
        tls: TLSSettings,
        policy: Policy,
        registrations: Sequence[Registration],
        clock: Clock,
        internal_clients: Mapping[str, InternalClient] | None = None,
        observer: Observer | None = None,
    ) -> None:
        self._listen = listen
        self._tls = tls
        self._health = HealthServicer()
        self._server: grpc.aio.Server | None = None
        self._bound_port: int | None = None
        callers = internal_callers(internal_clients or {})
        _check_policy(policy, registrations)
        peers = PeerIdentities()
        self._handlers = _Handlers()
        for registration in registrations:
            for method in registration.descriptor.methods:
                gate = RPCGate(
                    method=method,
                    servicer_method=getattr(registration.servicer, method.name),
                    rule=policy[_full_name(method)],
                    document_rule=registration.documents.get(method.name, DocumentRule.STRICT_JSON),
                    internal=callers,
                    peers=peers,
                    clock=clock,
                    observer=observer or NoObserver(),
                )
                self._handlers.add(method, gate)

    async def start(self) -> None:
        """Listen. Raises OSError when the address is taken."""
        server = grpc.aio.server(options=_OPTIONS)
        server.add_generic_rpc_handlers((self._handlers,))
        health_pb2_grpc.add_HealthServicer_to_server(self._health, server)  # type: ignore[no-untyped-call]
        await self.set_serving(serving=False)
        credentials = grpc.ssl_server_credentials(
            [(self._tls.private_key_file.read_bytes(), self._tls.certificate_file.read_bytes())],
            root_certificates=self._tls.ca_file.read_bytes(),
            require_client_auth=True,
        )
        address = f"{self._listen.host}:{self._listen.port}"
        try:
            self._bound_port = server.add_secure_port(address, credentials)
        except RuntimeError as error:
            raise OSError(f"cannot listen on {address}") from error
        await server.start()
        self._server = server

    @property
    def bound_port(self) -> int:
        """The port that was bound, also when the configuration said 0."""
        if self._bound_port is None:
            raise RuntimeError("the server has not been started")
        return self._bound_port

    async def set_serving(self, serving: bool) -> None:  # noqa: FBT001 - the one argument there is
        """Tell health checks whether to send calls here."""
        status = health_pb2.HealthCheckResponse
        await self._health.set("", status.SERVING if serving else status.NOT_SERVING)

    async def stop(self, grace_s: float) -> None:
        """Refuse new calls, let running ones end within the grace, cancel the rest."""
        if self._server is not None:
            await self.set_serving(serving=False)
            await self._server.stop(grace_s)


def _full_name(method: MethodDescriptor) -> str:
    return f"/{method.containing_service.full_name}/{method.name}"


def _methods(registrations: Sequence[Registration]) -> Iterator[MethodDescriptor]:
    for registration in registrations:
        yield from registration.descriptor.methods


def _check_policy(policy: Policy, registrations: Sequence[Registration]) -> None:
    served = {_full_name(method) for method in _methods(registrations)}
    problems = [f"{name} has no rule" for name in sorted(served - policy.keys())]
    problems += [f"the rule {name} has no RPC" for name in sorted(policy.keys() - served)]
    for registration in registrations:
        names = {method.name for method in registration.descriptor.methods}
        problems += [
            f"{registration.descriptor.full_name} has no RPC {name}"
            for name in sorted(registration.documents.keys() - names)
        ]
        problems += [
            f"{type(registration.servicer).__name__} lacks {name}"
            for name in sorted(names)
            if not callable(getattr(registration.servicer, name, None))
        ]
    if problems:
        raise PolicyError("; ".join(problems))


class _Handlers(grpc.GenericRpcHandler):
    """Finds the gate of a method and hands it the call's metadata.

    gRPC has built the metadata for the look-up; asking the call's context for
    it would build it a second time.
    """

    def __init__(self) -> None:
        self._makers: dict[str, Callable[[Any], grpc.RpcMethodHandler[Any, Any]]] = {}

    def add(self, method: MethodDescriptor, gate: RPCGate) -> None:
        request = message_factory.GetMessageClass(method.input_type)
        response = message_factory.GetMessageClass(method.output_type)
        codec = (request.FromString, response.SerializeToString)
        kind: Callable[..., grpc.RpcMethodHandler[Any, Any]]
        match method.client_streaming, method.server_streaming:
            case False, False:
                kind = grpc.unary_unary_rpc_method_handler
            case False, True:
                kind = grpc.unary_stream_rpc_method_handler
            case True, False:
                kind = grpc.stream_unary_rpc_method_handler
            case _:
                kind = grpc.stream_stream_rpc_method_handler
        behaviour = gate.stream if method.server_streaming else gate.unary
        self._makers[_full_name(method)] = lambda metadata: kind(
            partial(behaviour, metadata), *codec
        )

    def service(
        self, handler_call_details: grpc.HandlerCallDetails
    ) -> "grpc.RpcMethodHandler[Any, Any] | None":
        maker = self._makers.get(handler_call_details.method)
        return None if maker is None else maker(handler_call_details.invocation_metadata)
