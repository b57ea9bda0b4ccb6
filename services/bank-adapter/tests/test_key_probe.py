"""A staged key is tried at the bank: what is asked, what counts, what the signer is told."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field, replace

import pytest
from bank_adapter.adapters.random_identifiers import RandomIdentifiers
from bank_adapter.application.ask_about_accounts import BankSaidNoError
from bank_adapter.application.bank import Banks
from bank_adapter.application.ports.bank_wire import Lost, NotSent
from bank_adapter.application.ports.staged_key import SignerSaidNoError, StagedKey
from bank_adapter.application.probe_signing_key import ProbeResult, ProbeSigningKey
from bank_adapter.application.transfer_request import InvalidFieldError
from bank_adapter.domain.conversation import Answer, Send, SignToken, SignTransaction
from fake_bank import answer
from fake_staged_keys import FakeStagedKeys
from use_cases import UseCases, only_bca, open_use_cases

TOKEN_PATH = "/openapi/v1.0/access-token/b2b"
BALANCE_PATH = "/openapi/v1.0/balance-inquiry"
ACCOUNT = "1234567890"
GOOD_TOKEN = answer(
    200, {"responseCode": "2007300", "accessToken": "the-probes-token", "expiresIn": "900"}
)
GOOD_BALANCE = answer(200, {"responseCode": "2001100", "accountNo": ACCOUNT, "accountInfos": []})
REFUSED = answer(401, {"responseCode": "4011100", "responseMessage": "Unauthorized. [Signature]"})
OLD_TOKEN = answer(401, {"responseCode": "4011101", "responseMessage": "Access token invalid"})


@dataclass
class Wire:
    """Answers by path and remembers what it was sent."""

    answers: dict[str, Answer | NotSent | Lost]
    sent: list[Send] = field(default_factory=list)

    async def send(
        self, step: Send, *, timeout_s: float, before_first_byte: Callable[[], str | None]
    ) -> Answer | NotSent | Lost:
        self.sent.append(step)
        return self.answers[step.path]


@dataclass
class Desk:
    house: UseCases
    wire: Wire
    keys: FakeStagedKeys
    probing: ProbeSigningKey

    async def probe(self, key_id: str = "bca-token", *, account_no: str = "") -> ProbeResult:
        key = StagedKey(key_id=key_id, version=2, operator="jane")
        return await self.probing.execute(
            key, bank_id="", account_no=account_no, trace_id="trace-1"
        )


@pytest.fixture
async def desk(sqlite_url: str) -> AsyncIterator[Desk]:
    wire = Wire({TOKEN_PATH: GOOD_TOKEN, BALANCE_PATH: GOOD_BALANCE})
    keys = FakeStagedKeys()
    async with open_use_cases(sqlite_url) as house:
        bca = replace(only_bca(house.bank).find("bca"), wire=wire)
        probing = ProbeSigningKey(
            banks=Banks(by_id={"bca": bca}, default_id="bca"),
            keys=keys,
            ledger=house.ledger,
            tokens=house.tokens,
            identifiers=RandomIdentifiers(house.clock),
            clock=house.clock,
        )
        yield Desk(house, wire, keys, probing)


async def test_a_token_key_asks_for_a_token(desk: Desk) -> None:
    result = await desk.probe()

    assert (result.accepted, result.service_code) == (True, "73")
    assert desk.keys.reports == [(2, "signed-by-2", True, "2007300")]
    (step,) = desk.keys.asked
    assert isinstance(step, SignToken)
    assert dict(desk.wire.sent[0].headers)["X-SIGNATURE"] == "signed-by-2"


async def test_the_probes_token_is_thrown_away_and_the_one_in_use_asked_for_anew(
    desk: Desk,
) -> None:
    bank = desk.house.banks.find("")
    before = await desk.house.tokens.current(bank)
    await desk.probe()
    after = await desk.house.tokens.current(bank)

    assert (before.value, after.value) == ("token-1", "token-2")


async def test_a_secret_asks_for_a_balance(desk: Desk) -> None:
    result = await desk.probe("bca-transaction", account_no=ACCOUNT)

    assert (result.accepted, result.service_code) == (True, "11")
    assert desk.keys.reports == [(2, "signed-by-2", True, "2001100")]
    (step,) = desk.keys.asked
    assert isinstance(step, SignTransaction)
    assert step.path == BALANCE_PATH
    assert json.loads(desk.wire.sent[-1].body)["accountNo"] == ACCOUNT


async def test_a_refused_signature_is_told_to_the_signer(desk: Desk) -> None:
    desk.wire.answers[BALANCE_PATH] = REFUSED

    result = await desk.probe("bca-transaction", account_no=ACCOUNT)

    assert not result.accepted
    assert desk.keys.reports == [(2, "signed-by-2", False, "4011100")]


@pytest.mark.parametrize(
    "reply",
    [
        NotSent("CONNECT_FAILED"),
        Lost("TIMEOUT"),
        OLD_TOKEN,
        answer(500, {"responseCode": "5001100"}),
        answer(200, {"hello": "world"}),
    ],
)
async def test_without_the_banks_word_the_signer_is_told_nothing(
    desk: Desk, reply: Answer | NotSent | Lost
) -> None:
    desk.wire.answers[BALANCE_PATH] = reply

    with pytest.raises(BankSaidNoError):
        await desk.probe("bca-transaction", account_no=ACCOUNT)

    assert desk.keys.reports == []


async def test_a_refusal_of_the_signer_reaches_the_operator_and_nothing_the_bank(
    desk: Desk,
) -> None:
    desk.keys.says_no = SignerSaidNoError("KEY_STATE", "no staged version 2", refused=True)

    with pytest.raises(SignerSaidNoError, match="no staged version"):
        await desk.probe()

    assert desk.wire.sent == []


@pytest.mark.parametrize(
    ("key_id", "account_no", "field"),
    [("paydia-token", ACCOUNT, "keyId"), ("bca-transaction", "", "sourceAccountNo")],
)
async def test_what_cannot_be_probed_so_is_said(
    desk: Desk, key_id: str, account_no: str, field: str
) -> None:
    with pytest.raises(InvalidFieldError) as caught:
        await desk.probe(key_id, account_no=account_no)

    assert caught.value.field == field
    assert desk.keys.reports == []
