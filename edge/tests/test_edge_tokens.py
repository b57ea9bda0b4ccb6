"""JSON Web Tokens: what is believed, and what reaches the services of it."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import time

import grpc
import httpx
import jwt
import pytest
from edge_testing.process import ORIGIN, PKI, Edge, StartEdge, wait_until
from edge_testing.services import FakeServices, serve
from edge_testing.tokens import SigningKey, api_claims, operator_claims
from edge_testing.verdict import refusal

REFUSED = (401, "UNAUTHENTICATED")


def _segment(value: object) -> str:
    text = json.dumps(value).encode()
    return base64.urlsafe_b64encode(text).rstrip(b"=").decode()


def _hmac_token(secret: bytes, kid: str) -> str:
    """HS256 keyed with the public key: what a careless verifier accepts."""
    signed = f"{_segment({'alg': 'HS256', 'kid': kid, 'typ': 'JWT'})}.{_segment(api_claims())}"
    digest = hmac.new(secret, signed.encode(), hashlib.sha256).digest()
    return f"{signed}.{base64.urlsafe_b64encode(digest).rstrip(b'=').decode()}"


def _bad_tokens(key: SigningKey) -> dict[str, str]:
    now = int(time.time())
    good = key.sign(api_claims())
    stranger = SigningKey(key.kid)
    unsigned = jwt.encode(api_claims(), None, algorithm="none", headers={"kid": key.kid})
    header, payload, signature = good.split(".")
    return {
        "expired": key.sign(api_claims(exp=now - 60)),
        "without expiry": key.sign(api_claims(exp=None)),
        "longer than auth gives": key.sign(api_claims(exp=now + 3600)),
        "not valid yet": key.sign(api_claims(nbf=now + 120)),
        "wrong audience": key.sign(api_claims(aud="somebody-else")),
        "operator's audience": key.sign(operator_claims()),
        "without audience": key.sign(api_claims(aud=None)),
        "wrong issuer": key.sign(api_claims(iss="somebody-else")),
        "without issuer": key.sign(api_claims(iss=None)),
        "HS256 with the public key": _hmac_token(key.public_pem, key.kid),
        "HS256 with the modulus": _hmac_token(key.jwk["n"].encode(), key.kid),
        "RS384": key.sign(api_claims(), algorithm="RS384"),
        "RS512": key.sign(api_claims(), algorithm="RS512"),
        "PS256": key.sign(api_claims(), algorithm="PS256"),
        "none": unsigned,
        "none with a signature": f"{unsigned}{signature}",
        "unknown kid": SigningKey("key-9").sign(api_claims()),
        "our kid by another key": stranger.sign(api_claims()),
        "key inside the token": stranger.sign(api_claims(), jwk=stranger.jwk),
        "payload changed": f"{header}.{_segment(api_claims(sub='other'))}.{signature}",
        "signature missing": f"{header}.{payload}.",
        "two parts": f"{header}.{payload}",
        "not a token": "abc",
    }


CASES = list(_bad_tokens(SigningKey("names-only")))


@pytest.mark.parametrize("case", CASES)
def test_bad_token_is_refused(
    anonymous: httpx.Client, services: FakeServices, signing_key: SigningKey, case: str
):
    bad = _bad_tokens(signing_key)[case]
    headers = {"origin": ORIGIN, "authorization": f"Bearer {bad}"}
    response = anonymous.get("/v1/transfers", headers=headers)
    assert refusal(response) == REFUSED
    assert response.headers["www-authenticate"] == 'Bearer realm="gerbang", error="invalid_token"'
    assert services.received == []


@pytest.mark.parametrize(
    "authorization",
    [
        [],
        ["{}"],
        ["Basic {}"],
        ["Bearer {}x"],
        ["Bearer {}", "Bearer {}"],
        ["Bearer {}", "Basic x"],
    ],
)
def test_only_one_bearer_header_is_a_token(
    anonymous: httpx.Client, services: FakeServices, token: str, authorization: list[str]
):
    values = [("authorization", each.format(token)) for each in authorization]
    response = anonymous.get("/v1/transfers", headers=[("origin", ORIGIN), *values])
    assert refusal(response) == REFUSED
    assert services.received == []


def test_absent_token_is_told_apart_from_a_bad_one(anonymous: httpx.Client):
    response = anonymous.get("/v1/transfers", headers={"origin": ORIGIN})
    assert refusal(response) == REFUSED
    assert response.headers["www-authenticate"] == 'Bearer realm="gerbang"'


def test_token_in_the_query_is_not_a_token(anonymous: httpx.Client, token: str):
    response = anonymous.get(f"/v1/transfers?access_token={token}", headers={"origin": ORIGIN})
    assert refusal(response) == REFUSED


def test_api_token_in_the_operators_cookie_is_not_a_token(anonymous: httpx.Client, token: str):
    headers = {"origin": ORIGIN, "cookie": f"gerbang_operator={token}"}
    assert refusal(anonymous.get("/v1/transfers", headers=headers)) == REFUSED


def test_good_claims_arrive_and_the_token_does_not(erp: httpx.Client, services: FakeServices):
    assert erp.get("/v1/transfers").status_code == 200
    metadata = services.only().metadata
    assert metadata["x-gerbang-claim-sub"] == "erp-1"
    assert json.loads(base64.b64decode(metadata["x-gerbang-claim-scp"] + "==")) == [
        "transfers.write",
        "transfers.read",
        "accounts.read",
        "audit.read",
    ]
    assert json.loads(base64.b64decode(metadata["x-gerbang-claim-accounts"] + "==")) == [
        "bca:1234567890"
    ]
    assert "authorization" not in metadata


def test_token_found_beside_another_credential_counts_and_neither_arrives(
    anonymous: httpx.Client, services: FakeServices, token: str
):
    """Envoy looks for its prefix anywhere; what it verified is the token."""
    headers = [("authorization", "Basic x"), ("authorization", f"Bearer {token}")]
    assert anonymous.get("/v1/transfers", headers=[("origin", ORIGIN), *headers]).is_success
    assert "authorization" not in services.only().metadata


@pytest.mark.parametrize("claim", ["sub", "scp", "accounts", "operator", "roles"])
def test_forged_claim_header_never_arrives(erp: httpx.Client, services: FakeServices, claim: str):
    name = f"x-gerbang-claim-{claim}"
    assert erp.get("/v1/transfers", headers={name: "forged", name.upper(): "forged"}).is_success
    assert "forged" not in services.only().metadata.get(name, "")


def test_forged_claim_stays_out_when_the_token_lacks_it(
    anonymous: httpx.Client, services: FakeServices, signing_key: SigningKey
):
    token = signing_key.sign(api_claims(accounts=None))
    headers = {
        "origin": ORIGIN,
        "authorization": f"Bearer {token}",
        "x-gerbang-claim-accounts": "WyJiY2E6OTk5Il0=",
    }
    assert anonymous.get("/v1/transfers", headers=headers).is_success
    assert "x-gerbang-claim-accounts" not in services.only().metadata


@pytest.mark.parametrize(("ahead_s", "status"), [(0, 200), (3, 200), (30, 401)])
def test_auths_clock_may_be_a_little_ahead(
    edge: Edge, signing_key: SigningKey, ahead_s: int, status: int
):
    now = int(time.time()) + ahead_s
    token = signing_key.sign(api_claims(iat=now, nbf=now, exp=now + 300))
    assert _with_token(edge, token).status_code == status


def _with_token(edge: Edge, token: str) -> httpx.Response:
    headers = {"origin": ORIGIN, "authorization": f"Bearer {token}"}
    with edge.client(headers=headers) as client:
        return client.get("/v1/transfers")


def test_rotation_is_picked_up_and_the_old_key_forgotten(
    start_edge: StartEdge, pki: PKI, signing_key: SigningKey
):
    new_key = SigningKey("key-2")
    auth = FakeServices(jwks={"keys": [signing_key.jwk]})
    with serve(auth, pki["auth"]) as serving:
        edge = start_edge(upstreams={"auth": serving.upstream})
        assert _with_token(edge, new_key.sign(api_claims())).status_code == 401

        auth.jwks = {"keys": [new_key.jwk, signing_key.jwk]}
        wait_until(
            lambda: _with_token(edge, new_key.sign(api_claims())).is_success, what="the new key"
        )
        assert _with_token(edge, signing_key.sign(api_claims())).is_success

        auth.jwks = {"keys": [new_key.jwk]}
        old = signing_key.sign(api_claims())
        wait_until(lambda: _with_token(edge, old).status_code == 401, what="the old key to go")
        assert refusal(_with_token(edge, old)) == REFUSED


def test_last_keys_are_kept_while_auth_is_down(
    start_edge: StartEdge, pki: PKI, token: str, signing_key: SigningKey
):
    auth = FakeServices(jwks={"keys": [signing_key.jwk]})
    with serve(auth, pki["auth"]) as serving:
        edge = start_edge(upstreams={"auth": serving.upstream})
    failures = "http.public.jwt_authn.jwks_fetch_failed"
    before = edge.stat(failures)
    wait_until(lambda: edge.stat(failures) > before + 1, what="two failed fetches")
    assert _with_token(edge, token).is_success


def test_without_any_keys_it_is_the_house_that_is_at_fault(
    start_edge: StartEdge, pki: PKI, token: str
):
    auth = FakeServices(jwks_error=grpc.StatusCode.UNAVAILABLE)
    with serve(auth, pki["auth"]) as serving:
        edge = start_edge(keys=False, upstreams={"auth": serving.upstream})
        assert refusal(_with_token(edge, token)) == (503, "UNAVAILABLE")


def test_keys_that_come_late_are_fetched(
    start_edge: StartEdge, pki: PKI, token: str, signing_key: SigningKey
):
    auth = FakeServices(jwks_error=grpc.StatusCode.UNAVAILABLE, jwks={"keys": [signing_key.jwk]})
    with serve(auth, pki["auth"]) as serving:
        edge = start_edge(keys=False, upstreams={"auth": serving.upstream})
        auth.jwks_error = None
        wait_until(lambda: _with_token(edge, token).is_success, what="the first keys")


def test_the_internal_listener_serves_the_keys_and_nothing_else(edge: Edge, services: FakeServices):
    url = f"http://127.0.0.1:{edge.settings.jwks_port}"
    with httpx.Client(base_url=url, trust_env=False) as client:
        assert client.get("/.well-known/jwks.json").json() == services.jwks
        assert client.post("/.well-known/jwks.json").status_code == 404
        assert client.get("/.well-known/jwks.json?a=b").status_code == 404
        assert client.get("/v1/transfers").status_code == 404
        assert client.post("/oauth2/token").status_code == 404
    assert services.received == []
