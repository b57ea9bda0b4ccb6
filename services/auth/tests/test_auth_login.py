"""The login of operators: one page, one cookie, one text for every failure."""

import asyncio
import re
from collections.abc import Callable
from urllib.parse import urlencode

import jwt
import pyotp
import pytest
from auth.adapters.tables import OUTBOX
from auth.application.set_operator_status import SetOperatorStatus
from auth.bootstrap import Parts, build_servicers
from auth.domain.operator import Operator, OperatorStatus
from auth.entrypoints.login_servicer import LoginServicer
from auth.limits import FAILURES_PER_KEY, MAX_LOGIN_BODY_BYTES
from gerbang.audit.v1.event_pb2 import Event
from gerbang.auth.v1.login_service_pb2 import (
    GetLoginPageRequest,
    LogoutRequest,
    SubmitLoginRequest,
)
from google.api.httpbody_pb2 import HttpBody
from servicekit.call import Call
from servicekit.testing import FakeClock
from sqlalchemy import select

ORIGIN = "https://gerbang.example.com"
PASSWORD = "correct horse battery"
TOTP_SECRET = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"
FORM = "application/x-www-form-urlencoded"
FAILURE = "Name, password or code is not right."

NewCall = Callable[..., Call]


@pytest.fixture
def servicer(parts: Parts, operator: Operator) -> LoginServicer:
    return build_servicers(parts).login


