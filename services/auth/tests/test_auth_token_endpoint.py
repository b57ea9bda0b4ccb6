"""The token endpoint: every answer to every kind of request."""

import base64
import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote_plus, urlencode

import jwt
import pytest
from auth.adapters.tables import OUTBOX
from auth.application.set_client_status import SetClientStatus
from auth.bootstrap import Parts, build_servicers
from auth.domain.client import Client, ClientStatus
from auth.entrypoints.token_servicer import TokenServicer
from auth.limits import FAILURES_PER_KEY, MAX_TOKEN_BODY_BYTES
from gerbang.audit.v1.event_pb2 import Event
from gerbang.auth.v1.token_service_pb2 import GetJwksRequest, IssueTokenRequest
from google.api.httpbody_pb2 import HttpBody
from servicekit.call import Call
from servicekit.testing import FakeClock
from sqlalchemy import select

ORIGIN = "https://erp.example.co.id"
SECRET = "a-secret-that-is-long-enough-0001"
FORM = "application/x-www-form-urlencoded"
JSON = "application/json"
GRANT = {"grant_type": "client_credentials"}
IN_BODY = {"client_id": "erp", "client_secret": SECRET}

NewCall = Callable[..., Call]


def basic(client_id: str, secret: str) -> str:
    return "Basic " + base64.b64encode(f"{client_id}:{secret}".encode()).decode()


BASIC = basic("erp", SECRET)


@pytest.fixture
def servicer(parts: Parts, client: Client) -> TokenServicer:
    return build_servicers(parts).tokens


async def ask(
    servicer: TokenServicer,
    call: Call,
    body: dict[str, str] | str | bytes,
    content_type: str = FORM,
) -> tuple[int, dict[str, Any]]:
    """(HTTP status, decoded body) of an answer."""
    if isinstance(body, dict):
        body = json.dumps(body) if content_type == JSON else urlencode(body)
    data = body.encode() if isinstance(body, str) else body
    request = IssueTokenRequest(document=HttpBody(content_type=content_type, data=data))
    answer = await servicer.IssueToken(request, call)
    headers = dict(call.response_headers)
    assert answer.content_type == JSON
    assert headers["cache-control"] == "no-store"
    return int(headers.get("x-gerbang-http-status", "200")), json.loads(answer.data)


def events(parts: Parts) -> list[Event]:
    with parts.engine.connect() as connection:
        payloads = connection.execute(select(OUTBOX.c.payload)).scalars().all()
    found = [Event.FromString(payload) for payload in payloads]
    return [event for event in found if event.kind.startswith("auth.token")]


@pytest.mark.parametrize(
    ("body", "content_type", "authorization"),
    [
        (GRANT, FORM, BASIC),
        (GRANT | IN_BODY, FORM, None),
        (GRANT, JSON, BASIC),
        (GRANT | IN_BODY, JSON, None),
        (GRANT | {"client_id": "erp"}, FORM, BASIC),
        (GRANT | {"resource": "https://gerbang", "audience": "x"}, FORM, BASIC),
        (GRANT | {"scope": ""}, FORM, BASIC),
        (GRANT, FORM, BASIC.replace("Basic", "basic")),
        (GRANT, FORM + "; charset=UTF-8", BASIC),
        (GRANT, JSON + ';charset="utf-8"', BASIC),
        (GRANT, FORM, basic("erp", "".join(f"%{ord(c):02X}" for c in SECRET))),
        (GRANT, FORM, basic("erp", quote_plus(SECRET))),
    ],
)
async def test_every_way_to_ask_that_the_standard_knows_gets_a_token(
    servicer: TokenServicer,
    new_call: NewCall,
    body: dict[str, str],
    content_type: str,
    authorization: str | None,
) -> None:
    metadata = {"origin": ORIGIN}
    if authorization is not None:
        metadata["authorization"] = authorization
    media = JSON if content_type.startswith(JSON) else FORM
    text = json.dumps(body) if media == JSON else urlencode(body)
    status, answer = await ask(servicer, new_call(**metadata), text, content_type)

    assert status == 200
    assert answer.keys() == {"access_token", "token_type", "expires_in", "scope"}
    assert (answer["token_type"], answer["expires_in"]) == ("Bearer", 300)
    assert answer["scope"] == "audit.read transfers.read"


