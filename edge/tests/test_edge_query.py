"""Queries: none on a call that changes something, only known names elsewhere."""

from __future__ import annotations

import httpx
import pytest
from edge_testing.services import FakeServices
from edge_testing.verdict import refusal
from gerbang.bank_adapter.v1 import transfer_pb2


@pytest.mark.parametrize(
    "path",
    [
        "/v1/transfers",
        "/v1/transfers/abc:inquire",
        "/v1/accountInquiries",
        "/oauth2/token",
        "/login",
        "/logout",
    ],
)
@pytest.mark.parametrize("query", ["?", "?a=b", "?bank=x", "?document.data=e30=", "?%00"])
def test_query_on_a_mutating_call_is_refused(
    erp: httpx.Client, services: FakeServices, path: str, query: str
):
    assert refusal(erp.post(path + query, content=b"{}"))[0] == 400
    assert services.received == []


def test_query_on_a_mutating_call_says_so(erp: httpx.Client):
    assert refusal(erp.post("/v1/transfers?bank=x")) == (400, "QUERY_NOT_ALLOWED")


@pytest.mark.parametrize(
    ("path", "reason"),
    [
        ("/v1/transfers?nothing=1", "UNKNOWN_FIELD"),
        ("/v1/transfers?pageSize=1&nothing=1", "UNKNOWN_FIELD"),
        ("/v1/transfers?page_size=1", "UNKNOWN_FIELD"),
        ("/v1/transfers?page%53ize=1", "UNKNOWN_FIELD"),
        ("/v1/transfers?PageSize=1", "UNKNOWN_FIELD"),
        ("/v1/transfers?pageSize", "UNKNOWN_FIELD"),
        ("/v1/transfers?document.data=e30=", "UNKNOWN_FIELD"),
        ("/v1/transfers/abc?transferId=def", "UNKNOWN_FIELD"),
        ("/v1/transfers/abc?transfer_id=def", "UNKNOWN_FIELD"),
        ("/v1/transfers/abc?transfer%49d=def", "UNKNOWN_FIELD"),
        ("/v1/accounts/123/balance?accountNo=456", "UNKNOWN_FIELD"),
        ("/v1/audit/events/abc?eventId=def", "UNKNOWN_FIELD"),
        ("/.well-known/jwks.json?a=b", "UNKNOWN_FIELD"),
        ("/login?next=https://evil.test", "UNKNOWN_FIELD"),
        ("/v1/transfers?pageSize=1&pageSize=2", "REPEATED_FIELD"),
        ("/v1/transfers?bank=a&state=SETTLED&bank=b", "REPEATED_FIELD"),
        ("/v1/transfers?pageSize=zzz", "INVALID_FIELD"),
        ("/v1/transfers?pageSize=1.5", "INVALID_FIELD"),
        ("/v1/transfers?pageSize=99999999999", "INVALID_FIELD"),
        ("/v1/transfers?state=settled", "INVALID_FIELD"),
        ("/v1/transfers?state=99", "INVALID_FIELD"),
        ("/v1/transfers?updatedAfter=yesterday", "INVALID_FIELD"),
    ],
)
def test_wrong_query_is_refused(erp: httpx.Client, services: FakeServices, path: str, reason: str):
    assert refusal(erp.get(path)) == (400, reason)
    assert services.received == []


def test_unknown_parameter_is_told_the_known_ones(erp: httpx.Client):
    message = erp.get("/v1/accounts/123/balance?banks=bca").json()["message"]
    assert message == "A query parameter is not known. This call takes: bank."


def test_wrong_value_is_named_and_cannot_write_json(erp: httpx.Client):
    response = erp.get('/v1/transfers?pageSize="},{"x":"')
    assert refusal(response) == (400, "INVALID_FIELD")
    assert "page_size" in response.json()["message"]


def test_known_parameters_arrive_typed(erp: httpx.Client, services: FakeServices):
    response = erp.get(
        "/v1/transfers?state=SETTLED&pageSize=7&pageToken=a%2Fb%3D%3D&partnerReferenceNo=INV+1"
        "&updatedAfter=2026-01-02T03:04:05.000006Z"
    )
    assert response.status_code == 200, response.text
    request = services.only().request
    assert request.state == transfer_pb2.Transfer.SETTLED
    assert request.page_size == 7
    assert request.page_token == "a/b=="
    assert request.updated_after.ToJsonString() == "2026-01-02T03:04:05.000006Z"
    assert request.partner_reference_no == "INV 1"


def test_parameter_beside_a_path_field_arrives(erp: httpx.Client, services: FakeServices):
    assert erp.get("/v1/accounts/123/balance?bank=bca").is_success
    request = services.only().request
    assert (request.account_no, request.bank) == ("123", "bca")


def test_value_that_looks_like_a_repetition_is_one_value(erp: httpx.Client, services: FakeServices):
    assert erp.get("/v1/transfers?bank=a%26bank=b").is_success
    assert services.only().request.bank == "a&bank=b"