def code_at(clock: FakeClock, *, steps: int = 0) -> str:
    return pyotp.TOTP(TOTP_SECRET).at(clock.now_us() // 1_000_000 + 30 * steps)


async def submit(
    servicer: LoginServicer, call: Call, form: dict[str, str] | bytes, content_type: str = FORM
) -> tuple[int, dict[str, str], str]:
    """(HTTP status, headers, page) of an answer."""
    data = form if isinstance(form, bytes) else urlencode(form).encode()
    answer = await servicer.SubmitLogin(
        SubmitLoginRequest(document=HttpBody(content_type=content_type, data=data)), call
    )
    headers = dict(call.response_headers)
    return int(headers.get("x-gerbang-http-status", "200")), headers, answer.data.decode()


def form(clock: FakeClock, **other: str) -> dict[str, str]:
    return {"name": "jane", "password": PASSWORD, "code": code_at(clock)} | other


def kinds(parts: Parts) -> list[str]:
    with parts.engine.connect() as connection:
        query = select(OUTBOX.c.payload).order_by(OUTBOX.c.event_id)
        payloads = connection.execute(query).scalars().all()
    return sorted(Event.FromString(payload).kind for payload in payloads)


async def test_name_password_and_code_give_the_cookie_and_lead_to_the_dashboard(
    servicer: LoginServicer, new_call: NewCall, parts: Parts, clock: FakeClock
) -> None:
    status, headers, page = await submit(servicer, new_call(origin=ORIGIN), form(clock))

    assert (status, headers["location"], page) == (303, "/dashboard/", "")
    assert headers["cache-control"] == "no-store"
    match = re.fullmatch(
        r"gerbang_operator=(\S+); Max-Age=1800; Path=/dashboard; HttpOnly; Secure; SameSite=Strict",
        headers["set-cookie"],
    )
    assert match is not None
    claims = jwt.decode(match[1], options={"verify_signature": False})
    now_s = clock.now_us() // 1_000_000
    assert len(claims.pop("jti")) == 26
    assert claims == {
        "iss": "gerbang",
        "aud": "gerbang-dashboard",
        "sub": "jane",
        "roles": ["viewer"],
        "iat": now_s,
        "exp": now_s + 1_800,
    }
    assert "auth.operator_logged_in" in kinds(parts)


async def test_a_code_typed_in_two_groups_counts(
    servicer: LoginServicer, new_call: NewCall, clock: FakeClock
) -> None:
    code = code_at(clock)
    status, _, _ = await submit(
        servicer, new_call(origin=ORIGIN), form(clock, code=f"{code[:3]} {code[3:]}")
    )

    assert status == 303


@pytest.mark.parametrize(
    "wrong",
    [
        {"name": "john"},
        {"name": "Jane"},
        {"name": ""},
        {"name": "<script>"},
        {"password": "wrong"},
        {"password": ""},
        {"password": "x" * 129},
        {"code": "000000"},
        {"code": ""},
        {"code": "abcdef"},
    ],
)
async def test_every_failure_is_told_in_the_same_words(
    servicer: LoginServicer, new_call: NewCall, clock: FakeClock, wrong: dict[str, str]
) -> None:
    status, headers, page = await submit(servicer, new_call(origin=ORIGIN), form(clock, **wrong))

    assert status == 401
    assert FAILURE in page
    assert "set-cookie" not in headers
    assert wrong.get("password") or "wrong" not in page


async def test_a_password_in_the_wrong_field_is_neither_shown_nor_recorded(
    servicer: LoginServicer, new_call: NewCall, parts: Parts, clock: FakeClock
) -> None:
    shown = []
    for typed in ("Hunter2!", "hunter2"):
        _, _, page = await submit(servicer, new_call(origin=ORIGIN), form(clock, name=typed))
        shown.append("Hunter2!" in page)
    with parts.engine.connect() as connection:
        everything = b"".join(connection.execute(select(OUTBOX.c.payload)).scalars())

    assert shown == [False, False]
    assert b"unter2" not in everything
    assert b"unknown name" in everything


async def test_a_code_counts_once(
    servicer: LoginServicer, new_call: NewCall, clock: FakeClock
) -> None:
    first = await submit(servicer, new_call(origin=ORIGIN), form(clock))
    again = await submit(servicer, new_call(origin=ORIGIN), form(clock))

    assert (first[0], again[0]) == (303, 401)


async def test_a_code_older_than_the_last_one_used_counts_no_more(
    servicer: LoginServicer, new_call: NewCall, clock: FakeClock
) -> None:
    newer = await submit(
        servicer, new_call(origin=ORIGIN), form(clock, code=code_at(clock, steps=1))
    )
    older = await submit(servicer, new_call(origin=ORIGIN), form(clock))

    assert (newer[0], older[0]) == (303, 401)


async def test_of_two_logins_at_once_with_one_code_one_succeeds(
    servicer: LoginServicer, new_call: NewCall, clock: FakeClock
) -> None:
    answers = await asyncio.gather(
        *(submit(servicer, new_call(origin=ORIGIN), form(clock)) for _ in range(4))
    )

    assert sorted(status for status, _, _ in answers) == [303, 401, 401, 401]


async def test_after_five_failures_the_right_password_must_wait_too(
    servicer: LoginServicer, new_call: NewCall, clock: FakeClock
) -> None:
    for _ in range(5):
        await submit(servicer, new_call(origin=ORIGIN), form(clock, password="wrong"))
    locked = await submit(servicer, new_call(origin=ORIGIN), form(clock))
    clock.advance(30)
    open_again = await submit(servicer, new_call(origin=ORIGIN), form(clock))

    assert (locked[0], open_again[0]) == (401, 303)
    assert FAILURE in locked[2]


async def test_knocking_at_a_lock_does_not_prolong_it(
    servicer: LoginServicer, new_call: NewCall, parts: Parts, clock: FakeClock
) -> None:
    for _ in range(5):
        await submit(servicer, new_call(origin=ORIGIN), form(clock, password="wrong"))
    before = await parts.operators.find("jane")
    await submit(servicer, new_call(origin=ORIGIN), form(clock, password="wrong"))

    assert await parts.operators.find("jane") == before


async def test_names_tried_without_end_are_not_even_judged(
    servicer: LoginServicer, new_call: NewCall, clock: FakeClock
) -> None:
    for _ in range(FAILURES_PER_KEY):
        await submit(servicer, new_call(origin=ORIGIN), form(clock, name="john"))
    status, _, page = await submit(servicer, new_call(origin=ORIGIN), form(clock, name="john"))

    assert status == 429
    assert FAILURE in page


async def test_a_disabled_operator_gets_the_same_words(
    servicer: LoginServicer, new_call: NewCall, parts: Parts, operator: Operator, clock: FakeClock
) -> None:
    set_status = SetOperatorStatus(operators=parts.operators, clock=parts.clock)
    await set_status(operator, OperatorStatus.DISABLED, actor="test")
    status, _, page = await submit(servicer, new_call(origin=ORIGIN), form(clock))

    assert status == 401
    assert FAILURE in page


@pytest.mark.parametrize(
    "origin",
    [None, "", "null", "https://gerbang.example.com/", "https://gerbang.example.com.evil.example"],
)
async def test_a_form_from_another_page_is_refused_before_it_is_read(
    servicer: LoginServicer, new_call: NewCall, clock: FakeClock, origin: str | None
) -> None:
    call = new_call() if origin is None else new_call(origin=origin)
    status, headers, page = await submit(servicer, call, form(clock))

    assert status == 403
    assert "sent from another page" in page
    assert "set-cookie" not in headers


@pytest.mark.parametrize(
    ("body", "content_type", "status"),
    [
        (b"x" * (MAX_LOGIN_BODY_BYTES + 1), FORM, 413),
        (b"name=jane", "application/json", 400),
        (b"name=jane&name=jane", FORM, 400),
        (b"name", FORM, 400),
        (b"name=jane%00", FORM, 400),
        (b"", FORM, 401),
    ],
)
async def test_a_form_that_cannot_be_read_brings_the_page_again(
    servicer: LoginServicer, new_call: NewCall, body: bytes, content_type: str, status: int
) -> None:
    answer = await submit(servicer, new_call(origin=ORIGIN), body, content_type)

    assert answer[0] == status
    assert "<form" in answer[2]


async def test_logging_out_clears_the_cookie_and_leads_to_the_form(
    servicer: LoginServicer, new_call: NewCall
) -> None:
    call = new_call(origin=ORIGIN)
    await servicer.Logout(LogoutRequest(), call)
    headers = dict(call.response_headers)

    assert (headers["x-gerbang-http-status"], headers["location"]) == ("303", "/login")
    assert headers["set-cookie"] == (
        "gerbang_operator=; Max-Age=0; Path=/dashboard; HttpOnly; Secure; SameSite=Strict"
    )


async def test_another_page_cannot_log_a_person_out(
    servicer: LoginServicer, new_call: NewCall
) -> None:
    call = new_call(origin="https://evil.example")
    await servicer.Logout(LogoutRequest(), call)

    assert dict(call.response_headers)["x-gerbang-http-status"] == "403"
    assert "set-cookie" not in dict(call.response_headers)


async def test_the_page_itself_is_served_to_anyone(
    servicer: LoginServicer, new_call: NewCall
) -> None:
    call = new_call()
    page = await servicer.GetLoginPage(GetLoginPageRequest(), call)

    assert page.content_type == "text/html; charset=utf-8"
    assert "x-gerbang-http-status" not in dict(call.response_headers)


async def test_nothing_of_a_login_reaches_the_audit_in_clear(
    servicer: LoginServicer, new_call: NewCall, parts: Parts, clock: FakeClock
) -> None:
    await submit(servicer, new_call(origin=ORIGIN), form(clock, password="wrong-password"))
    await submit(servicer, new_call(origin=ORIGIN), form(clock))
    with parts.engine.connect() as connection:
        everything = b"".join(connection.execute(select(OUTBOX.c.payload)).scalars())

    for hidden in (PASSWORD, "wrong-password", TOTP_SECRET, code_at(clock)):
        assert hidden.encode() not in everything
