"""Requests that are not quite HTTP, or two requests in the shape of one."""

from __future__ import annotations

import httpx
import pytest
from edge_testing.process import ORIGIN, Edge
from edge_testing.services import FakeServices
from edge_testing.verdict import refusal

HEAD = f"Host: edge\r\nOrigin: {ORIGIN}\r\n"
HIDDEN = "GET /login HTTP/1.1\r\nHost: edge\r\n\r\n"


def _post(framing: str, rest: str = HIDDEN) -> str:
    return f"POST /login HTTP/1.1\r\n{HEAD}{framing}\r\n\r\n{rest}"


def _get(header: str, *, path: str = "/login") -> str:
    return f"GET {path} HTTP/1.1\r\n{HEAD}{header}\r\n\r\n{HIDDEN}"


CROOKED = {
    "length and chunks": (
        _post("Content-Length: 3\r\nTransfer-Encoding: chunked", f"0\r\n\r\n{HIDDEN}"),
        400,
    ),
    "two lengths": (_post("Content-Length: 0\r\nContent-Length: 5"), 400),
    "list of lengths": (_post("Content-Length: 3, 3", f"abc{HIDDEN}"), 400),
    "negative length": (_post("Content-Length: -1"), 400),
    "signed length": (_post("Content-Length: +3", f"abc{HIDDEN}"), 400),
    "unknown coding": (_post("Transfer-Encoding: xchunked", f"0\r\n\r\n{HIDDEN}"), 501),
    "bad chunk size": (_post("Transfer-Encoding: chunked", f"zz\r\n\r\n{HIDDEN}"), 400),
    "blank before the colon": (_get("X-A : b"), 400),
    "NUL in a header": (_get("X-A: b\0c"), 400),
    "header without a name": (_get(": b"), 400),
    "fragment in the path": (_get("X-A: b", path="/login#part"), 400),
    "path without a slash": (_get("X-A: b", path="login"), 400),
    "back slashes": (_get("Connection: close", path="/login\\..\\x"), 404),
    "no Host": ("GET /login HTTP/1.1\r\n\r\n", 400),
    "two Hosts": ("GET /login HTTP/1.1\r\nHost: a\r\nHost: b\r\nConnection: close\r\n\r\n", 400),
    "crooked Host": ("GET /login HTTP/1.1\r\nHost: a/b\r\nConnection: close\r\n\r\n", 400),
    "HTTP/1.0": ("GET /login HTTP/1.0\r\n\r\n", 426),
    "unknown version": ("GET /login HTTP/9.9\r\nHost: edge\r\n\r\n", 426),
    "HTTP/2 preface": ("PRI * HTTP/1.1\r\nHost: edge\r\n\r\n", 400),
    "CONNECT": ("CONNECT bank.test:443 HTTP/1.1\r\nHost: bank.test:443\r\n\r\n", 405),
    "websocket": (_get("Connection: Upgrade\r\nUpgrade: websocket", path="/v1/transfers"), 403),
    "no HTTP": ("not http at all\r\n\r\n", 400),
}


@pytest.mark.parametrize(("request_text", "status"), CROOKED.values(), ids=CROOKED.keys())
def test_crooked_request_is_refused_and_nothing_hides_behind_it(
    edge: Edge, services: FakeServices, request_text: str, status: int
):
    answer = edge.raw(request_text.encode())
    assert answer.startswith(f"HTTP/1.1 {status} ".encode()), answer
    # Whatever followed is thrown away with the connection.
    assert b"\r\nconnection: close\r\n" in answer
    assert services.received == []


@pytest.mark.parametrize(
    "name", ["x_gerbang_claim_sub", "x_anything", "idempotency_key", "content_type"]
)
def test_underscore_in_a_header_name_is_refused(
    erp: httpx.Client, services: FakeServices, name: str
):
    assert refusal(erp.get("/v1/transfers", headers={name: "a"})) == (400, "INVALID_FIELD")
    assert services.received == []


@pytest.mark.parametrize(
    "path",
    [
        "/v1/transfers%2Fabc",
        "/v1/transfers%2fabc",
        "/v1%5Ctransfers",
        "/v1/transfers/a%00b",
        "/v1/..%2Fdashboard/",
    ],
)
def test_encoded_slash_or_nul_in_the_path_is_refused(
    erp: httpx.Client, services: FakeServices, path: str
):
    assert refusal(erp.get(path)) == (400, "INVALID_FIELD")
    assert services.received == []


@pytest.mark.parametrize(
    "path",
    ["/dashboard/../v1/transfers", "/dashboard/%2e%2e/v1/transfers", "/login/../v1/transfers"],
)
def test_dot_segments_do_not_carry_past_the_token(edge: Edge, services: FakeServices, path: str):
    answer = edge.raw(f"GET {path} HTTP/1.1\r\n{HEAD}Connection: close\r\n\r\n".encode())
    assert answer.startswith(b"HTTP/1.1 401 "), answer
    assert services.received == []


def test_header_named_in_connection_is_not_the_clients_to_remove(
    erp: httpx.Client, services: FakeServices
):
    """Hop-by-hop removal must not take away what the edge itself added."""
    headers = {"connection": "close, x-gerbang-claim-sub, x-request-id"}
    erp.get("/v1/transfers", headers=headers)
    for received in services.received:
        assert received.metadata["x-gerbang-claim-sub"] == "erp-1"
        assert received.metadata["x-request-id"]
