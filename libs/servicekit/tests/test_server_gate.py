"""A real server behind real mutual TLS: every check before an RPC, one by one."""

import asyncio
from collections.abc import AsyncIterator, Callable
from types import SimpleNamespace
from typing import Any

import grpc
import grpc.aio
import pytest
import structlog
from google.api import httpbody_pb2
from grpc_health.v1 import health_pb2, health_pb2_grpc
from servicekit import errors
from servicekit.call import Call
from servicekit.channel import open_channel
from servicekit.clock import SystemClock
from servicekit.config import InternalClient, ListenSettings
from servicekit.errors import ServiceError, from_rpc_error
from servicekit.http_binding import BindingError, read_binding
from servicekit.identity import list_claim
from servicekit.rpc_policy import PolicyError, Rule
from servicekit.server import DocumentRule, GRPCServer, Registration

pytestmark = pytest.mark.usefixtures("probe")

HOME = "spiffe://gerbang/"
CLAIMS = (
    ("x-gerbang-claim-sub", "erp"),
    ("x-gerbang-claim-scp", list_claim(["things.write", "things.read"])),
    ("x-gerbang-claim-accounts", list_claim(["bca:123"])),
)


def rule(**changes: Any) -> Rule:
    values: dict[str, Any] = {
        "callers": frozenset({HOME + "edge", HOME + "client/"}),
        "scope": "things.write",
        "deadline_cap_s": 5.0,
        "idempotent": True,
        "max_in_flight": 8,
    }
    return Rule(**(values | changes))


def policy() -> dict[str, Rule]:
    prefix = "/servicekit.probe.v1.ProbeService/"
    adapter = frozenset({HOME + "bank-adapter", HOME + "operator/"})
    return {
        prefix + "MakeThing": rule(max_in_flight=2),
        prefix + "FindThing": rule(scope="things.read"),
        prefix + "PostForm": rule(scope=None, anonymous_from_edge=True),
        prefix + "Inside": rule(scope=None, callers=adapter, deadline_cap_s=0.1),
        prefix + "ListThings": rule(scope=None, callers=adapter),
        prefix + "Echo": rule(scope=None, callers=adapter),
    }


class ProbeServicer:
    """Does what the test tells it to and remembers what it was called with."""

    def __init__(self, probe: SimpleNamespace) -> None:
        self.probe = probe
        self.calls: list[tuple[Any, Call]] = []
        self.act: Callable[[Any, Call], Any] | None = None
        self.release = asyncio.Event()
        self.cancelled = asyncio.Event()

    async def _answer(self, request: Any, call: Call) -> Any:
        self.calls.append((request, call))
        if self.act is not None:
            result = self.act(request, call)
            if result is not None:
                await result
        return self.probe.Thing(display_name="done")

    MakeThing = FindThing = PostForm = _answer

    async def Inside(self, request: Any, call: Call) -> Any:  # noqa: N802 - an RPC's name
        if request.display_name == "block":
            try:
                await self.release.wait()
            except asyncio.CancelledError:
                self.cancelled.set()
                raise
        return await self._answer(request, call)

    async def ListThings(self, request: Any, call: Call) -> AsyncIterator[Any]:  # noqa: N802
        call.add_header("X-Pages", "1")
        for name in ("a", "b"):
            yield self.probe.Thing(display_name=name)
        if request.display_name == "fail":
            raise errors.not_found("thing")

    async def Echo(self, requests: AsyncIterator[Any], call: Call) -> AsyncIterator[Any]:  # noqa: N802
        async for request in requests:
            yield request


class Observed:
    def __init__(self) -> None:
        self.finished: list[tuple[str, str]] = []

    def rpc_finished(self, method: str, code: str, seconds: float) -> None:
        assert seconds >= 0
        self.finished.append((method.rpartition("/")[2], code))


@pytest.fixture
def observed() -> Observed:
    return Observed()


@pytest.fixture
def servicer(probe: SimpleNamespace) -> ProbeServicer:
    return ProbeServicer(probe)


def build(probe: Any, pki: Any, servicer: Any, **changes: Any) -> GRPCServer:
    arguments: dict[str, Any] = {
        "listen": ListenSettings(port=0),
        "tls": pki["probe"],
        "policy": policy(),
        "registrations": [Registration(probe.service, servicer, {"PostForm": DocumentRule.RAW})],
        "internal_clients": {
            HOME + "client/erp": InternalClient(
                spiffe_id=HOME + "client/erp",
                client_id="erp-inside",
                scopes=frozenset({"things.write"}),
                accounts=frozenset({"bca:9"}),
            )
        },
        "clock": SystemClock(),
    }
    return GRPCServer(**(arguments | changes))


