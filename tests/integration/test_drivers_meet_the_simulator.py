"""Every driver against the strict bank, over the real wire port.

Two real parts: what a driver renders is what the simulator's own checks admit,
and what the simulator answers is what the driver reads. Signatures are made
here by the standard's formulas, from the steps that the driver yields.
"""

from __future__ import annotations

import base64
import hmac
import importlib
import itertools
from collections.abc import AsyncIterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from bank_adapter.adapters.bank_http import BankHTTP, BankHTTPSettings
from bank_adapter.domain.conversation import (
    Answer,
    AuthorizeClient,
    Send,
    Signature,
    SignLegacy,
    SignToken,
    SignTransaction,
)
from bank_adapter.domain.money import Money
from bank_adapter.domain.order import PaymentOrder, SentOrder
from bank_adapter.domain.rail import Rail
from bank_adapter.domain.verdict import Reading, Verdict
from bank_adapter.drivers.bca_legacy.driver import BCALegacyDriver
from bank_adapter.drivers.bca_legacy.profile import BCALegacyProfile
from bank_adapter.drivers.protocol import Envelope
from bank_adapter.drivers.registry import open_driver
from bank_adapter.drivers.settings import read_profile
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa

# 2026-11-20T14:00:00+07:00, a Friday.
AT = datetime(2026, 11, 20, 7, 0, tzinfo=UTC)
KEY = rsa.generate_private_key(public_exponent=65537, key_size=2048)
SECRETS = {"secret": b"client-secret", "legacy-client": b"legacy-secret", "legacy": b"api-secret"}
NUMBERS = itertools.count(1)


def configuration(folder: Path) -> dict[str, Any]:
    public = folder / "public.pem"
    public.write_bytes(
        KEY.public_key().public_bytes(
            serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
        )
    )
    snap = {"client_secret": "client-secret", "public_key_file": str(public)}
    return {
        "bank": {"port": 0, "plain_http": True},
        "admin": {"port": 0},
        "rules": {},
        "partners": [
            {"dialect": "bca", "client_id": "bca-client", "partner_id": "CORP0001", **snap},
            {
                "dialect": "paydia",
                "client_id": "paydia-client",
                "partner_id": "paydia-client",
                "channel_id": "12345",
                **snap,
            },
            {
                "dialect": "bca-legacy",
                "client_id": "legacy-client",
                "client_secret": "legacy-secret",
                "partner_id": "BCACORP01",
                "api_key": "api-key",
                "api_secret": "api-secret",
            },
        ],
        "other_bank_accounts": [
            {"bank_code": "BRINIDJA", "number": "888801000157508", "name": "YORIES YOLANDA"},
        ],
        "virtual_accounts": [
            {"number": "   12345000000000000000078", "name": "OPEN", "amount": "0.00", "kind": "O"},
        ],
        "accounts": [
            {"number": "1234567890", "name": "PT SATU", "owner": "bca-client", "balance": BALANCE},
            {"number": "9900000001", "name": "DUA", "owner": "paydia-client", "balance": BALANCE},
            {"number": "0201245680", "name": "LAMA", "owner": "legacy-client", "balance": BALANCE},
            {"number": "8010001575", "name": "YORIES YOLANDA"},
        ],
    }


BALANCE = "900000000000.00"


