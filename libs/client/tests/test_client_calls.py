"""What the client sends, repeats and gives up, against a gateway that is a function."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import httpx
import pytest
from gerbang_client import Client, NoAnswerError, Order, RefusedError, State
from gerbang_client.client import Clock

ORDER = Order(
    reference="INV-1",
    amount=Decimal(150000),
    source_account_no="1234567890",
    beneficiary_account_no="8090123456",
)
LOST = httpx.ReadTimeout("no answer")
Answer = httpx.Response | Exception


def transfer(**changes: Any) -> dict[str, Any]:
    return {
        "transferId": "01M808650Y0T64AZP64W9TFFT6",
        "partnerReferenceNo": "INV-1",
        "state": "SETTLED",
        "stateReason": "",
        "amount": {"value": "150000.00", "currency": "IDR"},
        "bankReferenceNo": "2026112299770000000002",
        "responseCode": "2001700",
        "responseMessage": "Successful",
        "replayed": False,
        **changes,
    }


def paid(**changes: Any) -> httpx.Response:
    return httpx.Response(200, json=transfer(**changes))


def refused(status: int, reason: str) -> httpx.Response:
    info = {"@type": "type.googleapis.com/google.rpc.ErrorInfo", "reason": reason}
    return httpx.Response(
        status,
        json={"code": 3, "message": "no", "details": [info]},
        headers={"x-request-id": "trace-1"},
    )


class Gateway:
    """Answers the token endpoint well and everything else as it is told, then as the last time."""

    def __init__(self) -> None:
        self.now_s = 0.0
        self.slept_s: list[float] = []
        self.tokens = 0
        self.requests: list[httpx.Request] = []
        self.answers: list[Answer] = [paid()]

    def handle(self, request: httpx.Request) -> httpx.Response:
        if request.url.path == "/oauth2/token":
            self.tokens += 1
            return httpx.Response(
                200, json={"access_token": f"token-{self.tokens}", "expires_in": 300}
            )
        self.requests.append(request)
        answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        if isinstance(answer, Exception):
            raise answer
        return answer

    def sleep(self, seconds: float) -> None:
        self.slept_s.append(seconds)
        self.now_s += seconds


@pytest.fixture
def gateway() -> Gateway:
    return Gateway()


@pytest.fixture
def client(gateway: Gateway) -> Iterator[Client]:
    with Client(
        "https://gerbang.example.co.id",
        client_id="erp",
        secret="s3cret",
        origin="https://erp.example.co.id",
        clock=Clock(monotonic=lambda: gateway.now_s, sleep=gateway.sleep),
        transport=httpx.MockTransport(gateway.handle),
    ) as opened:
        yield opened


def test_payment_carries_token_origin_and_a_decimal_string(client: Client, gateway: Gateway):
    answered = client.pay(ORDER)

    (sent,) = gateway.requests
    assert sent.headers["authorization"] == "Bearer token-1"
    assert sent.headers.get_list("origin") == ["https://erp.example.co.id"]
    assert json.loads(sent.content) == {
        "partnerReferenceNo": "INV-1",
        "amount": {"value": "150000.00", "currency": "IDR"},
        "sourceAccountNo": "1234567890",
        "beneficiaryAccountNo": "8090123456",
    }
    assert (answered.state, answered.amount) == (State.SETTLED, Decimal("150000.00"))


@pytest.mark.parametrize(
    "lost",
    [
        LOST,
        refused(503, "UNAVAILABLE"),
        refused(504, "DEADLINE_EXCEEDED"),
        refused(429, "RATE_LIMITED"),
        httpx.Response(502, text="<html>bad gateway</html>"),
        httpx.Response(200, text="<html>hello</html>"),
    ],
    ids=str,
)
def test_lost_answer_repeats_the_same_bytes(lost: Answer, client: Client, gateway: Gateway):
    gateway.answers = [lost, paid(replayed=True)]

    assert client.pay(ORDER).replayed

    first, second = gateway.requests
    assert first.content == second.content
    assert len(gateway.slept_s) == 1


def test_patience_ends_without_a_claim_about_the_money(client: Client, gateway: Gateway):
    gateway.answers = [LOST]

    with pytest.raises(NoAnswerError, match="ReadTimeout"):
        client.pay(ORDER)

    assert gateway.slept_s == sorted(gateway.slept_s)
    assert sum(gateway.slept_s) <= 120


@pytest.mark.parametrize(
    "said",
    [
        refused(400, "INVALID_FIELD"),
        refused(403, "ACCOUNT_NOT_ALLOWED"),
        refused(409, "POSSIBLE_DUPLICATE"),
    ],
    ids=lambda one: one.json()["details"][0]["reason"],
)
def test_refusal_is_not_repeated(said: httpx.Response, client: Client, gateway: Gateway):
    gateway.answers = [said]

    with pytest.raises(RefusedError) as caught:
        client.pay(ORDER)

    assert len(gateway.requests) == 1
    assert caught.value.trace_id == "trace-1"


def test_token_is_shared_until_shortly_before_its_end(client: Client, gateway: Gateway):
    client.pay(ORDER)
    gateway.now_s = 269
    client.pay(ORDER)
    assert gateway.tokens == 1
    gateway.now_s = 271
    client.pay(ORDER)
    assert gateway.tokens == 2


def test_token_that_died_early_is_fetched_anew_once(client: Client, gateway: Gateway):
    gateway.answers = [refused(401, "UNAUTHENTICATED"), paid()]
    assert client.pay(ORDER).state is State.SETTLED
    assert [one.headers["authorization"] for one in gateway.requests] == [
        "Bearer token-1",
        "Bearer token-2",
    ]

    gateway.answers = [refused(401, "UNAUTHENTICATED")]
    with pytest.raises(RefusedError):
        client.pay(ORDER)
    assert len(gateway.requests) == 4


def test_feed_goes_on_from_the_stored_position_and_ends_when_it_is_empty(
    client: Client, gateway: Gateway
):
    gateway.answers = [
        httpx.Response(200, json={"transfers": [transfer()], "nextPageToken": "b"}),
        httpx.Response(200, json={"transfers": [transfer()], "nextPageToken": "c"}),
        httpx.Response(200, json={"transfers": [], "nextPageToken": "d"}),
    ]

    pages = list(client.changes(datetime(2026, 11, 21, tzinfo=UTC), position="a"))

    assert [page.position for page in pages] == ["b", "c"]
    asked = [dict(one.url.params) for one in gateway.requests]
    assert [one["pageToken"] for one in asked] == ["a", "b", "c"]
    assert {one["updatedAfter"] for one in asked} == {"2026-11-21T00:00:00Z"}


def test_moment_without_a_zone_is_refused(client: Client):
    with pytest.raises(ValueError, match="time zone"):
        next(client.changes(datetime(2026, 11, 21)))  # noqa: DTZ001 - the mistake itself


def test_unknown_reference_finds_nothing(client: Client, gateway: Gateway):
    gateway.answers = [httpx.Response(200, json={"transfers": [], "nextPageToken": ""})]

    assert client.find("INV-2") is None


@pytest.mark.parametrize("spoiled", [150000.0, "150000", 150000])
def test_amount_that_is_no_decimal_is_refused(spoiled: Any):
    with pytest.raises(TypeError):
        order(spoiled)


@pytest.mark.parametrize("text", ["0.001", "NaN", "Infinity", "150000.005"])
def test_amount_that_would_be_rounded_is_refused(text: str):
    with pytest.raises(ValueError, match="two decimals"):
        order(Decimal(text))


@pytest.mark.parametrize(("text", "written"), [("1E+5", "100000.00"), ("0.10", "0.10")])
def test_amount_is_written_plainly(text: str, written: str):
    assert json.loads(order(Decimal(text)).body())["amount"]["value"] == written


def order(amount: Any) -> Order:
    return Order(
        reference="INV-1",
        amount=amount,
        source_account_no="1234567890",
        beneficiary_account_no="8090123456",
    )


def test_only_a_rejection_or_a_return_leaves_room_for_another_payment():
    assert {state for state in State if state.may_be_paid_anew} == {State.REJECTED, State.RETURNED}
    assert not State.UNKNOWN.is_final


def test_page_of_a_stranger_is_an_error_with_its_status():
    answer = httpx.Response(404, text="<html>not here</html>")

    assert str(RefusedError.of(answer)).startswith("404 : Not Found")
