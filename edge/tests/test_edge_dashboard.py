"""The operators' pages: a cookie of their own, plain HTTP behind."""

from __future__ import annotations

import base64
import json
import time

import httpx
import pytest
from edge_testing.pages import FakePages, serve_pages
from edge_testing.process import PKI, StartEdge
from edge_testing.tokens import SigningKey, api_claims, operator_claims
from edge_testing.verdict import refusal


def _cookie(token: str) -> dict[str, str]:
    return {"cookie": f"gerbang_operator={token}"}


def test_operator_reaches_the_pages_and_the_cookie_does_not(
    start_edge: StartEdge, pki: PKI, signing_key: SigningKey
):
    pages = FakePages()
    with serve_pages(pages, pki["audit"]) as upstream:
        edge = start_edge(upstreams={"dashboard": upstream})
        headers = _cookie(signing_key.sign(operator_claims())) | {
            "authorization": "Bearer abc",
            "x-gerbang-claim-operator": "forged",
            "x-gerbang-claim-sub": "forged",
        }
        with edge.client(headers=headers) as client:
            response = client.get("/dashboard/events?kind=a&kind=b")
            posted = client.post("/dashboard/filter?x=1", data={"a": "b"})
    assert (response.status_code, response.text) == (200, "page")
    assert response.headers["cache-control"] == "private, max-age=60"
    assert "server" not in response.headers
    assert posted.status_code == 200
    method, path, arrived, _ = pages.received[0]
    assert (method, path) == ("GET", "/dashboard/events?kind=a&kind=b")
    assert arrived["x-gerbang-claim-operator"] == "siti"
    assert json.loads(base64.b64decode(arrived["x-gerbang-claim-roles"] + "==")) == ["viewer"]
    assert not {"cookie", "authorization", "x-gerbang-claim-sub"} & arrived.keys()
    assert pages.received[1][0] == "POST"
    assert pages.received[1][3] == b"a=b"


def test_pages_under_another_identity_get_nothing(
    start_edge: StartEdge, pki: PKI, signing_key: SigningKey
):
    pages = FakePages()
    with serve_pages(pages, pki["auth"]) as upstream:
        edge = start_edge(upstreams={"dashboard": upstream})
        with edge.client(headers=_cookie(signing_key.sign(operator_claims()))) as client:
            assert refusal(client.get("/dashboard/")) == (503, "UNAVAILABLE")
    assert pages.received == []


@pytest.mark.parametrize(
    "case", ["none", "garbage", "expired", "API token", "other key", "in the header"]
)
def test_without_a_good_cookie_one_is_shown_the_way_in(
    anonymous: httpx.Client, signing_key: SigningKey, case: str
):
    good = signing_key.sign(operator_claims())
    headers = {
        "none": {},
        "garbage": _cookie("abc"),
        "expired": _cookie(signing_key.sign(operator_claims(exp=int(time.time()) - 60))),
        "API token": _cookie(signing_key.sign(api_claims())),
        "other key": _cookie(SigningKey("key-1").sign(operator_claims())),
        "in the header": {"authorization": f"Bearer {good}"},
    }[case]
    for path in ("/dashboard/", "/dashboard/events?kind=a"):
        response = anonymous.get(path, headers=headers)
        assert response.status_code == 303
        assert response.headers["location"] == "/login"
        assert response.headers["cache-control"] == "no-store"


def test_dashboard_without_its_slash_is_completed(anonymous: httpx.Client):
    response = anonymous.get("/dashboard")
    assert response.status_code == 303
    assert response.headers["location"].endswith("/dashboard/")
