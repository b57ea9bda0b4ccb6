"""Streams, health and TLS of the server, and what stops it from being built."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import grpc
import grpc.aio
import pytest
from grpc_health.v1 import health_pb2, health_pb2_grpc
from servicekit.call import Call
from servicekit.channel import open_channel
from servicekit.config import InternalClient, ListenSettings
from servicekit.errors import from_rpc_error
from servicekit.rpc_policy import PolicyError, Rule
from servicekit.server import DocumentRule, GRPCServer, Registration
from servicekit.testing import issue_test_pki

HOME = "spiffe://gerbang/"
PREFIX = "/servicekit.probe.v1.ProbeService/"
Build = Callable[..., GRPCServer]


def stub(channel: grpc.aio.Channel, kind: str, name: str, response: Any) -> Any:
    return getattr(channel, kind)(
        f"/servicekit.probe.v1.ProbeService/{name}",
        request_serializer=lambda message: message.SerializeToString(),
        response_deserializer=response.FromString,
    )


async def test_headers_travel_as_initial_metadata(channel: Any, probe: Any, servicer: Any):
    def act(_request: Any, call: Call) -> None:
        call.set_http_status(401)
        call.add_header("Cache-Control", "no-store")

    servicer.act = act
    running = stub(channel("client/erp"), "unary_unary", "MakeThing", probe.Thing)(
        probe.MakeThingRequest()
    )
    await running
    metadata = dict(await running.initial_metadata())
    assert metadata["x-gerbang-http-status"] == "401"
    assert metadata["cache-control"] == "no-store"


async def test_server_stream_ends_with_the_servicers_error(channel: Any, probe: Any):
    running = stub(channel("bank-adapter"), "unary_stream", "ListThings", probe.Thing)(
        probe.FindThingRequest(display_name="fail")
    )
    names = [(await running.read()).display_name for _ in range(2)]
    with pytest.raises(grpc.aio.AioRpcError) as caught:
        await running.read()
    assert names == ["a", "b"]
    assert dict(await running.initial_metadata())["x-pages"] == "1"
    assert from_rpc_error(caught.value).reason == "NOT_FOUND"


async def test_bidirectional_stream_answers_each_message(channel: Any, probe: Any):
    running = stub(channel("bank-adapter"), "stream_stream", "Echo", probe.Thing)()
    for weight in (1, 2):
        await running.write(probe.Thing(weight=weight))
        assert (await running.read()).weight == weight
    await running.done_writing()
    assert await running.read() == grpc.aio.EOF


async def test_stream_of_a_caller_outside_the_policy_is_refused(channel: Any, probe: Any):
    running = stub(channel("edge"), "stream_stream", "Echo", probe.Thing)()
    with pytest.raises(grpc.aio.AioRpcError) as caught:
        await running.read()
    assert from_rpc_error(caught.value).reason == "CALLER_NOT_ALLOWED"


async def test_stopping_ends_an_open_stream_after_the_grace(
    server: GRPCServer, channel: Any, probe: Any
):
    running = stub(channel("bank-adapter"), "stream_stream", "Echo", probe.Thing)()
    await running.write(probe.Thing(weight=1))
    await running.read()
    await server.stop(0.01)
    with pytest.raises(grpc.aio.AioRpcError) as caught:
        await running.read()
    assert from_rpc_error(caught.value).reason == "UNAVAILABLE"


async def test_caller_without_certificate_cannot_connect(server: GRPCServer, pki: Any):
    credentials = grpc.ssl_channel_credentials(pki["edge"].ca_file.read_bytes())
    options = (("grpc.ssl_target_name_override", "probe.gerbang.internal"),)
    target = f"127.0.0.1:{server.bound_port}"
    async with grpc.aio.secure_channel(target, credentials, options=options) as channel:
        health = health_pb2_grpc.HealthStub(channel)
        with pytest.raises(grpc.aio.AioRpcError) as caught:
            await health.Check(health_pb2.HealthCheckRequest())
    assert caught.value.code() is grpc.StatusCode.UNAVAILABLE


async def test_certificate_of_another_authority_is_refused(server: GRPCServer, tmp_path: Path):
    foreign = issue_test_pki(tmp_path / "foreign", ["edge"])["edge"]
    target = f"127.0.0.1:{server.bound_port}"
    async with open_channel(target, foreign, "probe.gerbang.internal") as channel:
        with pytest.raises(grpc.aio.AioRpcError) as caught:
            await health_pb2_grpc.HealthStub(channel).Check(health_pb2.HealthCheckRequest())
    assert caught.value.code() is grpc.StatusCode.UNAVAILABLE


async def test_channel_refuses_a_server_of_another_name(channel: Any):
    health = health_pb2_grpc.HealthStub(channel("edge", "signer.gerbang.internal"))
    with pytest.raises(grpc.aio.AioRpcError) as caught:
        await health.Check(health_pb2.HealthCheckRequest())
    assert from_rpc_error(caught.value).reason == "UNAVAILABLE"


async def test_health_follows_set_serving_for_any_of_our_identities(
    server: GRPCServer, channel: Any
):
    health = health_pb2_grpc.HealthStub(channel("client/other"))
    seen = [(await health.Check(health_pb2.HealthCheckRequest())).status]
    for serving in (True, False):
        await server.set_serving(serving)
        seen.append((await health.Check(health_pb2.HealthCheckRequest())).status)
    status = health_pb2.HealthCheckResponse
    assert seen == [status.NOT_SERVING, status.SERVING, status.NOT_SERVING]


async def test_unknown_method_is_unimplemented(refusal: Any, probe: Any):
    error = await refusal("edge", "Nothing", probe.FindThingRequest())
    assert error.code is grpc.StatusCode.UNIMPLEMENTED


async def test_taken_port_is_an_error(server: GRPCServer, build: Build):
    second = build(listen=ListenSettings(port=server.bound_port))
    with pytest.raises(OSError, match="cannot listen"):
        await second.start()


def test_port_is_unknown_before_the_start(build: Build):
    with pytest.raises(RuntimeError, match="not been started"):
        _ = build().bound_port


def test_rpc_without_rule_stops_the_server(build: Build, probe_policy: dict[str, Rule]):
    del probe_policy[PREFIX + "Echo"]
    with pytest.raises(PolicyError, match="Echo has no rule"):
        build(policy=probe_policy)


def test_rule_without_rpc_stops_the_server(build: Build, probe_policy: dict[str, Rule]):
    probe_policy[PREFIX + "Gone"] = probe_policy[PREFIX + "Echo"]
    with pytest.raises(PolicyError, match="Gone has no RPC"):
        build(policy=probe_policy)


def test_servicer_that_lacks_a_method_stops_the_server(build: Build, probe: Any):
    with pytest.raises(PolicyError, match="object lacks Echo"):
        build(registrations=[Registration(probe.service, object())])


def test_document_rule_for_no_rpc_stops_the_server(build: Build, probe: Any, servicer: Any):
    registration = Registration(probe.service, servicer, {"PostFrom": DocumentRule.RAW})
    with pytest.raises(PolicyError, match="has no RPC PostFrom"):
        build(registrations=[registration])


def test_internal_client_filed_under_another_id_stops_the_server(build: Build):
    client = InternalClient(spiffe_id=HOME + "client/a", client_id="a", scopes=frozenset())
    with pytest.raises(ValueError, match="own id"):
        build(internal_clients={HOME + "client/b": client})