async def test_a_token_says_who_what_and_from_which_accounts_for_five_minutes(
    servicer: TokenServicer, new_call: NewCall, clock: FakeClock
) -> None:
    _, answer = await ask(
        servicer,
        new_call(origin=ORIGIN, authorization=BASIC),
        GRANT | {"scope": "audit.read"},
    )
    jwks = json.loads((await servicer.GetJwks(GetJwksRequest(), new_call())).data)
    token = answer["access_token"]
    key = jwt.PyJWKSet.from_dict(jwks)[jwt.get_unverified_header(token)["kid"]]
    claims = jwt.decode(
        token,
        key,
        algorithms=["RS256"],
        audience="gerbang-api",
        issuer="gerbang",
        # The clock of this test stands still; the instants are compared below.
        options={"verify_exp": False, "verify_iat": False},
    )

    now_s = clock.now_us() // 1_000_000
    assert answer["scope"] == "audit.read"
    assert len(claims.pop("jti")) == 26
    assert claims == {
        "iss": "gerbang",
        "aud": "gerbang-api",
        "sub": "erp",
        "scp": ["audit.read"],
        "accounts": ["bca:1234567890"],
        "iat": now_s,
        "exp": now_s + 300,
    }


@dataclass(frozen=True, slots=True)
class Answer:
    """The part of an error answer that programs read."""

    status: int
    error: str
    code: int
    reason: str
    field: str | None = None


def invalid_request(reason: str, field: str | None = None, status: int = 400) -> Answer:
    return Answer(status, "invalid_request", 3, reason, field)


INVALID_CLIENT = Answer(401, "invalid_client", 16, "INVALID_CLIENT")
NO_CREDENTIALS = Answer(401, "invalid_client", 16, "UNAUTHENTICATED")
UNSUPPORTED_GRANT = Answer(400, "unsupported_grant_type", 3, "INVALID_FIELD", "grant_type")
MALFORMED_SCOPE = Answer(400, "invalid_scope", 3, "INVALID_FIELD", "scope")
SCOPE_NOT_HELD = Answer(400, "invalid_scope", 3, "SCOPE_MISSING", "scope")
NOT_A_FORM = invalid_request("INVALID_FIELD")
NOT_JSON = invalid_request("MALFORMED_JSON")
WRONG_TYPE = invalid_request("UNSUPPORTED_CONTENT_TYPE")
TOO_LARGE = invalid_request("BODY_TOO_LARGE", status=413)


async def check_refusal(
    servicer: TokenServicer, call: Call, body: tuple[dict[str, str] | str | bytes, str]
) -> Answer:
    """What the answer says to programs; what must hold of every refusal is checked here."""
    status, answer = await ask(servicer, call, *body)
    info, *violations = answer["details"]
    assert info["domain"] == "gerbang"
    assert answer["error_description"] == answer["message"]
    assert answer["message"].isascii()
    assert "access_token" not in answer
    assert (status == 401) == ("www-authenticate" in dict(call.response_headers))
    field = violations[0]["fieldViolations"][0]["field"] if violations else None
    return Answer(status, answer["error"], answer["code"], info["reason"], field)


