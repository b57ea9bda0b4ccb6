"""Sizes and rates."""

from __future__ import annotations

from collections.abc import Iterator

import httpx
import pytest
from edge_testing.process import ORIGIN, Edge, StartEdge
from edge_testing.services import FakeServices
from edge_testing.tokens import SigningKey, api_claims
from edge_testing.verdict import refusal
from gerbang.bank_adapter.v1 import transfer_pb2

GET = "/gerbang.bank_adapter.v1.TransferService/GetTransfer"
TOO_LARGE = (413, "BODY_TOO_LARGE")
TOO_MANY = (429, "RATE_LIMITED")


def _chunks(total: int) -> Iterator[bytes]:
    """A body without a Content-Length."""
    yield b"x" * (total // 2)
    yield b"x" * (total - total // 2)


def test_body_at_the_limit_arrives(erp: httpx.Client, edge: Edge, services: FakeServices):
    size = edge.settings.limits.body_bytes
    assert erp.post("/v1/transfers", content=b"x" * size).status_code == 200
    assert len(services.only().request.document.data) == size


@pytest.mark.parametrize("path", ["/v1/transfers", "/oauth2/token", "/login"])
@pytest.mark.parametrize("chunked", [False, True])
def test_body_over_the_limit_is_refused(
    erp: httpx.Client, edge: Edge, services: FakeServices, *, path: str, chunked: bool
):
    size = edge.settings.limits.body_bytes + 1
    content = _chunks(size) if chunked else b"x" * size
    assert refusal(erp.post(path, content=content)) == TOO_LARGE
    assert services.received == []


def test_body_limit_is_a_setting(start_edge: StartEdge, token: str):
    edge = start_edge(limits={"body_bytes": 2048})
    headers = {"origin": ORIGIN, "authorization": f"Bearer {token}"}
    with edge.client(headers=headers) as client:
        assert client.post("/v1/transfers", content=b"x" * 2048).status_code == 200
        assert refusal(client.post("/v1/transfers", content=b"x" * 2049)) == TOO_LARGE


def test_answer_over_the_limit_is_the_houses_fault(
    start_edge: StartEdge, services: FakeServices, token: str
):
    edge = start_edge(limits={"response_bytes": 1024})
    services.answers[GET] = lambda _, __: transfer_pb2.Transfer(remark="x" * 4000)
    headers = {"origin": ORIGIN, "authorization": f"Bearer {token}"}
    with edge.client(headers=headers) as client:
        response = client.get("/v1/transfers/01ABC")
    assert refusal(response) == (500, "INTERNAL")
    assert "buffer" not in response.text


@pytest.mark.parametrize(
    "headers",
    [{"x-long": "a" * 17_000}, {f"x-{n}": "a" for n in range(70)}],
    ids=["long", "many"],
)
def test_headers_over_the_limit_are_refused(
    erp: httpx.Client, services: FakeServices, headers: dict[str, str]
):
    assert refusal(erp.get("/v1/transfers", headers=headers)) == (431, "LIMIT_EXCEEDED")
    assert services.received == []


def test_rate_of_one_client_does_not_stop_another(
    start_edge: StartEdge, signing_key: SigningKey, services: FakeServices
):
    edge = start_edge(rates={"client": {"per_s": 1, "burst": 2}})
    with edge.client(headers={"origin": ORIGIN}) as client:

        def call(subject: str) -> httpx.Response:
            token = signing_key.sign(api_claims(sub=subject))
            return client.get("/v1/transfers", headers={"authorization": f"Bearer {token}"})

        answers = [call("loud") for _ in range(10)]
        refused = [answer for answer in answers if not answer.is_success]
        assert {refusal(answer) for answer in refused} == {TOO_MANY}
        assert refused[0].headers["retry-after"] == "1"
        assert call("quiet").status_code == 200
    assert len(services.received) == len(answers) - len(refused) + 1


@pytest.mark.parametrize(("name", "path"), [("token", "/oauth2/token"), ("login", "/login")])
def test_password_checks_have_a_rate_of_their_own(start_edge: StartEdge, name: str, path: str):
    edge = start_edge(rates={name: {"per_s": 1, "burst": 1}})
    with edge.client(headers={"origin": ORIGIN}) as client:
        answers = [client.post(path, content=b"a=b") for _ in range(5)]
        assert {refusal(each) for each in answers if not each.is_success} == {TOO_MANY}
        assert client.get("/.well-known/jwks.json").status_code == 200


def test_total_rate_holds_for_everything(start_edge: StartEdge):
    edge = start_edge(keys=False, rates={"total": {"per_s": 1, "burst": 1}})
    with edge.client() as client:
        answers = [client.get("/.well-known/jwks.json") for _ in range(5)]
    assert {refusal(each) for each in answers if not each.is_success} == {TOO_MANY}


def test_connection_over_the_limit_is_closed(start_edge: StartEdge):
    edge = start_edge(limits={"connections": 2})
    with edge.client() as first, edge.client() as second, edge.client() as third:
        assert first.get("/login").is_success
        assert second.get("/login").is_success
        with pytest.raises(httpx.TransportError):
            third.get("/login")
        assert first.get("/login").is_success