@dataclass
class Speaker:
    """Speaks one driver's conversations with the started bank."""

    driver: Any
    wire: BankHTTP
    token: str = ""
    sent: list[Send] = field(default_factory=list)

    async def run(self, conversation: Any) -> Any:
        reply: Any = None
        try:
            while True:
                step = conversation.send(reply)
                if isinstance(step, Send):
                    self.sent.append(step)
                    reply = await self.wire.send(step, timeout_s=10, before_first_byte=lambda: None)
                    assert isinstance(reply, Answer)
                else:
                    reply = Signature(sign(step))
        except StopIteration as done:
            return done.value

    async def envelope(self) -> Envelope:
        if not self.token:
            reading = await self.run(self.driver.token(at=AT))
            assert reading.access_token, reading.reading
            self.token = reading.access_token
        return Envelope(
            external_id=f"20261120140000000{next(NUMBERS):015d}", access_token=self.token, at=AT
        )

    async def pay(self, order: PaymentOrder) -> tuple[Reading, SentOrder]:
        message = self.driver.render_transfer(order, at=AT)
        envelope = await self.envelope()
        reading = await self.run(self.driver.transfer(order, message, envelope))
        sent = SentOrder(
            order=order,
            service_code=message.service_code,
            external_id=envelope.external_id,
            transaction_date=message.transaction_date,
        )
        return reading, sent

    async def ask(self, sent: SentOrder) -> Reading:
        message = self.driver.render_inquiry(sent, at=AT)
        reading = await self.run(self.driver.inquiry(sent, message, await self.envelope()))
        assert isinstance(reading, Reading)
        return reading


def sign(step: Any) -> str:
    match step:
        case SignToken():
            text = f"{step.client_key}|{step.timestamp}".encode()
            return base64.b64encode(KEY.sign(text, padding.PKCS1v15(), hashes.SHA256())).decode()
        case SignTransaction():
            digest = hmac.digest(SECRETS[step.key_id], string_of(step), "sha512")
            return base64.b64encode(digest).decode()
        case SignLegacy():
            return hmac.digest(SECRETS[step.key_id], string_of(step), "sha256").hex()
        case AuthorizeClient():
            pair = step.client_id.encode() + b":" + SECRETS[step.key_id]
            return base64.b64encode(pair).decode()
        case _:
            raise AssertionError(step)


def string_of(step: SignTransaction | SignLegacy) -> bytes:
    digest = step.body_sha256.hex()
    return f"{step.method}:{step.path}:{step.access_token}:{digest}:{step.timestamp}".encode()


def simulated_bank(settings: dict[str, Any]) -> Any:
    """The simulator as its own main makes it; it is an application without types."""
    clock, config, server, strict = (
        importlib.import_module(f"simulator.{name}")
        for name in ("clock", "config", "server", "strict")
    )
    now_us = int(AT.timestamp() * 1_000_000)
    read = strict.build(config.Settings, settings)
    return server.Simulator(read, clock.Clock(lambda: now_us))


@pytest.fixture
async def wire(tmp_path: Path) -> AsyncIterator[BankHTTP]:
    bank = simulated_bank(configuration(tmp_path))
    await bank.start()
    port = BankHTTP(BankHTTPSettings(base_url=f"http://127.0.0.1:{bank.bank_port}"))
    await port.start()
    yield port
    await port.close()
    await bank.stop()


SNAP_KEYS = {"token_key_id": "rsa", "transaction_key_id": "secret"}


@pytest.fixture
def bca(wire: BankHTTP) -> Speaker:
    settings = {"bank_id": "bca", "client_id": "bca-client", "partner_id": "CORP0001"}
    return Speaker(open_driver("bca_snap", settings | SNAP_KEYS), wire)


@pytest.fixture
def paydia(wire: BankHTTP) -> Speaker:
    settings = {"bank_id": "paydia", "client_id": "paydia-client", "partner_id": "paydia-client"}
    return Speaker(open_driver("paydia_snap", settings | SNAP_KEYS), wire)


@pytest.fixture
def legacy(wire: BankHTTP) -> Speaker:
    settings = {
        "bank_id": "legacy",
        "client_id": "legacy-client",
        "api_key": "api-key",
        "corporate_id": "BCACORP01",
        "origin": "gateway.example",
        "token_key_id": "legacy-client",
        "transaction_key_id": "legacy",
    }
    return Speaker(BCALegacyDriver(read_profile(BCALegacyProfile, settings)), wire)


