"""What reaches a service, and what comes back from it."""

from __future__ import annotations

import json
from typing import Any

import grpc
import httpx
import pytest
from edge_testing.process import ORIGIN
from edge_testing.services import FakeServices
from edge_testing.verdict import refusal
from gerbang.audit.v1 import event_pb2, query_service_pb2
from gerbang.bank_adapter.v1 import transfer_pb2
from gerbang.common.v1 import money_pb2
from google.api import httpbody_pb2
from google.rpc import error_details_pb2, status_pb2
from grpc_status import rpc_status

CREATE = "/gerbang.bank_adapter.v1.TransferService/CreateTransfer"
GET = "/gerbang.bank_adapter.v1.TransferService/GetTransfer"
INQUIRE = "/gerbang.bank_adapter.v1.TransferService/InquireTransfer"
ISSUE = "/gerbang.auth.v1.TokenService/IssueToken"
LOGIN = "/gerbang.auth.v1.LoginService/SubmitLogin"
LIST_EVENTS = "/gerbang.audit.v1.QueryService/ListEvents"
JSON = {"content-type": "application/json"}


@pytest.mark.parametrize(
    "body",
    [
        b'{ "unknown": 1, "a": "x", "a": "y" }',
        b"not JSON",
        b"\xff\x00",
        b"",
        '{"beneficiaryAccountName":"Siti Nurhaliza \u2013 \U0001f3e6"}'.encode(),
    ],
)
def test_mutating_call_hands_over_the_exact_bytes(
    erp: httpx.Client, services: FakeServices, body: bytes
):
    response = erp.post("/v1/transfers", content=body, headers=JSON)
    assert response.status_code == 200, response.text
    received = services.only()
    assert received.rpc == CREATE
    assert received.request.document.data == body
    assert received.request.document.content_type == "application/json"
    assert [field.name for field, _ in received.request.ListFields()] == ["document"]


def test_path_field_and_document_arrive_side_by_side(erp: httpx.Client, services: FakeServices):
    assert erp.post("/v1/transfers/01ABC:inquire", content=b"{}", headers=JSON).is_success
    received = services.only()
    assert received.rpc == INQUIRE
    assert received.request.transfer_id == "01ABC"
    assert received.request.document.data == b"{}"


@pytest.mark.parametrize(
    ("segment", "value"), [("01ABC", "01ABC"), ("a%20b", "a b"), ("INV-1.2_~", "INV-1.2_~")]
)
def test_path_field_is_decoded_once(
    erp: httpx.Client, services: FakeServices, segment: str, value: str
):
    assert erp.get(f"/v1/transfers/{segment}").is_success
    assert services.only().request.transfer_id == value


def test_the_edge_shows_its_own_identity(erp: httpx.Client, services: FakeServices):
    erp.get("/v1/transfers")
    assert services.only().peer == "spiffe://gerbang/edge"


def test_headers_of_the_contract_arrive(erp: httpx.Client, services: FakeServices):
    headers = {"idempotency-key": "key-1", "prefer": "respond-async"}
    erp.post("/v1/transfers", content=b"{}", headers=JSON | headers)
    metadata = services.only().metadata
    assert metadata["idempotency-key"] == "key-1"
    assert metadata["prefer"] == "respond-async"
    assert metadata["origin"] == ORIGIN


@pytest.mark.parametrize(
    "name",
    [
        "x-gerbang-http-status",
        "x-gerbang-anything",
        "X-Gerbang-Mode",
        "x-envoy-retry-on",
        "x-envoy-upstream-rq-timeout-ms",
        "x-envoy-max-retries",
        "x-forwarded-client-cert",
        "grpc-timeout",
        "grpc-encoding",
        "grpc-previous-rpc-attempts",
        "trace-bin",
        "cookie",
    ],
)
def test_header_that_is_not_the_clients_to_set_stays_out(
    erp: httpx.Client, services: FakeServices, name: str
):
    assert erp.get("/v1/transfers", headers={name: "1n"}).is_success
    assert services.only().metadata.get(name.lower()) != "1n"