@pytest.fixture
async def server(
    probe: Any, pki: Any, servicer: ProbeServicer, observed: Observed
) -> AsyncIterator[GRPCServer]:
    server = build(probe, pki, servicer, observer=observed)
    await server.start()
    yield server
    await server.stop(0)


@pytest.fixture
async def call(server: GRPCServer, pki: Any, probe: Any) -> AsyncIterator[Any]:
    """Calls an RPC as somebody; raises the ServiceError that came back."""
    channels: dict[str, grpc.aio.Channel] = {}

    async def make(who: str, name: str, request: Any, *, metadata: Any = (), **more: Any) -> Any:
        if who not in channels:
            target = f"127.0.0.1:{server.bound_port}"
            channels[who] = open_channel(target, pki[who], "probe.gerbang.internal")
        stub = channels[who].unary_unary(
            f"/servicekit.probe.v1.ProbeService/{name}",
            request_serializer=lambda message: message.SerializeToString(),
            response_deserializer=probe.Thing.FromString,
        )
        try:
            return await stub(request, metadata=metadata, **more)
        except grpc.aio.AioRpcError as error:
            raise from_rpc_error(error) from error

    yield make
    for channel in channels.values():
        await channel.close()


def json_body(text: str, content_type: str = "application/json") -> httpbody_pb2.HttpBody:
    return httpbody_pb2.HttpBody(data=text.encode(), content_type=content_type)


def verdict(caught: pytest.ExceptionInfo[ServiceError]) -> tuple[str, str]:
    return caught.value.code.name, caught.value.reason


async def test_edge_with_claims_is_served_as_its_client(
    call: Any, probe: Any, servicer: ProbeServicer
):
    request = probe.MakeThingRequest(document=json_body('{"displayName":"x","weight":3}'))
    await call("edge", "MakeThing", request, metadata=(*CLAIMS, ("origin", "https://erp")))
    received, seen = servicer.calls[0]
    assert (received.display_name, received.weight) == ("x", 3)
    assert not received.HasField("document")
    assert seen.caller.client_id == "erp"
    assert seen.caller.scopes == {"things.write", "things.read"}
    assert seen.caller.accounts == {"bca:123"}
    assert seen.caller.from_edge
    assert seen.document == b'{"displayName":"x","weight":3}'
    assert seen.document_content_type == "application/json"
    assert seen.metadata["origin"] == "https://erp"
    assert not any(name.startswith("x-gerbang-claim") for name in seen.metadata)


async def test_internal_client_sends_typed_fields_with_its_configured_identity(
    call: Any, probe: Any, servicer: ProbeServicer
):
    await call("client/erp", "MakeThing", probe.MakeThingRequest(display_name="x", shelf="s"))
    received, seen = servicer.calls[0]
    assert received.display_name == "x"
    assert seen.caller.client_id == "erp-inside"
    assert seen.caller.accounts == {"bca:9"}
    assert not seen.caller.from_edge
    assert seen.document is None


async def test_internal_client_without_the_scope_is_refused(call: Any, probe: Any):
    with pytest.raises(ServiceError) as caught:
        await call("client/erp", "FindThing", probe.FindThingRequest(display_name="x"))
    assert verdict(caught) == ("PERMISSION_DENIED", "SCOPE_MISSING")


async def test_unconfigured_internal_client_has_no_scope(call: Any, probe: Any):
    with pytest.raises(ServiceError) as caught:
        await call("client/other", "MakeThing", probe.MakeThingRequest())
    assert verdict(caught) == ("PERMISSION_DENIED", "SCOPE_MISSING")


async def test_peer_outside_the_policy_is_refused_before_anything_else(
    call: Any, probe: Any, servicer: ProbeServicer
):
    with pytest.raises(ServiceError) as caught:
        await call("bank-adapter", "MakeThing", probe.MakeThingRequest(), metadata=CLAIMS)
    assert verdict(caught) == ("PERMISSION_DENIED", "CALLER_NOT_ALLOWED")
    assert servicer.calls == []


async def test_operator_prefix_admits_and_names_the_operator(
    call: Any, probe: Any, servicer: ProbeServicer
):
    await call("operator/jane", "Inside", probe.FindThingRequest())
    assert servicer.calls[0][1].caller.operator == "jane"


