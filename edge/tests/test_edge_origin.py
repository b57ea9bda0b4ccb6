"""Origin and source address: who may knock."""

from __future__ import annotations

import httpx
import pytest
from edge_testing.process import ORIGIN, Edge, StartEdge
from edge_testing.services import FakeServices
from edge_testing.verdict import refusal

REFUSED = (403, "ORIGIN_NOT_ALLOWED")

PATHS = [("POST", "/oauth2/token"), ("GET", "/v1/transfers"), ("POST", "/v1/transfers")]

WRONG_ORIGINS = {
    "absent": [],
    "empty": [""],
    "null": ["null"],
    "twice": [ORIGIN, ORIGIN],
    "two that are both allowed": [ORIGIN, "https://second.example.test:8443"],
    "good one after a bad one": ["https://evil.test", ORIGIN],
    "good one before a bad one": [ORIGIN, "https://evil.test"],
    "list in one header": [f"{ORIGIN},https://evil.test"],
    "look-alike suffix": [f"{ORIGIN}.evil.test"],
    "look-alike prefix": ["https://evil-erp.example.test"],
    "other port": [f"{ORIGIN}:8443"],
    "its own port": [f"{ORIGIN}:443"],
    "port missing": ["https://second.example.test"],
    "other scheme": [ORIGIN.replace("https", "http")],
    "upper case": [ORIGIN.upper()],
    "upper case host": ["https://ERP.example.test"],
    "trailing slash": [f"{ORIGIN}/"],
    "trailing dot": [f"{ORIGIN}."],
    "user before it": ["https://x@erp.example.test"],
    "without scheme": ["erp.example.test"],
}


@pytest.mark.parametrize("call", PATHS, ids=" ".join)
@pytest.mark.parametrize("origins", WRONG_ORIGINS.values(), ids=WRONG_ORIGINS.keys())
def test_wrong_origin_is_refused_whatever_the_token(
    anonymous: httpx.Client,
    services: FakeServices,
    token: str,
    call: tuple[str, str],
    origins: list[str],
):
    headers = [("authorization", f"Bearer {token}"), *(("origin", each) for each in origins)]
    assert refusal(anonymous.request(*call, headers=headers)) == REFUSED
    assert services.received == []


@pytest.mark.parametrize("origin", [ORIGIN, "https://second.example.test:8443"])
def test_registered_origin_is_let_through(anonymous: httpx.Client, token: str, origin: str):
    headers = {"authorization": f"Bearer {token}", "origin": origin}
    assert anonymous.get("/v1/transfers", headers=headers).status_code == 200


@pytest.mark.parametrize("origins", [[ORIGIN, ""], ["", ORIGIN]])
def test_empty_origin_beside_the_good_one_is_no_second_one(
    anonymous: httpx.Client, services: FakeServices, token: str, origins: list[str]
):
    """Envoy's parser drops it; the service sees the good one alone."""
    headers = [("authorization", f"Bearer {token}"), *(("origin", each) for each in origins)]
    assert anonymous.get("/v1/transfers", headers=headers).is_success
    assert services.only().metadata["origin"] == ORIGIN


@pytest.mark.parametrize("path", ["/.well-known/jwks.json", "/login"])
def test_pages_and_keys_need_no_origin(anonymous: httpx.Client, path: str):
    assert anonymous.get(path).status_code == 200


@pytest.mark.parametrize(
    "path", ["/v1/../v1/transfers", "/./v1/transfers", "//v1/transfers", "/v1//transfers"]
)
def test_no_spelling_of_the_path_avoids_the_origin(edge: Edge, token: str, path: str):
    answer = edge.raw(
        f"GET {path} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {token}\r\n"
        "Connection: close\r\n\r\n".encode()
    )
    assert answer.startswith(b"HTTP/1.1 403 "), answer


def test_address_outside_the_clients_list_is_refused(start_edge: StartEdge, token: str):
    edge = start_edge(keys=False, access={"client_cidrs": ("192.0.2.0/24",)})
    headers = {"authorization": f"Bearer {token}", "origin": ORIGIN}
    with edge.client(headers=headers) as client:
        for method, path in PATHS:
            assert refusal(client.request(method, path)) == (403, "CALLER_NOT_ALLOWED")
        assert client.get("/login").status_code == 200


def test_address_outside_the_operators_list_is_refused(start_edge: StartEdge):
    edge = start_edge(access={"operator_cidrs": ("192.0.2.0/24",)})
    with edge.client() as client:
        for method, path in [("GET", "/login"), ("POST", "/login"), ("GET", "/dashboard/")]:
            assert refusal(client.request(method, path)) == (403, "CALLER_NOT_ALLOWED")


def test_forwarded_for_header_does_not_change_the_address(start_edge: StartEdge):
    edge = start_edge(access={"operator_cidrs": ("192.0.2.0/24",)})
    names = ("x-forwarded-for", "x-real-ip", "x-envoy-external-address", "true-client-ip")
    headers = dict.fromkeys(names, "192.0.2.7") | {"forwarded": "for=192.0.2.7"}
    with edge.client(headers=headers) as client:
        assert refusal(client.get("/login")) == (403, "CALLER_NOT_ALLOWED")


def test_callback_paths_are_closed_until_a_bank_is_named(anonymous: httpx.Client):
    response = anonymous.post("/openapi/v1.0/transfer-rtgs/notify", content=b"{}")
    assert refusal(response) == (403, "CALLER_NOT_ALLOWED")
