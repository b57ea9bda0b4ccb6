"""Wrong things get an answer that helps, and move no money."""

from __future__ import annotations

import base64
import hmac
import json
import time
from collections.abc import Callable
from typing import Any

import grpc
import httpx
import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from localstack.bank_admin import BankAdmin
from localstack.demo_client import DemoClient
from localstack.erp import ERP
from localstack.stack import Stack

Reference = Callable[[], str]
NOTHING = "01JZZZZZZZZZZZZZZZZZZZZZZZ"


def reason(answer: httpx.Response) -> str:
    """The reason in an error of the house's one shape."""
    body = answer.json()
    assert set(body) <= {"code", "message", "details"}, body
    assert body["message"]
    (info,) = [detail for detail in body["details"] if "reason" in detail]
    return str(info["reason"])


def field(answer: httpx.Response) -> str:
    """The field that an error names."""
    (request,) = [d for d in answer.json()["details"] if "fieldViolations" in d]
    return str(request["fieldViolations"][0]["field"])


def unpadded(part: bytes) -> str:
    """A part of a JWT."""
    return base64.urlsafe_b64encode(part).decode().rstrip("=")


def with_token(erp: ERP, token: str) -> httpx.Response:
    return erp.http.get("/v1/transfers", headers={"Authorization": f"Bearer {token}"})


# Who asks.


def test_without_a_token_nothing_is_served(erp: ERP) -> None:
    answer = erp.http.get("/v1/transfers")

    assert answer.status_code == httpx.codes.UNAUTHORIZED
    assert reason(answer) == "UNAUTHENTICATED"


def test_a_token_signed_by_another_key_is_refused(erp: ERP) -> None:
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    kid = jwt.get_unverified_header(erp.token())["kid"]
    claims = jwt.decode(erp.token(), options={"verify_signature": False})

    answer = with_token(erp, jwt.encode(claims, key, algorithm="RS256", headers={"kid": kid}))

    assert answer.status_code == httpx.codes.UNAUTHORIZED


def test_a_token_of_another_algorithm_is_refused(erp: ERP) -> None:
    """The public key used as a shared secret: the oldest trick with JWTs."""
    jwks = erp.http.get("/.well-known/jwks.json").content
    _, claims, _ = erp.token().split(".")
    kid = jwt.get_unverified_header(erp.token())["kid"]
    header = unpadded(json.dumps({"alg": "HS256", "typ": "JWT", "kid": kid}).encode())
    signature = hmac.digest(jwks, f"{header}.{claims}".encode(), "sha256")

    answer = with_token(erp, f"{header}.{claims}.{unpadded(signature)}")

    assert answer.status_code == httpx.codes.UNAUTHORIZED


def test_an_unsigned_token_is_refused(erp: ERP) -> None:
    _, claims, _ = erp.token().split(".")
    header = unpadded(b'{"alg":"none","typ":"JWT"}')

    assert with_token(erp, f"{header}.{claims}.").status_code == httpx.codes.UNAUTHORIZED


def test_a_token_with_changed_claims_is_refused(erp: ERP) -> None:
    header, claims, signature = erp.token().split(".")
    decoded = json.loads(base64.urlsafe_b64decode(claims + "=" * (-len(claims) % 4)))
    decoded["exp"] = int(time.time()) + 86_400
    changed = unpadded(json.dumps(decoded).encode())

    answer = with_token(erp, f"{header}.{changed}.{signature}")

    assert answer.status_code == httpx.codes.UNAUTHORIZED


def test_a_wrong_client_secret_gets_no_token(stack: Stack, erp: ERP) -> None:
    answer = erp.http.post(
        "/oauth2/token",
        data={"grant_type": "client_credentials"},
        auth=(stack.client.client_id, "wrong-" + stack.client.secret),
    )

    assert answer.status_code == httpx.codes.UNAUTHORIZED
    assert answer.json()["error"] == "invalid_client"


@pytest.mark.parametrize("way", ["form in the body", "JSON", "Basic"])
def test_every_way_of_rfc_6749_gets_a_token(stack: Stack, erp: ERP, way: str) -> None:
    grant = {"grant_type": "client_credentials"}
    secret = {"client_id": stack.client.client_id, "client_secret": stack.client.secret}
    basic = (stack.client.client_id, stack.client.secret)

    match way:
        case "Basic":
            answer = erp.http.post("/oauth2/token", data=grant, auth=basic)
        case "JSON":
            answer = erp.http.post("/oauth2/token", json={**grant, **secret})
        case _:
            answer = erp.http.post("/oauth2/token", data={**grant, **secret})

    assert answer.status_code == httpx.codes.OK, answer.text
    assert answer.json()["token_type"].lower() == "bearer"
    assert 0 < answer.json()["expires_in"] <= 300
    assert answer.headers["cache-control"] == "no-store"


