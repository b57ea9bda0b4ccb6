"""The serving process over mutual TLS: who gets in, and what the audit hears."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import dataclass, field

import grpc
import grpc.aio
import jwt
import pytest
from auth.application.create_client import CreateClient, NewClient
from auth.bootstrap import open_parts
from auth.config import AuthSettings
from auth.entrypoints.serve import serve
from auth.rpc_policy import POLICY
from gerbang.audit.v1 import ingest_service_pb2
from gerbang.audit.v1.event_pb2 import Event
from gerbang.audit.v1.ingest_service_pb2 import IngestEventsRequest, IngestEventsResponse
from gerbang.auth.v1 import login_service_pb2, token_service_pb2
from gerbang.auth.v1.login_service_pb2 import GetLoginPageRequest
from gerbang.auth.v1.login_service_pb2_grpc import LoginServiceStub
from gerbang.auth.v1.token_service_pb2 import GetJwksRequest, IssueTokenRequest
from gerbang.auth.v1.token_service_pb2_grpc import TokenServiceStub
from google.api.httpbody_pb2 import HttpBody
from servicekit.call import Call
from servicekit.channel import open_channel
from servicekit.clock import SystemClock
from servicekit.config import ListenSettings, PeerSettings, TLSSettings
from servicekit.rpc_policy import Rule
from servicekit.secret import Secret
from servicekit.server import GRPCServer, Registration

SERVER_NAME = "auth.gerbang.internal"
ORIGIN = "https://erp.example.co.id"
SECRET = "a-secret-that-is-long-enough-0001"
TOKEN_FORM = HttpBody(
    content_type="application/x-www-form-urlencoded",
    data=f"grant_type=client_credentials&client_id=erp&client_secret={SECRET}".encode(),
)


@dataclass(slots=True)
class AuditThatRemembers:
    """Stands in for the audit: acknowledges every batch and keeps it."""

    events: list[Event] = field(default_factory=list)
    arrived: asyncio.Event = field(default_factory=asyncio.Event)

    async def IngestEvents(  # noqa: N802 - the RPC's name
        self, request: IngestEventsRequest, call: Call
    ) -> IngestEventsResponse:
        self.events.extend(request.events)
        self.arrived.set()
        return IngestEventsResponse(stored_count=len(request.events))


@pytest.fixture
async def audit(
    pki: Mapping[str, TLSSettings],
) -> AsyncIterator[tuple[AuditThatRemembers, PeerSettings]]:
    servicer = AuditThatRemembers()
    server = GRPCServer(
        listen=ListenSettings(port=0),
        tls=pki["audit"],
        policy={
            "/gerbang.audit.v1.IngestService/IngestEvents": Rule(
                callers=frozenset({"spiffe://gerbang/auth"}),
                scope=None,
                deadline_cap_s=5,
                idempotent=True,
                max_in_flight=4,
            )
        },
        registrations=[
            Registration(ingest_service_pb2.DESCRIPTOR.services_by_name["IngestService"], servicer)
        ],
        clock=SystemClock(),
    )
    await server.start()
    target = f"127.0.0.1:{server.bound_port}"
    yield servicer, PeerSettings(target=target, server_name="audit.gerbang.internal")
    await server.stop(0)


@pytest.fixture
async def port(
    settings: AuthSettings, audit: tuple[AuditThatRemembers, PeerSettings]
) -> AsyncIterator[int]:
    """Auth as `serve` runs it, with one client; its port."""
    settings = settings.model_copy(update={"audit": audit[1]})
    async with open_parts(settings, hash_memory_kib=64) as parts:
        create = CreateClient(clients=parts.clients, hasher=parts.hasher, clock=parts.clock)
        new = NewClient(
            client_id="erp",
            name="ERP",
            scopes=frozenset({"transfers.read"}),
            origins=frozenset({ORIGIN}),
            accounts=frozenset(),
            secret=Secret(SECRET),
        )
        await create(new, actor="test")
    started: asyncio.Queue[int] = asyncio.Queue()
    async with asyncio.TaskGroup() as group:
        task = group.create_task(serve(settings, started=started.put_nowait))
        yield await started.get()
        task.cancel()


@pytest.fixture
async def channel_as(
    port: int, pki: Mapping[str, TLSSettings]
) -> AsyncIterator[Callable[[str], grpc.aio.Channel]]:
    channels: list[grpc.aio.Channel] = []

    def connect(identity: str) -> grpc.aio.Channel:
        channels.append(open_channel(f"127.0.0.1:{port}", pki[identity], SERVER_NAME))
        return channels[-1]

    yield connect
    for channel in channels:
        await channel.close()


async def test_a_token_asked_for_through_the_edge_is_verified_by_the_jwks_alone(
    channel_as: Callable[[str], grpc.aio.Channel],
) -> None:
    stub = TokenServiceStub(channel_as("edge"))
    answer = await stub.IssueToken(
        IssueTokenRequest(document=TOKEN_FORM), metadata=(("origin", ORIGIN),), timeout=10
    )
    jwks = await stub.GetJwks(GetJwksRequest(), timeout=10)

    token = json.loads(answer.data)["access_token"]
    key = jwt.PyJWKSet.from_json(jwks.data.decode())[jwt.get_unverified_header(token)["kid"]]
    claims = jwt.decode(token, key, algorithms=["RS256"], audience="gerbang-api", issuer="gerbang")
    assert (claims["sub"], claims["scp"]) == ("erp", ["transfers.read"])


async def test_the_status_and_headers_of_a_refusal_travel_as_initial_metadata(
    channel_as: Callable[[str], grpc.aio.Channel],
) -> None:
    call = TokenServiceStub(channel_as("edge")).IssueToken(
        IssueTokenRequest(document=HttpBody(content_type=TOKEN_FORM.content_type)), timeout=10
    )
    answer = await call
    metadata = dict(await call.initial_metadata())

    assert json.loads(answer.data)["error"] == "invalid_client"
    assert metadata["x-gerbang-http-status"] == "401"
    assert metadata["cache-control"] == "no-store"
    assert metadata["www-authenticate"] == 'Basic realm="gerbang", charset="UTF-8"'


async def test_the_login_page_comes_through_the_edge(
    channel_as: Callable[[str], grpc.aio.Channel],
) -> None:
    call = LoginServiceStub(channel_as("edge")).GetLoginPage(GetLoginPageRequest(), timeout=10)
    page = await call

    assert b"<form" in page.data
    assert "content-security-policy" in dict(await call.initial_metadata())


@pytest.mark.parametrize(
    "identity", ["auth", "audit", "signer", "bank-adapter", "client/payroll", "operator/jane"]
)
async def test_nobody_but_the_edge_may_call_anything(
    channel_as: Callable[[str], grpc.aio.Channel], identity: str
) -> None:
    channel = channel_as(identity)
    for method in POLICY:
        with pytest.raises(grpc.aio.AioRpcError) as refused:
            await channel.unary_unary(method, request_serializer=bytes)(b"", timeout=10)
        assert refused.value.code() is grpc.StatusCode.PERMISSION_DENIED


def test_every_rpc_has_a_rule_and_every_rule_an_rpc() -> None:
    services = [
        *token_service_pb2.DESCRIPTOR.services_by_name.values(),
        *login_service_pb2.DESCRIPTOR.services_by_name.values(),
    ]
    methods = {f"/{service.full_name}/{m.name}" for service in services for m in service.methods}

    assert methods == set(POLICY)


async def test_what_happened_is_shipped_to_the_audit(
    channel_as: Callable[[str], grpc.aio.Channel],
    audit: tuple[AuditThatRemembers, PeerSettings],
) -> None:
    stub = TokenServiceStub(channel_as("edge"))
    await stub.IssueToken(
        IssueTokenRequest(document=TOKEN_FORM),
        metadata=(("origin", ORIGIN), ("x-request-id", "trace-7")),
        timeout=10,
    )
    remembered, _ = audit
    async with asyncio.timeout(20):
        while not any(event.kind == "auth.token_issued" for event in remembered.events):
            remembered.arrived.clear()
            await remembered.arrived.wait()

    (issued,) = [event for event in remembered.events if event.kind == "auth.token_issued"]
    assert (issued.service, issued.client_id, issued.trace_id) == ("auth", "erp", "trace-7")
    assert {"auth.client_created", "auth.key_rotated"} <= {e.kind for e in remembered.events}
