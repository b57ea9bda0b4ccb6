"""What auth still does, and what it refuses, while a table is away."""

import base64
import json
from collections.abc import Callable

import pytest
from auth.bootstrap import Parts, build_servicers
from auth.domain.client import Client
from auth.entrypoints.token_servicer import TokenServicer
from gerbang.auth.v1.token_service_pb2 import GetJwksRequest, IssueTokenRequest
from google.api.httpbody_pb2 import HttpBody
from servicekit.call import Call
from servicekit.testing import FakeClock

ORIGIN = "https://erp.example.co.id"
BASIC = "Basic " + base64.b64encode(b"erp:a-secret-that-is-long-enough-0001").decode()
FORM = HttpBody(
    content_type="application/x-www-form-urlencoded", data=b"grant_type=client_credentials"
)

NewCall = Callable[..., Call]


@pytest.fixture
def servicer(parts: Parts, client: Client) -> TokenServicer:
    return build_servicers(parts).tokens


async def ask(servicer: TokenServicer, call: Call) -> tuple[int, dict[str, object]]:
    """(HTTP status, decoded body) of an answer."""
    answer = await servicer.IssueToken(IssueTokenRequest(document=FORM), call)
    status = dict(call.response_headers).get("x-gerbang-http-status", "200")
    return int(status), json.loads(answer.data)


async def test_without_a_database_there_is_no_token_and_no_stack_trace(
    servicer: TokenServicer, new_call: NewCall, parts: Parts
) -> None:
    with parts.engine.begin() as connection:
        connection.exec_driver_sql("DROP TABLE client")
    status, answer = await ask(servicer, new_call(origin=ORIGIN, authorization=BASIC))

    assert (status, answer["error"]) == (503, "temporarily_unavailable")


async def test_a_token_is_not_given_when_its_event_cannot_be_stored(
    servicer: TokenServicer, new_call: NewCall, parts: Parts
) -> None:
    with parts.engine.begin() as connection:
        connection.exec_driver_sql("DROP TABLE outbox")
    status, answer = await ask(servicer, new_call(origin=ORIGIN, authorization=BASIC))

    assert status == 503
    assert "access_token" not in answer


async def test_the_jwks_outlives_the_database(
    servicer: TokenServicer, new_call: NewCall, parts: Parts, clock: FakeClock
) -> None:
    before = await servicer.GetJwks(GetJwksRequest(), new_call())
    with parts.engine.begin() as connection:
        connection.exec_driver_sql("DROP TABLE signing_key")
    clock.advance(60)

    assert await servicer.GetJwks(GetJwksRequest(), new_call()) == before