@pytest.mark.parametrize(
    "origin",
    [
        None,
        "null",
        "https://erp.example.co.id.evil.example",
        "https://erp.example.co.id:8443",
        "HTTPS://ERP.EXAMPLE.CO.ID",
        "http://erp.example.co.id",
        "https://erp.example.co.id/",
    ],
)
@pytest.mark.parametrize("path", ["/oauth2/token", "/v1/transfers"])
def test_an_origin_that_is_not_on_the_list_is_refused(
    erp: ERP, path: str, origin: str | None
) -> None:
    headers = {"Authorization": f"Bearer {erp.token()}"}
    request = erp.http.build_request("POST", path, headers=headers, json={})
    del request.headers["Origin"]
    if origin is not None:
        request.headers["Origin"] = origin

    answer = erp.http.send(request)

    assert answer.status_code == httpx.codes.FORBIDDEN
    assert reason(answer) == "ORIGIN_NOT_ALLOWED"


def test_two_origins_are_one_too_many(erp: ERP) -> None:
    origin = erp.client.origin
    headers = [("Authorization", f"Bearer {erp.token()}"), ("Origin", origin), ("Origin", origin)]
    request = httpx.Request("GET", erp.http.base_url.join("/v1/transfers"), headers=headers)

    assert erp.http.send(request).status_code == httpx.codes.FORBIDDEN


# What is the client's own.


@pytest.fixture(scope="module")
def reader(stack: Stack) -> DemoClient:
    """Another client, who may only read, with no account of the demo client."""
    return stack.create_client(
        "reader", scopes=("transfers.read", "audit.read"), accounts=("bca:1112223334",)
    )


def test_a_missing_scope_is_refused(stack: Stack, reader: DemoClient, reference: Reference) -> None:
    with stack.erp(reader) as erp:
        answer = erp.post("/v1/transfers", erp.order(reference()))

    assert answer.status_code == httpx.codes.FORBIDDEN
    assert reason(answer) == "SCOPE_MISSING"


def test_another_clients_transfer_does_not_exist(
    stack: Stack, erp: ERP, reader: DemoClient, reference: Reference
) -> None:
    transfer = erp.post("/v1/transfers", erp.order(reference())).json()["transferId"]

    with stack.erp(reader) as other:
        shown = other.get(f"/v1/transfers/{transfer}")
        listed = other.get("/v1/transfers").json()
        events = other.get("/v1/audit/events", transferId=transfer).json()

    assert shown.status_code == httpx.codes.NOT_FOUND
    assert listed.get("transfers", []) == []
    assert events.get("events", []) == []


def test_an_account_outside_the_list_is_refused(erp: ERP, reference: Reference) -> None:
    answer = erp.post("/v1/transfers", erp.order(reference(), sourceAccountNo="1112223334"))

    assert answer.status_code == httpx.codes.FORBIDDEN
    assert reason(answer) == "ACCOUNT_NOT_ALLOWED"


def test_another_clients_balance_is_refused(erp: ERP) -> None:
    assert erp.get("/v1/accounts/1112223334/balance").status_code == httpx.codes.FORBIDDEN


# What is asked.


@pytest.mark.parametrize(
    ("change", "named"),
    [
        ({"amuont": "1.00"}, "amuont"),
        ({"partner_reference_no": "X"}, "partner_reference_no"),
        ({"amount": {"value": "1.00", "currency": "IDR", "cents": 0}}, "amount.cents"),
        ({"amount": {"value": 150000, "currency": "IDR"}}, "amount.value"),
        ({"amount": {"value": "150000", "currency": "IDR"}}, "amount.value"),
        ({"amount": {"value": "0.00", "currency": "IDR"}}, "amount.value"),
        ({"amount": {"value": "-1.00", "currency": "IDR"}}, "amount.value"),
        ({"amount": {"value": "1e3", "currency": "IDR"}}, "amount.value"),
        ({"amount": {"value": "1.00", "currency": "USD"}}, "amount.currency"),
        ({"amount": "150000.00"}, "amount"),
        ({"amount": None}, "amount"),
        ({"sourceAccountNo": "12-34"}, "sourceAccountNo"),
        ({"beneficiaryAccountNo": "abc"}, "beneficiaryAccountNo"),
        ({"partnerReferenceNo": "x" * 65}, "partnerReferenceNo"),
        ({"partnerReferenceNo": ""}, "partnerReferenceNo"),
        ({"rail": "PIGEON"}, "rail"),
        ({"rail": 2}, "rail"),
        ({"document": {}}, "document"),
        ({"remark": "a\u0000b"}, "remark"),
    ],
)
def test_a_bad_field_is_named_before_any_effect(
    erp: ERP, bank: BankAdmin, reference: Reference, change: dict[str, object], named: str
) -> None:
    before = bank.debit_count()
    name = reference()

    answer = erp.post("/v1/transfers", {**erp.order(name), **change})

    assert answer.status_code == httpx.codes.BAD_REQUEST, answer.text
    assert field(answer) == named
    assert bank.debit_count() == before
    assert erp.get("/v1/transfers", partnerReferenceNo=name).json().get("transfers", []) == []


