"""Who may call us: tokens, signatures, moments and replays, in SNAP's own codes."""

from __future__ import annotations

import hashlib
import json
from collections.abc import AsyncIterator

import pytest
from bank_adapter.adapters.sql_tables import bank_notification, inbound_token, outbox
from bank_adapter.application.inbound_call import InboundAnswer
from bank_adapter.application.ports.ledger import UnavailableError
from gerbang.audit.v1.event_pb2 import Event
from inbound_calls import RTGS_PATH, CallingBank, calling_bank, hmac_of
from sqlalchemy import Connection, Table, select
from use_cases import UseCases, open_use_cases

CLAIM = json.dumps(
    {
        "originalPartnerReferenceNo": "999999",
        "latestTransactionStatus": "06",
        "sourceAccountNo": "1234567890",
    }
).encode()


@pytest.fixture
async def house(ledger_url: str) -> AsyncIterator[UseCases]:
    async with open_use_cases(ledger_url) as opened:
        yield opened


@pytest.fixture
def bank(house: UseCases) -> CallingBank:
    return calling_bank(house)


def verdict(answer: InboundAnswer) -> tuple[int, str]:
    return answer.http, json.loads(answer.body)["responseCode"]


async def rows(house: UseCases, table: Table) -> list[dict[str, object]]:
    def run(connection: Connection) -> list[dict[str, object]]:
        return [dict(row) for row in connection.execute(select(table)).mappings()]

    return await house.ledger._reader.run(run)


async def test_bank_that_proves_itself_gets_a_token(house: UseCases, bank: CallingBank) -> None:
    answer = await bank.ask_token()

    assert json.loads(answer.body) == {
        "responseCode": "2007300",
        "responseMessage": "Successful",
        "accessToken": "token-1",
        "tokenType": "Bearer",
        "expiresIn": "900",
    }
    (row,) = await rows(house, inbound_token)
    assert row["token_sha256"] == hashlib.sha256(b"token-1").hexdigest()
    assert row["expires_us"] == house.clock.now_us() + 900_000_000


@pytest.mark.parametrize(
    ("client_key", "headers", "refusal"),
    [
        ("NOBODY", {}, (401, "4017300")),
        ("BCA", {"x-signature": "d3Jvbmc="}, (401, "4017300")),
        ("BCA", {"x-signature": ""}, (400, "4007302")),
        ("BCA", {"x-timestamp": "yesterday"}, (400, "4007301")),
    ],
)
async def test_bank_that_does_not_prove_itself_gets_none(
    house: UseCases,
    bank: CallingBank,
    client_key: str,
    headers: dict[str, str],
    refusal: tuple[int, str],
) -> None:
    assert verdict(await bank.ask_token(client_key, **headers)) == refusal
    assert not await rows(house, inbound_token)


@pytest.mark.parametrize(
    ("off_s", "good"), [(-299, True), (299, True), (-302, False), (302, False)]
)
async def test_moment_of_a_token_request_must_be_near(
    bank: CallingBank,
    off_s: float,
    good: bool,  # noqa: FBT001  parameter of the table
) -> None:
    answer = await bank.ask_token(**{"x-timestamp": bank.moment(off_s=off_s)})

    assert verdict(answer) == ((200, "2007300") if good else (401, "4017300"))


async def test_expired_tokens_are_forgotten_after_a_day(house: UseCases, bank: CallingBank) -> None:
    await bank.ask_token()
    house.clock.advance(900 + 86_400 + 1)

    await bank.ask_token()

    assert len(await rows(house, inbound_token)) == 1


async def test_proven_notification_is_stored_as_received_and_thanked_for(
    house: UseCases, bank: CallingBank
) -> None:
    body = CLAIM.replace(b'", "', b'",\r\n "')

    answer = await bank.notify(body)

    assert answer.body == b'{"responseCode":"2007600","responseMessage":"Successful"}'
    (row,) = await rows(house, bank_notification)
    assert row["body"] == body
    assert (row["bank"], row["service_code"], row["handling"]) == ("bca", "76", "UNMATCHED")