@pytest.mark.parametrize(
    ("body", "content_type", "expected"),
    [
        ("x" * (MAX_TOKEN_BODY_BYTES + 1), FORM, TOO_LARGE),
        (GRANT, "text/plain", WRONG_TYPE),
        (GRANT, "", WRONG_TYPE),
        (GRANT, "multipart/form-data; boundary=x", WRONG_TYPE),
        (GRANT, FORM + "; charset=utf-16", WRONG_TYPE),
        ("", FORM, invalid_request("MISSING_FIELD", "grant_type")),
        ("grant_type", FORM, NOT_A_FORM),
        ("grant_type=%ff", FORM, NOT_A_FORM),
        (b"grant_type=\xc3\xa9", FORM, NOT_A_FORM),
        ("grant_type=a%00", FORM, NOT_A_FORM),
        ("&".join(f"p{n}=1" for n in range(17)), FORM, NOT_A_FORM),
        ("grant_type=a&grant_type=a", FORM, invalid_request("REPEATED_FIELD", "grant_type")),
        ("scope=&scope=", FORM, invalid_request("REPEATED_FIELD", "scope")),
        ("%3Cb=1&%3Cb=2", FORM, invalid_request("REPEATED_FIELD", "(unprintable name)")),
        ("", JSON, NOT_JSON),
        ("[]", JSON, NOT_JSON),
        ("[" * 8_000, JSON, NOT_JSON),
        ("1" * 5_000, JSON, NOT_JSON),
        (b"\xff", JSON, NOT_JSON),
        ('{"scope":"a","scope":"a"}', JSON, invalid_request("REPEATED_FIELD", "scope")),
        ('{"grantType":"a"}', JSON, invalid_request("UNKNOWN_FIELD", "grantType")),
        ('{"scope":["a"]}', JSON, invalid_request("INVALID_FIELD", "scope")),
        ('{"scope":null}', JSON, invalid_request("INVALID_FIELD", "scope")),
        ('{"scope":"\\u0000"}', JSON, invalid_request("INVALID_FIELD", "scope")),
        ({"scope": "audit.read"}, FORM, invalid_request("MISSING_FIELD", "grant_type")),
        ({"grant_type": "password"}, FORM, UNSUPPORTED_GRANT),
        (GRANT | {"scope": "a  b"}, FORM, MALFORMED_SCOPE),
        (GRANT | {"scope": "transfers.write"}, FORM, SCOPE_NOT_HELD),
        (GRANT | {"scope": "audit.read transfers.write"}, FORM, SCOPE_NOT_HELD),
        (GRANT | {"scope": "audit.reader"}, FORM, SCOPE_NOT_HELD),
        (GRANT | IN_BODY, FORM, invalid_request("INVALID_FIELD", "client_secret")),
        (GRANT | {"client_id": "other"}, FORM, invalid_request("INVALID_FIELD", "client_id")),
    ],
)
async def test_a_body_that_is_not_right_is_told_why_in_both_languages(
    servicer: TokenServicer,
    new_call: NewCall,
    body: dict[str, str] | str | bytes,
    content_type: str,
    expected: Answer,
) -> None:
    call = new_call(origin=ORIGIN, authorization=BASIC)

    assert await check_refusal(servicer, call, (body, content_type)) == expected


@pytest.mark.parametrize(
    ("authorization", "expected"),
    [
        (None, NO_CREDENTIALS),
        ("", INVALID_CLIENT),
        ("Basic", INVALID_CLIENT),
        ("Basic !!!", INVALID_CLIENT),
        ("Bearer abc", INVALID_CLIENT),
        ("Basic " + base64.b64encode(b"no colon").decode(), INVALID_CLIENT),
        ("Basic " + base64.b64encode(b"erp:\xff").decode(), INVALID_CLIENT),
        (BASIC + "," + BASIC, INVALID_CLIENT),
        (basic("erp", "%ff"), INVALID_CLIENT),
        (basic("erp", ""), INVALID_CLIENT),
        (basic("erp", "x" * 257), INVALID_CLIENT),
        (basic("erp", "x" * 4_000), INVALID_CLIENT),
        (basic("erp", SECRET + "x"), INVALID_CLIENT),
        (basic("erp", SECRET.upper()), INVALID_CLIENT),
        (basic("ERP", SECRET), INVALID_CLIENT),
        (basic("nobody", SECRET), INVALID_CLIENT),
    ],
)
async def test_wrong_credentials_in_the_header_are_401(
    servicer: TokenServicer, new_call: NewCall, authorization: str | None, expected: Answer
) -> None:
    metadata = {} if authorization is None else {"authorization": authorization}
    call = new_call(origin=ORIGIN, **metadata)

    assert await check_refusal(servicer, call, (GRANT, FORM)) == expected


@pytest.mark.parametrize(
    ("body", "content_type", "expected"),
    [
        (GRANT | {"client_id": "erp"}, FORM, NO_CREDENTIALS),
        (GRANT | {"client_secret": SECRET}, FORM, NO_CREDENTIALS),
        (GRANT | {"client_id": "erp", "client_secret": "wrong"}, FORM, INVALID_CLIENT),
        (GRANT | {"client_id": "erp", "client_secret": "wrong"}, JSON, INVALID_CLIENT),
        (GRANT | {"client_id": "erp", "client_secret": "s\u00e9cret"}, FORM, INVALID_CLIENT),
        ('{"client_id":"erp","client_secret":"\\ud800"}', JSON, INVALID_CLIENT),
        ('{"client_id":"\\ud800","client_secret":"x"}', JSON, INVALID_CLIENT),
    ],
)
async def test_wrong_credentials_in_the_body_are_401(
    servicer: TokenServicer,
    new_call: NewCall,
    body: dict[str, str] | str,
    content_type: str,
    expected: Answer,
) -> None:
    assert expected == await check_refusal(servicer, new_call(origin=ORIGIN), (body, content_type))


