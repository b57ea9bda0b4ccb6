"""What is reachable at all: the table, the paths, and no gRPC."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path

import grpc
import httpx
import pytest
from edge.bindings import Binding, read_bindings, read_descriptors
from edge.surface import SURFACE, SurfaceError, check
from edge_testing.process import ORIGIN, Edge
from edge_testing.services import FakeServices, every_rpc, rpc_name
from edge_testing.verdict import refusal

DESCRIPTORS = Path(__file__).parents[2] / "protos" / "descriptors" / "edge.binpb"
NOT_HERE = (404, "NOT_FOUND")
RPCS = sorted(rpc_name(method) for method in every_rpc())


def test_every_public_rpc_has_a_row_and_every_row_an_rpc():
    bindings = read_bindings(read_descriptors(DESCRIPTORS))
    assert {binding.rpc for binding in bindings} == SURFACE.keys()


def test_signing_and_ingest_have_no_rest_path():
    paths = {binding.service for binding in read_bindings(read_descriptors(DESCRIPTORS))}
    assert not any(".signer." in each or "IngestService" in each for each in paths)


_OPEN = Binding(rpc="/gerbang.auth.v1.S/Open", method="GET", template="/open")
_SCOPED = Binding(rpc="/gerbang.auth.v1.S/Scoped", method="GET", template="/v1/scoped")


@pytest.mark.parametrize(
    ("surface", "problem"),
    [
        ({_OPEN.rpc: None}, "no row"),
        ({_OPEN.rpc: None, _SCOPED.rpc: "a.read", "/gerbang.x.v1.S/Gone": None}, "no REST path"),
        ({_OPEN.rpc: "a.read", _SCOPED.rpc: "a.read"}, "go together"),
        ({_OPEN.rpc: None, _SCOPED.rpc: None}, "go together"),
    ],
)
def test_table_that_does_not_fit_the_contracts_is_refused(
    surface: dict[str, str | None], problem: str
):
    with pytest.raises(SurfaceError, match=problem):
        check([_OPEN, _SCOPED], surface)


def test_table_that_fits_the_contracts_is_taken():
    check([_OPEN, _SCOPED], {_OPEN.rpc: None, _SCOPED.rpc: "a.read"})


@pytest.mark.parametrize("rpc", RPCS)
def test_native_grpc_is_not_found(edge: Edge, services: FakeServices, token: str, rpc: str):
    credentials = grpc.ssl_channel_credentials(edge.ca_file.read_bytes())
    metadata = (("origin", ORIGIN), ("authorization", f"Bearer {token}"))
    with (
        grpc.secure_channel(f"127.0.0.1:{edge.port}", credentials) as channel,
        pytest.raises(grpc.RpcError) as caught,
    ):
        channel.unary_unary(rpc)(b"", timeout=5, metadata=metadata)
    assert caught.value.code() is grpc.StatusCode.UNIMPLEMENTED
    assert "status: 404" in caught.value.details()
    assert services.received == []


def test_native_grpc_stream_is_not_found_while_it_is_open(edge: Edge):
    never = threading.Event()

    def requests() -> Iterator[bytes]:
        yield b""
        never.wait(20)

    credentials = grpc.ssl_channel_credentials(edge.ca_file.read_bytes())
    rpc = "/gerbang.signer.v1.SigningService/SignBatches"
    try:
        with (
            grpc.secure_channel(f"127.0.0.1:{edge.port}", credentials) as channel,
            pytest.raises(grpc.RpcError) as caught,
        ):
            next(channel.stream_stream(rpc)(requests(), timeout=10))
    finally:
        never.set()
    # The 404, or the reset that ends the open stream behind it: gRPC's client takes
    # whichever it sees first. It would be DEADLINE_EXCEEDED if the edge had waited.
    assert caught.value.code() in {grpc.StatusCode.UNIMPLEMENTED, grpc.StatusCode.INTERNAL}


@pytest.mark.parametrize("rpc", ["/grpc.health.v1.Health/Check", "/gerbang.x.v1.S/M"])
@pytest.mark.parametrize("content_type", ["application/grpc", "application/grpc+proto"])
def test_grpc_content_type_gets_the_error_shape(
    erp: httpx.Client, services: FakeServices, rpc: str, content_type: str
):
    response = erp.post(rpc, content=b"\0\0\0\0\0", headers={"content-type": content_type})
    assert refusal(response) == NOT_HERE
    assert services.received == []


@pytest.mark.parametrize("content_type", ["application/grpc", "application/grpc-web+proto"])
def test_grpc_on_a_rest_path_is_not_found(
    erp: httpx.Client, services: FakeServices, content_type: str
):
    response = erp.post("/v1/transfers", content=b"", headers={"content-type": content_type})
    assert refusal(response) == NOT_HERE
    assert services.received == []


@pytest.mark.parametrize("rpc", RPCS)
def test_rpc_path_with_json_is_not_found(erp: httpx.Client, services: FakeServices, rpc: str):
    assert refusal(erp.post(rpc, json={})) == NOT_HERE
    assert services.received == []


@pytest.mark.parametrize(
    "path",
    [
        "/",
        "/v1",
        "/v1/",
        "/v1/nothing",
        "/v1/transfers/",
        "/v1/transfers/a/b",
        "/v1/transfers/a:refund",
        "/V1/transfers",
        "/v2/transfers",
        "/oauth2/tokens",
        "/oauth2/token/",
        "/loginx",
        "/dashboardx",
        "/.well-known/openid-configuration",
    ],
)
def test_unknown_path_is_not_found(erp: httpx.Client, services: FakeServices, path: str):
    assert refusal(erp.get(path)) == NOT_HERE
    assert services.received == []


@pytest.mark.parametrize(
    ("method", "path", "allow"),
    [
        ("DELETE", "/v1/transfers", "GET, POST"),
        ("PUT", "/v1/transfers/abc", "GET"),
        ("POST", "/v1/transfers/abc", "GET"),
        ("GET", "/v1/transfers/abc:inquire", "POST"),
        ("GET", "/v1/accountInquiries", "POST"),
        ("GET", "/oauth2/token", "POST"),
        ("OPTIONS", "/v1/transfers", "GET, POST"),
        ("TRACE", "/v1/transfers", "GET, POST"),
        ("GET", "/logout", "POST"),
        ("POST", "/.well-known/jwks.json", "GET"),
    ],
)
def test_wrong_method_is_told_the_right_ones(
    erp: httpx.Client, services: FakeServices, method: str, path: str, allow: str
):
    response = erp.request(method, path)
    assert refusal(response) == (405, "NOT_FOUND")
    assert response.headers["allow"] == allow
    assert services.received == []


def test_method_override_header_is_not_read(erp: httpx.Client, services: FakeServices):
    headers = {"x-http-method-override": "POST", "x-method-override": "POST"}
    assert erp.get("/v1/transfers", headers=headers).is_success
    received = services.only()
    assert received.rpc.endswith("/ListTransfers")
    assert not headers.keys() & received.metadata.keys()