@pytest.mark.parametrize(
    ("headers", "refusal"),
    [
        ({"authorization": "Bearer invented"}, (401, "4017601")),
        ({"authorization": ""}, (400, "4007602")),
        ({"x-signature": "d3Jvbmc="}, (401, "4017600")),
        ({"x-external-id": "abc"}, (400, "4007601")),
        ({"x-timestamp": "2020-01-01T00:00:00+07:00"}, (401, "4017600")),
    ],
)
async def test_unproven_notification_is_refused_and_not_stored(
    house: UseCases, bank: CallingBank, headers: dict[str, str], refusal: tuple[int, str]
) -> None:
    call = bank.call(await bank.token(), CLAIM, **headers)

    assert verdict(await bank.receive.execute(call)) == refusal
    assert not await rows(house, bank_notification)


async def test_signature_must_be_over_the_received_body(house: UseCases, bank: CallingBank) -> None:
    call = bank.call(await bank.token(), CLAIM, signed_body=CLAIM.replace(b"999999", b"999998"))

    assert verdict(await bank.receive.execute(call)) == (401, "4017600")
    assert not await rows(house, bank_notification)


async def test_token_dies_after_fifteen_minutes(house: UseCases, bank: CallingBank) -> None:
    token = await bank.token()
    house.clock.advance(899)
    assert verdict(await bank.receive.execute(bank.call(token, CLAIM))) == (200, "2007600")

    house.clock.advance(1)

    assert verdict(await bank.receive.execute(bank.call(token, CLAIM))) == (401, "4017601")


async def test_replay_is_refused_even_under_another_external_id(
    house: UseCases, bank: CallingBank
) -> None:
    token = await bank.token()
    moment = bank.moment()
    first = bank.call(token, CLAIM, **{"x-timestamp": moment})
    renamed = bank.call(token, CLAIM, **{"x-timestamp": moment})

    verdicts = [verdict(await bank.receive.execute(call)) for call in (first, first, renamed)]

    assert verdicts == [(200, "2007600"), (409, "4097600"), (409, "4097600")]
    assert len(await rows(house, bank_notification)) == 1


async def test_external_id_is_taken_once_a_jakarta_day(house: UseCases, bank: CallingBank) -> None:
    async def notify() -> tuple[int, str]:
        house.clock.advance(1)
        call = bank.call(await bank.token(), CLAIM, **{"x-external-id": "77"})
        return verdict(await bank.receive.execute(call))

    today = [await notify(), await notify()]
    house.clock.advance(86_400)

    assert [*today, await notify()] == [(200, "2007600"), (409, "4097600"), (200, "2007600")]


async def test_repeat_after_our_own_failure_is_taken(
    house: UseCases, bank: CallingBank, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The signer has seen its signature, but nothing was stored."""

    async def fail(*_: object) -> None:
        raise UnavailableError("away")

    call = bank.call(await bank.token(), CLAIM)
    with monkeypatch.context() as broken:
        broken.setattr(house.inbound, "add_notification", fail)
        first = await bank.receive.execute(call)

    again = await bank.receive.execute(call)

    assert (verdict(first), verdict(again)) == ((500, "5007600"), (200, "2007600"))


async def test_signer_that_cannot_say_lets_nothing_in(house: UseCases, bank: CallingBank) -> None:
    token = await bank.token()
    bank.signatures.away = True

    answers = [await bank.ask_token(), await bank.receive.execute(bank.call(token, CLAIM))]

    assert [verdict(answer) for answer in answers] == [(500, "5007300"), (500, "5007600")]
    assert not await rows(house, bank_notification)


@pytest.mark.parametrize("body", [b"", b"<html>", b"{}", b'{"latestTransactionStatus":"06"}'])
async def test_notification_that_says_nothing_is_refused(bank: CallingBank, body: bytes) -> None:
    answer = await bank.notify(body)

    assert answer.http == 400
    assert json.loads(answer.body)["responseCode"].startswith("40076")


async def test_audit_shows_every_call_without_secrets(house: UseCases, bank: CallingBank) -> None:
    token = await bank.token()
    await bank.receive.execute(bank.call(token, CLAIM))
    await bank.receive.execute(bank.call("invented", CLAIM))

    stored = [row["payload"] for row in await rows(house, outbox)]
    events = [Event.FromString(payload) for payload in stored if isinstance(payload, bytes)]

    assert [event.kind for event in events] == ["bank.callback"] * 3
    assert sorted(event.response.status for event in events) == [200, 200, 401]
    whole = b"".join(payload for payload in stored if isinstance(payload, bytes))
    secret = hmac_of(RTGS_PATH, token, CLAIM, bank.moment()).encode()
    for hidden in (token.encode(), secret, b"1234567890", b"invented"):
        assert hidden not in whole