@pytest.mark.parametrize("name", ["sub", "scp", "accounts", "operator", "roles", "new"])
async def test_claims_of_any_other_peer_are_refused(call: Any, probe: Any, name: str):
    with pytest.raises(ServiceError) as caught:
        await call(
            "client/erp",
            "MakeThing",
            probe.MakeThingRequest(),
            metadata=((f"x-gerbang-claim-{name}", "erp"),),
        )
    assert verdict(caught) == ("INVALID_ARGUMENT", "CLAIMS_NOT_ALLOWED")


@pytest.mark.parametrize("document", [json_body("{}"), httpbody_pb2.HttpBody()])
async def test_document_of_any_other_peer_is_refused(call: Any, probe: Any, document: Any):
    with pytest.raises(ServiceError) as caught:
        await call("client/erp", "MakeThing", probe.MakeThingRequest(document=document))
    assert verdict(caught) == ("INVALID_ARGUMENT", "CLAIMS_NOT_ALLOWED")


async def test_edge_without_claims_is_unauthenticated(call: Any, probe: Any):
    with pytest.raises(ServiceError) as caught:
        await call("edge", "MakeThing", probe.MakeThingRequest(document=json_body("{}")))
    assert verdict(caught) == ("UNAUTHENTICATED", "UNAUTHENTICATED")


@pytest.mark.parametrize(
    "scopes", ["things.write", '"things.write"', "{}", "[1]", "\u2713".encode().hex()]
)
async def test_unreadable_scope_claim_is_unauthenticated(call: Any, probe: Any, scopes: Any):
    claims = (("x-gerbang-claim-sub", "erp"), ("x-gerbang-claim-scp", scopes))
    with pytest.raises(ServiceError) as caught:
        await call("edge", "MakeThing", probe.MakeThingRequest(), metadata=claims)
    assert verdict(caught) == ("UNAUTHENTICATED", "UNAUTHENTICATED")


@pytest.mark.parametrize("scopes", [["things.writer"], ["things.write x"], ["things"], []])
async def test_look_alike_scope_is_not_the_scope(call: Any, probe: Any, scopes: Any):
    claims = (("x-gerbang-claim-sub", "erp"), ("x-gerbang-claim-scp", list_claim(scopes)))
    with pytest.raises(ServiceError) as caught:
        await call("edge", "MakeThing", probe.MakeThingRequest(), metadata=claims)
    assert verdict(caught) == ("PERMISSION_DENIED", "SCOPE_MISSING")


async def test_claim_given_twice_is_refused(call: Any, probe: Any):
    with pytest.raises(ServiceError) as caught:
        await call(
            "edge",
            "MakeThing",
            probe.MakeThingRequest(),
            metadata=(*CLAIMS, ("x-gerbang-claim-sub", "other")),
        )
    assert verdict(caught) == ("INVALID_ARGUMENT", "CLAIMS_NOT_ALLOWED")


async def test_typed_field_from_the_query_is_refused_on_post(call: Any, probe: Any):
    request = probe.MakeThingRequest(weight=5, document=json_body("{}"))
    with pytest.raises(ServiceError) as caught:
        await call("edge", "MakeThing", request, metadata=CLAIMS)
    assert verdict(caught) == ("INVALID_ARGUMENT", "QUERY_NOT_ALLOWED")
    assert caught.value.field == "weight"


async def test_field_bound_by_an_additional_path_is_believed(
    call: Any, probe: Any, servicer: ProbeServicer
):
    request = probe.MakeThingRequest(shelf="s1", document=json_body("{}"))
    await call("edge", "MakeThing", request, metadata=CLAIMS)
    assert servicer.calls[0][0].shelf == "s1"


async def test_path_bound_field_in_the_body_is_refused(call: Any, probe: Any):
    request = probe.MakeThingRequest(shelf="s1", document=json_body('{"shelf":"s2"}'))
    with pytest.raises(ServiceError) as caught:
        await call("edge", "MakeThing", request, metadata=CLAIMS)
    assert verdict(caught) == ("INVALID_ARGUMENT", "UNKNOWN_FIELD")
    assert caught.value.field == "shelf"


async def test_query_fields_are_welcome_on_get(call: Any, probe: Any, servicer: ProbeServicer):
    await call("edge", "FindThing", probe.FindThingRequest(display_name="x"), metadata=CLAIMS)
    assert servicer.calls[0][0].display_name == "x"