def test_trace_id_is_ours_and_is_told_to_the_client(erp: httpx.Client, services: FakeServices):
    response = erp.get("/v1/transfers", headers={"x-request-id": "theirs"})
    trace_id = services.only().metadata["x-request-id"]
    assert trace_id != "theirs"
    assert len(trace_id) == 36
    assert response.headers["x-request-id"] == trace_id


def test_token_endpoint_gets_the_basic_header_and_the_form(
    anonymous: httpx.Client, services: FakeServices
):
    headers = {"origin": ORIGIN, "authorization": "Basic ZTpw", "cookie": "a=b"}
    anonymous.post("/oauth2/token", data={"grant_type": "client_credentials"}, headers=headers)
    received = services.only()
    assert received.rpc == ISSUE
    assert received.metadata["authorization"] == "Basic ZTpw"
    assert "cookie" not in received.metadata
    assert received.request.document.data == b"grant_type=client_credentials"
    assert received.request.document.content_type == "application/x-www-form-urlencoded"


@pytest.mark.parametrize(("method", "path"), [("GET", "/login"), ("POST", "/logout")])
def test_credentials_do_not_reach_the_login_pages(
    anonymous: httpx.Client, services: FakeServices, method: str, path: str
):
    headers = {"authorization": "Basic ZTpw", "cookie": "gerbang_operator=abc"}
    assert anonymous.request(method, path, headers=headers).status_code == 200
    assert not {"authorization", "cookie"} & services.only().metadata.keys()


def test_answer_has_every_plain_field_in_camel_case(erp: httpx.Client, services: FakeServices):
    services.answers[GET] = lambda _, __: transfer_pb2.Transfer(
        transfer_id="01ABC",
        state=transfer_pb2.Transfer.SETTLED,
        amount=money_pb2.Money(value="1250000.00", currency="IDR"),
    )
    body = erp.get("/v1/transfers/01ABC").json()
    assert body["transferId"] == "01ABC"
    assert body["state"] == "SETTLED"
    assert body["amount"] == {"value": "1250000.00", "currency": "IDR"}
    # Unset: plain fields are there, empty; messages are not.
    assert body["remark"] == ""
    assert body["replayed"] is False
    assert body["attempts"] == []
    assert "createTime" not in body


def test_http_body_answer_is_passed_as_it_is(anonymous: httpx.Client, services: FakeServices):
    services.answers[ISSUE] = lambda _, __: httpbody_pb2.HttpBody(
        content_type="text/html; charset=utf-8", data=b"<p>\x01 as it is"
    )
    response = anonymous.post("/oauth2/token", headers={"origin": ORIGIN})
    assert response.content == b"<p>\x01 as it is"
    assert response.headers["content-type"] == "text/html; charset=utf-8"


def _status_of(status: str) -> Any:
    def answer(_: Any, context: grpc.ServicerContext) -> httpbody_pb2.HttpBody:
        context.send_initial_metadata(
            (
                ("x-gerbang-http-status", status),
                ("x-gerbang-secret", "inside"),
                ("location", "/dashboard/"),
                ("set-cookie", "a=1; HttpOnly"),
                ("set-cookie", "b=2; HttpOnly"),
                ("cache-control", "private"),
            )
        )
        return httpbody_pb2.HttpBody(content_type="text/plain", data=b"body")

    return answer


@pytest.mark.parametrize("status", [200, 202, 303, 401, 415, 503])
def test_service_chooses_its_http_status(
    anonymous: httpx.Client, services: FakeServices, status: int
):
    services.answers[LOGIN] = _status_of(str(status))
    response = anonymous.post("/login", data={"a": "b"})
    assert response.status_code == status
    assert response.text == "body"
    assert response.headers["location"] == "/dashboard/"
    assert response.headers.get_list("set-cookie") == ["a=1; HttpOnly", "b=2; HttpOnly"]
    assert response.headers["cache-control"] == "private"
    assert not [name for name in response.headers if name.startswith(("x-gerbang-", "grpc-"))]