INSIDE = PaymentOrder(
    bank_partner_reference_no="2026112000000000000001",
    rail=Rail.INTRABANK,
    amount=Money(1_000_000, "IDR"),
    source_account_no="1234567890",
    beneficiary_account_no="8010001575",
    beneficiary_email="a@b.example",
    remark="INV 2026 11 0001",
)
ELSEWHERE = replace(
    INSIDE,
    rail=Rail.BIFAST,
    amount=Money(2_000_000_000, "IDR"),
    beneficiary_account_no="888801000157508",
    beneficiary_account_name="Yories Yolanda",
    beneficiary_bank_code="BRINIDJA",
    beneficiary_address="Jalan Merdeka 1 Jakarta",
    beneficiary_residence="1",
    beneficiary_type="2",
)
VIRTUAL = replace(
    INSIDE, rail=Rail.VIRTUAL_ACCOUNT, beneficiary_account_no="   12345000000000000000078"
)
RTGS = replace(ELSEWHERE, rail=Rail.RTGS, amount=Money(20_000_000_000, "IDR"))


@pytest.mark.parametrize(
    ("order", "first"),
    [
        (INSIDE, Verdict.SETTLED),
        (ELSEWHERE, Verdict.SETTLED),
        (replace(ELSEWHERE, rail=Rail.ONLINE), Verdict.SETTLED),
        (replace(ELSEWHERE, rail=Rail.SKN), Verdict.ACCEPTED),
        (RTGS, Verdict.ACCEPTED),
        (VIRTUAL, Verdict.ACCEPTED),
    ],
    ids=lambda value: value.rail.value if isinstance(value, PaymentOrder) else value.value,
)
async def test_bca_takes_every_rail_and_settles_it_by_inquiry(
    bca: Speaker, order: PaymentOrder, first: Verdict
) -> None:
    reading, sent = await bca.pay(order)
    assert (reading.verdict, reading.reason) == (first, "")
    asked = await bca.ask(sent)
    if asked.verdict is Verdict.PENDING:
        asked = await bca.ask(sent)
    assert (asked.verdict, asked.reason) == (Verdict.SETTLED, "")
    assert asked.bank_reference_no


async def test_bca_does_not_know_what_was_never_sent(bca: Speaker) -> None:
    sent = SentOrder(
        order=INSIDE,
        service_code="17",
        external_id="42",
        transaction_date="2026-11-20T14:00:00+07:00",
    )
    assert (await bca.ask(sent)).verdict is Verdict.NOT_FOUND


async def test_bca_refuses_a_dead_token_before_processing(bca: Speaker) -> None:
    bca.token = "dead"
    reading, _ = await bca.pay(INSIDE)
    assert reading.verdict is Verdict.REFUSED_TOKEN


async def test_bca_says_duplicate_to_a_second_message(bca: Speaker) -> None:
    await bca.pay(INSIDE)
    reading, _ = await bca.pay(INSIDE)
    assert reading.verdict is Verdict.DUPLICATE


async def test_bca_answers_balance_names_and_statement(bca: Speaker) -> None:
    driver = bca.driver
    _, _ = await bca.pay(INSIDE)
    message = driver.render_balance(account_no="1234567890", reference_no="1", at=AT)
    balance = await bca.run(driver.balance(message, await bca.envelope()))
    assert balance.account_name == "PT SATU"
    assert balance.amount == Money(90_000_000_000_000 - 1_000_000, "IDR")

    for code, number in (("", "8010001575"), ("BRINIDJA", "888801000157508")):
        message = driver.render_account_inquiry(
            account_no=number, bank_code=code, reference_no="1", at=AT
        )
        name = await bca.run(driver.account_inquiry(message, await bca.envelope()))
        assert name.account_name == "YORIES YOLANDA", name

    today = (AT + timedelta(hours=7)).date()
    message = driver.render_statement(
        account_no="1234567890", reference_no="1", first_day=today, last_day=today, at=AT
    )
    statement = await bca.run(driver.statement(message, await bca.envelope()))
    assert statement.complete, statement
    assert [(line.debit, line.amount) for line in statement.lines] == [(True, INSIDE.amount)]
    assert INSIDE.remark in statement.lines[0].remark