async def test_anonymous_rpc_needs_no_claims_and_keeps_its_raw_document(
    call: Any, probe: Any, servicer: ProbeServicer
):
    form = json_body("a=1&b=2", "application/x-www-form-urlencoded")
    await call("edge", "PostForm", probe.MakeThingRequest(document=form))
    received, seen = servicer.calls[0]
    assert received.document.data == b"a=1&b=2"
    assert seen.document == b"a=1&b=2"
    assert seen.document_content_type == "application/x-www-form-urlencoded"
    assert seen.caller.client_id is None


async def test_bad_document_names_the_path_and_has_no_effect(
    call: Any, probe: Any, servicer: ProbeServicer
):
    request = probe.MakeThingRequest(document=json_body('{"displayName":null}'))
    with pytest.raises(ServiceError) as caught:
        await call("edge", "MakeThing", request, metadata=CLAIMS)
    assert verdict(caught) == ("INVALID_ARGUMENT", "INVALID_FIELD")
    assert caught.value.field == "displayName"
    assert servicer.calls == []


async def test_scope_is_checked_before_the_document(call: Any, probe: Any):
    claims = (("x-gerbang-claim-sub", "erp"), ("x-gerbang-claim-scp", list_claim(["other"])))
    with pytest.raises(ServiceError) as caught:
        await call(
            "edge", "MakeThing", probe.MakeThingRequest(document=json_body("[")), metadata=claims
        )
    assert verdict(caught) == ("PERMISSION_DENIED", "SCOPE_MISSING")


async def test_one_call_too_many_is_refused_and_room_comes_back(
    call: Any, probe: Any, servicer: ProbeServicer
):
    entered: asyncio.Queue[None] = asyncio.Queue()

    async def hold() -> None:
        entered.put_nowait(None)
        await servicer.release.wait()

    servicer.act = lambda _request, _call: hold()
    running = [
        asyncio.ensure_future(call("client/erp", "MakeThing", probe.MakeThingRequest()))
        for _ in range(2)
    ]
    for _ in running:
        await entered.get()
    with pytest.raises(ServiceError) as caught:
        await call("client/erp", "MakeThing", probe.MakeThingRequest())
    assert verdict(caught) == ("RESOURCE_EXHAUSTED", "RATE_LIMITED")
    servicer.release.set()
    await asyncio.gather(*running)
    assert await call("client/erp", "MakeThing", probe.MakeThingRequest()) is not None


async def test_call_without_deadline_is_capped_by_the_rule(
    call: Any, probe: Any, servicer: ProbeServicer
):
    with pytest.raises(ServiceError) as caught:
        await call("bank-adapter", "Inside", probe.FindThingRequest(display_name="block"))
    assert verdict(caught) == ("DEADLINE_EXCEEDED", "DEADLINE_EXCEEDED")
    assert servicer.cancelled.is_set()


async def test_callers_shorter_deadline_is_kept_and_shaved(
    call: Any, probe: Any, servicer: ProbeServicer
):
    clock = SystemClock()
    before = clock.monotonic()
    await call("client/erp", "MakeThing", probe.MakeThingRequest(), timeout=2.0)
    assert servicer.calls[0][1].deadline - before < 2.0


async def test_servicers_own_timeout_is_not_taken_for_the_deadline(
    call: Any, probe: Any, servicer: ProbeServicer
):
    async def fail() -> None:
        raise TimeoutError

    servicer.act = lambda _request, _call: fail()
    with pytest.raises(ServiceError) as caught:
        await call("client/erp", "MakeThing", probe.MakeThingRequest())
    assert verdict(caught) == ("INTERNAL", "INTERNAL")


async def test_hanging_up_cancels_the_call_and_spares_shielded_work(
    call: Any, probe: Any, servicer: ProbeServicer
):
    started, finished = asyncio.Event(), asyncio.Event()

    async def work() -> None:
        started.set()
        await servicer.release.wait()
        finished.set()

    servicer.act = lambda _request, _call: asyncio.shield(work())
    running = asyncio.ensure_future(call("client/erp", "MakeThing", probe.MakeThingRequest()))
    await started.wait()
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running
    servicer.release.set()
    await asyncio.wait_for(finished.wait(), 5)