@pytest.mark.parametrize(
    "missing", ["partnerReferenceNo", "amount", "sourceAccountNo", "beneficiaryAccountNo"]
)
def test_a_missing_field_is_named(erp: ERP, reference: Reference, missing: str) -> None:
    order = erp.order(reference())
    del order[missing]

    answer = erp.post("/v1/transfers", order)

    assert answer.status_code == httpx.codes.BAD_REQUEST
    assert field(answer) == missing


def send_text(erp: ERP, text: str, content_type: str = "application/json") -> httpx.Response:
    headers = {"Authorization": f"Bearer {erp.token()}", "Content-Type": content_type}
    return erp.http.post("/v1/transfers", content=text.encode(), headers=headers)


def test_a_repeated_field_is_named(erp: ERP, reference: Reference) -> None:
    text = json.dumps(erp.order(reference()))
    repeated = text[:-1] + ', "remark": "twice"}'

    answer = send_text(erp, repeated)

    assert answer.status_code == httpx.codes.BAD_REQUEST
    assert reason(answer) == "REPEATED_FIELD"
    assert field(answer) == "remark"


@pytest.mark.parametrize("text", ["", "{", "[]", "null", '"x"', '{"a":1}{"b":2}', "\ufeff{}"])
def test_what_is_no_json_object_is_refused(erp: ERP, text: str) -> None:
    assert send_text(erp, text).status_code == httpx.codes.BAD_REQUEST


def test_a_refused_request_does_not_use_the_key_up(erp: ERP, reference: Reference) -> None:
    name = reference()
    erp.post("/v1/transfers", erp.order(name, amount="nothing"))

    assert erp.post("/v1/transfers", erp.order(name)).json()["state"] == "SETTLED"


def test_an_unknown_id_is_not_found(erp: ERP) -> None:
    for answer in (
        erp.get(f"/v1/transfers/{NOTHING}"),
        erp.get(f"/v1/audit/events/{NOTHING}"),
        erp.post(f"/v1/transfers/{NOTHING}:inquire"),
    ):
        assert answer.status_code == httpx.codes.NOT_FOUND, answer.text
        assert reason(answer) == "NOT_FOUND"


def test_a_path_that_nobody_serves_is_not_found(erp: ERP) -> None:
    assert erp.get("/v1/nothing").status_code == httpx.codes.NOT_FOUND


def test_a_body_over_the_limit_is_refused(erp: ERP, reference: Reference) -> None:
    answer = erp.post("/v1/transfers", erp.order(reference(), remark="x" * 70_000))

    assert answer.status_code == httpx.codes.REQUEST_ENTITY_TOO_LARGE
    assert reason(answer) == "BODY_TOO_LARGE"


@pytest.mark.parametrize("path", ["/v1/transfers", f"/v1/transfers/{NOTHING}:inquire"])
def test_a_query_on_a_call_that_changes_things_is_refused(
    erp: ERP, reference: Reference, path: str
) -> None:
    answer = erp.post(f"{path}?amount.value=9.00", erp.order(reference()))

    assert answer.status_code == httpx.codes.BAD_REQUEST
    assert reason(answer) == "QUERY_NOT_ALLOWED"


def test_an_unknown_query_parameter_is_refused(erp: ERP) -> None:
    assert erp.get("/v1/transfers", colour="blue").status_code == httpx.codes.BAD_REQUEST


# The public door serves REST only.


def test_native_grpc_on_the_public_port_is_not_found_for_every_rpc(
    stack: Stack, erp: ERP, every_rpc: list[str]
) -> None:
    credentials = grpc.ssl_channel_credentials(stack.ca_file.read_bytes())
    metadata = [("authorization", f"Bearer {erp.token()}"), ("origin", erp.client.origin)]
    target = f"127.0.0.1:{stack.settings.edge_port}"
    with grpc.secure_channel(target, credentials) as channel:
        for method in every_rpc:
            call: Any = channel.unary_unary(method)
            with pytest.raises(grpc.RpcError) as refused:
                call(b"", metadata=metadata, timeout=10)
            assert refused.value.code() == grpc.StatusCode.UNIMPLEMENTED, method


def test_a_post_to_an_rpcs_own_path_is_not_found(erp: ERP, every_rpc: list[str]) -> None:
    headers = {"Authorization": f"Bearer {erp.token()}"}
    for method in every_rpc:
        assert erp.http.post(method, headers=headers, json={}).status_code == httpx.codes.NOT_FOUND