@pytest.mark.parametrize("status", ["", "0", "100", "600", "20", "2000", "abc", "200 "])
def test_status_that_is_none_is_ignored(
    anonymous: httpx.Client, services: FakeServices, status: str
):
    services.answers[LOGIN] = _status_of(status)
    assert anonymous.post("/login", data={"a": "b"}).status_code == 200


def _field_error(_: Any, context: grpc.ServicerContext) -> Any:
    status = status_pb2.Status(code=3, message="amount.value: two decimals are needed")
    info = error_details_pb2.ErrorInfo(reason="INVALID_FIELD", domain="gerbang")
    status.details.add().Pack(info)
    violation = error_details_pb2.BadRequest.FieldViolation(
        field="amount.value", description="two decimals are needed"
    )
    status.details.add().Pack(error_details_pb2.BadRequest(field_violations=[violation]))
    context.abort_with_status(rpc_status.to_status(status))


def test_error_of_a_service_has_the_one_shape_with_its_details(
    erp: httpx.Client, services: FakeServices
):
    services.answers[CREATE] = _field_error
    response = erp.post("/v1/transfers", content=b"{}", headers=JSON)
    assert refusal(response) == (400, "INVALID_FIELD")
    body = response.json()
    assert body["code"] == 3
    assert body["message"] == "amount.value: two decimals are needed"
    assert body["details"][1]["fieldViolations"][0]["field"] == "amount.value"


@pytest.mark.parametrize(
    ("code", "status"),
    [
        (grpc.StatusCode.INVALID_ARGUMENT, 400),
        (grpc.StatusCode.FAILED_PRECONDITION, 400),
        (grpc.StatusCode.UNAUTHENTICATED, 401),
        (grpc.StatusCode.PERMISSION_DENIED, 403),
        (grpc.StatusCode.NOT_FOUND, 404),
        (grpc.StatusCode.ALREADY_EXISTS, 409),
        (grpc.StatusCode.ABORTED, 409),
        (grpc.StatusCode.RESOURCE_EXHAUSTED, 429),
        (grpc.StatusCode.INTERNAL, 500),
        (grpc.StatusCode.UNIMPLEMENTED, 501),
        (grpc.StatusCode.UNAVAILABLE, 503),
        (grpc.StatusCode.DEADLINE_EXCEEDED, 504),
    ],
    ids=str,
)
def test_grpc_code_becomes_http_status_and_nothing_is_tried_again(
    erp: httpx.Client, services: FakeServices, code: grpc.StatusCode, status: int
):
    services.answers[CREATE] = lambda _, context: context.abort(code, "said by the service")
    response = erp.post("/v1/transfers", content=b"{}", headers=JSON)
    assert response.status_code == status
    assert response.json() == {
        "code": code.value[0],
        "message": "said by the service",
        "details": [],
    }
    assert len(services.received) == 1


def test_long_answer_arrives_whole(erp: httpx.Client, services: FakeServices):
    event = event_pb2.Event(response=event_pb2.Message(body="x" * 8000))
    services.answers[LIST_EVENTS] = lambda _, __: query_service_pb2.ListEventsResponse(
        events=[event] * 500
    )
    response = erp.get("/v1/audit/events")
    assert response.status_code == 200, response.text[:300]
    assert len(json.loads(response.content)["events"]) == 500


@pytest.mark.parametrize("path", ["/v1/transfers", "/nothing", "/dashboard/", "/login"])
def test_every_answer_carries_the_houses_headers(erp: httpx.Client, path: str):
    headers = erp.get(path).headers
    assert headers["strict-transport-security"] == "max-age=31536000"
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["cache-control"] == "no-store"
    assert headers["x-request-id"]
    assert not {"server", "x-powered-by", "via"} & headers.keys()
    assert not [name for name in headers if name.startswith(("x-envoy-", "grpc-"))]