async def test_service_error_crosses_with_reason_field_and_metadata(
    call: Any, probe: Any, servicer: ProbeServicer
):
    def fail(_request: Any, _call: Call) -> None:
        raise ServiceError(
            grpc.StatusCode.ALREADY_EXISTS,
            "POSSIBLE_DUPLICATE",
            "looks like another",
            field="amount.value",
            metadata={"transferId": "t1"},
        )

    servicer.act = fail
    with pytest.raises(ServiceError) as caught:
        await call("client/erp", "MakeThing", probe.MakeThingRequest())
    assert verdict(caught) == ("ALREADY_EXISTS", "POSSIBLE_DUPLICATE")
    assert caught.value.message == "looks like another"
    assert caught.value.field == "amount.value"
    assert caught.value.metadata == {"transferId": "t1"}


async def test_unknown_exception_says_nothing_to_the_caller(
    call: Any, probe: Any, servicer: ProbeServicer, observed: Observed
):
    def fail(_request: Any, _call: Call) -> None:
        raise RuntimeError("password is hunter2")

    servicer.act = fail
    with pytest.raises(ServiceError) as caught:
        await call("client/erp", "MakeThing", probe.MakeThingRequest())
    assert verdict(caught) == ("INTERNAL", "INTERNAL")
    assert "hunter2" not in str(caught.value.__cause__)
    assert observed.finished == [("MakeThing", "INTERNAL")]


async def test_failure_is_logged_with_its_reason_and_without_the_body(call: Any, probe: Any):
    request = probe.MakeThingRequest(document=json_body('{"displayName":"hunter2","x":1}'))
    with structlog.testing.capture_logs() as logs, pytest.raises(ServiceError):
        await call("edge", "MakeThing", request, metadata=(*CLAIMS, ("x-request-id", "t1")))
    (line,) = [line for line in logs if line["event"] == "rpc failed"]
    assert line["log_level"] == "warning"
    assert (line["reason"], line["field"], line["trace_id"]) == ("UNKNOWN_FIELD", "x", "t1")
    assert line["caller"] == HOME + "edge"
    assert "hunter2" not in str(logs)


async def test_trace_id_is_kept_when_sound_and_made_anew_when_not(
    call: Any, probe: Any, servicer: ProbeServicer
):
    for given in ("trace-1", "bad id!", "x" * 129):
        await call(
            "client/erp",
            "MakeThing",
            probe.MakeThingRequest(),
            metadata=(("x-request-id", given),),
        )
    seen = [call.trace_id for _request, call in servicer.calls]
    assert seen[0] == "trace-1"
    assert seen[1] != "bad id!"
    assert len(seen[1]) == len(seen[2]) == 32


async def test_headers_travel_as_initial_metadata(
    server: GRPCServer, pki: Any, probe: Any, servicer: ProbeServicer
):
    def act(_request: Any, call: Call) -> None:
        call.set_http_status(401)
        call.add_header("Cache-Control", "no-store")

    servicer.act = act
    target = f"127.0.0.1:{server.bound_port}"
    async with open_channel(target, pki["client/erp"], "probe.gerbang.internal") as channel:
        stub = channel.unary_unary(
            "/servicekit.probe.v1.ProbeService/MakeThing",
            request_serializer=lambda message: message.SerializeToString(),
        )
        running = stub(probe.MakeThingRequest())
        await running
        metadata = dict(await running.initial_metadata())
    assert metadata["x-gerbang-http-status"] == "401"
    assert metadata["cache-control"] == "no-store"


async def test_server_stream_ends_with_the_servicers_error(
    server: GRPCServer, pki: Any, probe: Any
):
    target = f"127.0.0.1:{server.bound_port}"
    async with open_channel(target, pki["bank-adapter"], "probe.gerbang.internal") as channel:
        stub = channel.unary_stream(
            "/servicekit.probe.v1.ProbeService/ListThings",
            request_serializer=lambda message: message.SerializeToString(),
            response_deserializer=probe.Thing.FromString,
        )
        running = stub(probe.FindThingRequest(display_name="fail"))
        names = [(await running.read()).display_name for _ in range(2)]
        with pytest.raises(grpc.aio.AioRpcError) as caught:
            await running.read()
    assert names == ["a", "b"]
    assert dict(await running.initial_metadata())["x-pages"] == "1"
    assert from_rpc_error(caught.value).reason == "NOT_FOUND"


