"""Services that are down, slow, unwell or not who they should be."""

from __future__ import annotations

import threading
from pathlib import Path

import httpx
import pytest
from edge_testing.process import ORIGIN, PKI, Edge, StartEdge, free_port, wait_until
from edge_testing.services import FakeServices, serve
from edge_testing.verdict import refusal
from servicekit.testing import issue_test_pki

DOWN = (503, "UNAVAILABLE")
CREATE = "/gerbang.bank_adapter.v1.TransferService/CreateTransfer"


def _create(edge: Edge, token: str) -> httpx.Response:
    headers = {"origin": ORIGIN, "authorization": f"Bearer {token}"}
    with edge.client(headers=headers) as client:
        return client.post("/v1/transfers", content=b"{}")


def test_service_that_is_down_is_unavailable_and_the_others_serve(
    start_edge: StartEdge, token: str
):
    edge = start_edge(upstreams={"bank_adapter": {"targets": (f"127.0.0.1:{free_port()}",)}})
    response = _create(edge, token)
    assert refusal(response) == DOWN
    assert response.headers["retry-after"] == "1"
    headers = {"origin": ORIGIN, "authorization": f"Bearer {token}"}
    with edge.client(headers=headers) as client:
        assert client.get("/v1/audit/events").status_code == 200


def test_service_that_comes_back_is_used_again(start_edge: StartEdge, pki: PKI, token: str):
    port = free_port()
    edge = start_edge(upstreams={"bank_adapter": {"targets": (f"127.0.0.1:{port}",)}})
    assert refusal(_create(edge, token)) == DOWN
    with serve(FakeServices(), pki["bank-adapter"], port):
        wait_until(lambda: _create(edge, token).is_success, what="the service to be found")
    wait_until(lambda: _create(edge, token).status_code == 503, what="the service to be missed")


def test_service_that_says_it_is_not_serving_gets_nothing(
    start_edge: StartEdge, pki: PKI, token: str
):
    fakes = FakeServices()
    with serve(fakes, pki["bank-adapter"]) as serving:
        edge = start_edge(upstreams={"bank_adapter": serving.upstream})
        assert _create(edge, token).is_success
        serving.set_serving(serving=False)
        wait_until(lambda: _create(edge, token).status_code == 503, what="the health check")
        fakes.forget()
        assert refusal(_create(edge, token)) == DOWN
        assert fakes.received == []


def test_one_of_two_replicas_down_is_not_seen(start_edge: StartEdge, pki: PKI, token: str):
    with serve(FakeServices(), pki["bank-adapter"]) as serving:
        targets = (f"127.0.0.1:{free_port()}", *serving.upstream["targets"])
        edge = start_edge(upstreams={"bank_adapter": {"targets": targets}})
        assert [_create(edge, token).status_code for _ in range(10)] == [200] * 10


def test_service_with_another_services_identity_gets_nothing(
    start_edge: StartEdge, pki: PKI, token: str
):
    fakes = FakeServices()
    with serve(fakes, pki["audit"]) as serving:
        edge = start_edge(upstreams={"bank_adapter": serving.upstream})
        assert refusal(_create(edge, token)) == DOWN
    assert fakes.received == []


def test_service_from_another_authority_gets_nothing(
    start_edge: StartEdge, token: str, tmp_path: Path, pki: PKI
):
    foreign = issue_test_pki(tmp_path, ["bank-adapter"])["bank-adapter"]
    trusting = foreign.model_copy(update={"ca_file": pki["edge"].ca_file})
    fakes = FakeServices()
    with serve(fakes, trusting) as serving:
        edge = start_edge(upstreams={"bank_adapter": serving.upstream})
        assert refusal(_create(edge, token)) == DOWN
    assert fakes.received == []


def test_slow_service_is_a_timeout_and_is_asked_once(
    start_edge: StartEdge,
    services: FakeServices,
    token: str,
    monkeypatch: pytest.MonkeyPatch,
):
    monkeypatch.setattr("edge.settings.ROUTE_TIMEOUT_MARGIN_S", 0.1)
    edge = start_edge(times={"bank_wait_s": 0.2})
    released = threading.Event()
    services.answers[CREATE] = lambda _, __: released.wait(10)
    try:
        response = _create(edge, token)
    finally:
        released.set()
    assert refusal(response) == (504, "DEADLINE_EXCEEDED")
    assert len(services.received) == 1


def test_route_waits_longer_than_the_bank_and_never_tries_again(edge: Edge):
    from edge.bootstrap import bootstrap  # noqa: PLC0415 the fixture's name is `edge` too

    listener = bootstrap(edge.settings)["static_resources"]["listeners"][0]
    manager = listener["filter_chains"][0]["filters"][0]["typed_config"]
    (host,) = manager["route_config"]["virtual_hosts"]
    forwarded = [route["route"] for route in host["routes"] if "route" in route]
    # Questions wait for the bank itself, everything else for a while.
    assert {each["timeout"] for each in forwarded} == {"15s", "80s"}
    assert not [each for each in (host, *forwarded) if "retry_policy" in each]
