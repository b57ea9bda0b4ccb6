"""Which keys are published and which one signs, while they change."""

import base64
import json
from collections.abc import Callable

import jwt
import pytest
from auth.application.rotate_signing_key import RotateSigningKey
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


async def test_a_rotation_publishes_the_next_key_before_it_signs_and_keeps_the_old_one(
    servicer: TokenServicer, new_call: NewCall, parts: Parts, clock: FakeClock
) -> None:
    async def published() -> list[str]:
        call = new_call()
        answer = await servicer.GetJwks(GetJwksRequest(), call)
        assert dict(call.response_headers)["cache-control"] == "public, max-age=60"
        return [key["kid"] for key in json.loads(answer.data)["keys"]]

    async def signing() -> str:
        call = new_call(origin=ORIGIN, authorization=BASIC)
        answer = await servicer.IssueToken(IssueTokenRequest(document=FORM), call)
        token = json.loads(answer.data)["access_token"]
        return str(jwt.get_unverified_header(token)["kid"])

    first = await signing()
    second = (await parts.rotate_signing_key()(actor="test")).kid
    clock.advance(10)
    assert (await published(), await signing()) == ([first, second], first)
    clock.advance(900)
    assert (await published(), await signing()) == ([first, second], second)
    # The longest token is the operators' cookie, half an hour.
    clock.advance(1_800 + 60)
    assert (await published(), await signing()) == ([second], second)


async def test_a_compromised_key_is_out_of_the_jwks_at_once(
    servicer: TokenServicer, new_call: NewCall, parts: Parts, clock: FakeClock
) -> None:
    rotate: RotateSigningKey = parts.rotate_signing_key()
    await servicer.GetJwks(GetJwksRequest(), new_call())
    replacement = await rotate(actor="test", compromised=True)
    clock.advance(2)

    answer = await servicer.GetJwks(GetJwksRequest(), new_call())
    assert [key["kid"] for key in json.loads(answer.data)["keys"]] == [replacement.kid]