async def test_bca_answers_for_a_virtual_account(bca: Speaker) -> None:
    message = bca.driver.render_account_inquiry(
        account_no=VIRTUAL.beneficiary_account_no,
        bank_code="",
        reference_no="1",
        at=AT,
        rail=Rail.VIRTUAL_ACCOUNT,
    )
    found = await bca.run(bca.driver.account_inquiry(message, await bca.envelope()))
    assert (found.account_name, found.bill) == ("OPEN", None)


async def test_paydia_pays_and_answers(paydia: Speaker) -> None:
    driver = paydia.driver
    order = replace(ELSEWHERE, rail=Rail.ONLINE, source_account_no="9900000001")
    reading, sent = await paydia.pay(order)
    assert (reading.verdict, reading.reason) == (Verdict.ACCEPTED, "")
    asked = await paydia.ask(sent)
    assert (asked.verdict, asked.reason) == (Verdict.SETTLED, "")

    message = driver.render_account_inquiry(
        account_no="888801000157508",
        bank_code="BRINIDJA",
        reference_no="1",
        at=AT,
        source_account_no="9900000001",
    )
    name = await paydia.run(driver.account_inquiry(message, await paydia.envelope()))
    assert name.account_name == "YORIES YOLANDA"
    message = driver.render_balance(account_no="9900000001", reference_no="1", at=AT)
    balance = await paydia.run(driver.balance(message, await paydia.envelope()))
    assert balance.account_name == "DUA"


async def test_legacy_pays_and_answers(legacy: Speaker) -> None:
    driver = legacy.driver
    order = replace(INSIDE, source_account_no="0201245680", beneficiary_email="")
    reading, sent = await legacy.pay(order)
    assert (reading.verdict, reading.reason) == (Verdict.SETTLED, "")
    assert (await legacy.ask(sent)).verdict is Verdict.SETTLED
    again, _ = await legacy.pay(order)
    assert again.verdict is Verdict.DUPLICATE

    message = driver.render_balance(account_no="0201245680", reference_no="1", at=AT)
    balance = await legacy.run(driver.balance(message, await legacy.envelope()))
    assert balance.amount == Money(90_000_000_000_000 - 1_000_000, "IDR")
    today = (AT + timedelta(hours=7)).date()
    message = driver.render_statement(
        account_no="0201245680", reference_no="1", first_day=today, last_day=today, at=AT
    )
    statement = await legacy.run(driver.statement(message, await legacy.envelope()))
    assert statement.complete, statement
    assert [line.debit for line in statement.lines] == [True]
    assert [line.at.date() for line in statement.lines] == [today]


@pytest.mark.parametrize(
    ("rail", "rupiah"),
    [(Rail.ONLINE, 20_000_000), (Rail.SKN, 20_000_000), (Rail.RTGS, 200_000_000)],
)
async def test_legacy_pays_to_other_banks_and_learns_the_end_by_inquiry(
    legacy: Speaker, rail: Rail, rupiah: int
) -> None:
    order = replace(
        ELSEWHERE,
        rail=rail,
        amount=Money(rupiah * 100, "IDR"),
        source_account_no="0201245680",
        beneficiary_bank_code="002",
    )
    reading, sent = await legacy.pay(order)
    assert (reading.verdict, reading.reason) == (Verdict.ACCEPTED, "")
    assert bool(reading.network_reference_no) is (rail is not Rail.ONLINE)
    assert (await legacy.ask(sent)).verdict is Verdict.SETTLED


async def test_legacy_remark_with_a_blank_is_signed_without_it(legacy: Speaker) -> None:
    order = replace(INSIDE, source_account_no="0201245680", remark="TWO WORDS")
    reading, _ = await legacy.pay(order)
    assert reading.verdict is Verdict.SETTLED
    assert b'"TWO WORDS"' in legacy.sent[-1].body