async def test_bidirectional_stream_answers_each_message(server: GRPCServer, pki: Any, probe: Any):
    target = f"127.0.0.1:{server.bound_port}"
    async with open_channel(target, pki["bank-adapter"], "probe.gerbang.internal") as channel:
        stub = channel.stream_stream(
            "/servicekit.probe.v1.ProbeService/Echo",
            request_serializer=lambda message: message.SerializeToString(),
            response_deserializer=probe.Thing.FromString,
        )
        running = stub()
        for weight in (1, 2):
            await running.write(probe.Thing(weight=weight))
            assert (await running.read()).weight == weight
        await running.done_writing()
        assert await running.read() == grpc.aio.EOF


async def test_caller_without_certificate_cannot_connect(server: GRPCServer, pki: Any):
    credentials = grpc.ssl_channel_credentials(pki["edge"].ca_file.read_bytes())
    options = (("grpc.ssl_target_name_override", "probe.gerbang.internal"),)
    target = f"127.0.0.1:{server.bound_port}"
    async with grpc.aio.secure_channel(target, credentials, options=options) as channel:
        stub = health_pb2_grpc.HealthStub(channel)
        with pytest.raises(grpc.aio.AioRpcError) as caught:
            await stub.Check(health_pb2.HealthCheckRequest())
    assert caught.value.code() is grpc.StatusCode.UNAVAILABLE


async def test_channel_refuses_a_server_of_another_name(server: GRPCServer, pki: Any):
    target = f"127.0.0.1:{server.bound_port}"
    async with open_channel(target, pki["edge"], "signer.gerbang.internal") as channel:
        with pytest.raises(grpc.aio.AioRpcError) as caught:
            await health_pb2_grpc.HealthStub(channel).Check(health_pb2.HealthCheckRequest())
    assert from_rpc_error(caught.value).reason == "UNAVAILABLE"


async def test_health_follows_set_serving_for_any_of_our_identities(server: GRPCServer, pki: Any):
    target = f"127.0.0.1:{server.bound_port}"
    seen = []
    async with open_channel(target, pki["client/other"], "probe.gerbang.internal") as channel:
        stub = health_pb2_grpc.HealthStub(channel)
        for serving in (None, True, False):
            if serving is not None:
                await server.set_serving(serving)
            seen.append((await stub.Check(health_pb2.HealthCheckRequest())).status)
    status = health_pb2.HealthCheckResponse
    assert seen == [status.NOT_SERVING, status.SERVING, status.NOT_SERVING]


async def test_unknown_method_is_unimplemented(call: Any, probe: Any):
    with pytest.raises(ServiceError) as caught:
        await call("edge", "Nothing", probe.FindThingRequest())
    assert caught.value.code is grpc.StatusCode.UNIMPLEMENTED


async def test_taken_port_is_an_error(
    server: GRPCServer, pki: Any, probe: Any, servicer: ProbeServicer
):
    second = build(probe, pki, servicer, listen=ListenSettings(port=server.bound_port))
    with pytest.raises(OSError, match="cannot listen"):
        await second.start()


def test_rpc_without_rule_stops_the_server(probe: Any, pki: Any):
    rules = policy()
    del rules["/servicekit.probe.v1.ProbeService/Echo"]
    with pytest.raises(PolicyError, match="Echo has no rule"):
        build(probe, pki, ProbeServicer(probe), policy=rules)


def test_rule_without_rpc_stops_the_server(probe: Any, pki: Any):
    rules = policy() | {"/servicekit.probe.v1.ProbeService/Gone": rule()}
    with pytest.raises(PolicyError, match="Gone has no RPC"):
        build(probe, pki, ProbeServicer(probe), policy=rules)


def test_servicer_that_lacks_a_method_stops_the_server(probe: Any, pki: Any):
    with pytest.raises(PolicyError, match="object lacks Echo"):
        build(probe, pki, object())


def test_internal_client_filed_under_another_id_stops_the_server(probe: Any, pki: Any):
    client = InternalClient(spiffe_id=HOME + "client/a", client_id="a", scopes=frozenset())
    with pytest.raises(ValueError, match="own id"):
        build(probe, pki, ProbeServicer(probe), internal_clients={HOME + "client/b": client})


def test_binding_reads_every_path_of_the_annotation(probe: Any):
    binding = read_binding(probe.service.methods_by_name["MakeThing"])
    assert binding.path_fields == {"shelf"}
    assert not binding.query_allowed
    assert read_binding(probe.service.methods_by_name["FindThing"]).query_allowed
    assert not read_binding(probe.service.methods_by_name["Inside"]).published
    assert issubclass(BindingError, Exception)