@pytest.mark.parametrize(
    "origin",
    [
        None,
        "",
        "null",
        "https://erp.example.co.id/",
        "https://erp.example.co.id:443",
        "https://ERP.example.co.id",
        "https://erp.example.co.id.evil.example",
        f"{ORIGIN},{ORIGIN}",
    ],
)
async def test_a_right_secret_from_another_origin_is_403(
    servicer: TokenServicer, new_call: NewCall, origin: str | None
) -> None:
    metadata = {"authorization": BASIC} | ({} if origin is None else {"origin": origin})
    status, answer = await ask(servicer, new_call(**metadata), GRANT)

    assert (status, answer["error"], answer["code"]) == (403, "unauthorized_client", 7)
    assert answer["details"][0]["reason"] == "ORIGIN_NOT_ALLOWED"


async def test_a_wrong_secret_learns_nothing_about_origins(
    servicer: TokenServicer, new_call: NewCall
) -> None:
    call = new_call(origin="https://evil.example", authorization=basic("erp", "wrong"))
    status, _ = await ask(servicer, call, GRANT)

    assert status == 401


async def test_a_disabled_client_is_told_so_only_with_its_secret(
    servicer: TokenServicer, new_call: NewCall, parts: Parts, client: Client
) -> None:
    await ask(servicer, new_call(origin=ORIGIN, authorization=BASIC), GRANT)
    set_status = SetClientStatus(clients=parts.clients, clock=parts.clock)
    await set_status(client, ClientStatus.DISABLED, actor="test")

    right = await ask(servicer, new_call(origin=ORIGIN, authorization=BASIC), GRANT)
    wrong = await ask(servicer, new_call(origin=ORIGIN, authorization=basic("erp", "wrong")), GRANT)
    assert (right[0], right[1]["message"]) == (401, "the client is disabled")
    assert (wrong[0], wrong[1]["message"]) == (401, "client id or secret is wrong")


async def test_an_unknown_client_and_a_wrong_secret_get_the_same_answer(
    servicer: TokenServicer, new_call: NewCall
) -> None:
    answers = []
    for client_id in ("erp", "nobody"):
        call = new_call(origin=ORIGIN, authorization=basic(client_id, "wrong"))
        answers.append((await ask(servicer, call, GRANT), call.response_headers))

    assert answers[0] == answers[1]


async def test_too_many_failures_are_429_with_the_time_to_wait(
    servicer: TokenServicer, new_call: NewCall
) -> None:
    for number in range(FAILURES_PER_KEY):
        call = new_call(origin=ORIGIN, authorization=basic("erp", f"wrong-{number}"))
        assert (await ask(servicer, call, GRANT))[0] == 401
    call = new_call(origin=ORIGIN, authorization=basic("erp", "wrong"))
    status, answer = await ask(servicer, call, GRANT)

    assert (status, answer["details"][0]["reason"]) == (429, "RATE_LIMITED")
    assert dict(call.response_headers)["retry-after"] == "6"


async def test_every_token_and_every_refusal_is_on_record_before_the_answer(
    servicer: TokenServicer, new_call: NewCall, parts: Parts
) -> None:
    await ask(servicer, new_call(origin=ORIGIN, authorization=BASIC), GRANT)
    await ask(servicer, new_call(origin=ORIGIN, authorization=basic("erp", "wrong")), GRANT)
    await ask(servicer, new_call(authorization=BASIC), GRANT)

    issued, wrong, origin = sorted(events(parts), key=lambda event: event.response.status)
    assert (issued.kind, issued.client_id, issued.trace_id) == (
        "auth.token_issued",
        "erp",
        "trace-1",
    )
    assert issued.attributes["scope"] == "audit.read transfers.read"
    assert wrong.attributes["refusal"] == "WRONG_CREDENTIALS"
    # Whoever could not prove to be the client writes nothing into its list.
    assert (wrong.actor, wrong.client_id) == ("erp", "")
    assert (origin.client_id, origin.attributes["refusal"]) == ("erp", "ORIGIN_NOT_ALLOWED")


async def test_no_secret_and_no_token_reaches_the_audit(
    servicer: TokenServicer, new_call: NewCall, parts: Parts
) -> None:
    _, answer = await ask(servicer, new_call(origin=ORIGIN, authorization=BASIC), GRANT)
    with parts.engine.connect() as connection:
        everything = b"".join(connection.execute(select(OUTBOX.c.payload)).scalars())

    signature = answer["access_token"].rpartition(".")[2]
    for hidden in (SECRET, signature, "1234567890", BASIC):
        assert hidden.encode() not in everything
