"""The name behind an account: which service is asked, for whom, and how."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from typing import Any

import pytest
from bank_adapter.application.ask_about_accounts import (
    AccountQuestion,
    Asker,
    BankSaidNoError,
)
from bank_adapter.application.transfer_request import AccountNotAllowedError, InvalidFieldError
from bank_adapter.domain.money import Money
from bank_adapter.domain.rail import Rail
from bank_adapter.drivers.protocol import AccountReading, InvalidOrderError
from fake_bank import BILL_PATH, EXTERNAL_NAME_PATH, INTERNAL_NAME_PATH
from use_cases import UseCases, open_use_cases

ASKER = Asker(client_id="erp", allowed_accounts=frozenset({"bca:1234567890"}), trace_id="trace-1")
MANDIRI = {"bank_code": "BMRIIDJA", "account_no": "1310099887766"}
BIFAST = {"amount": Money(5_000_000, "IDR"), "source_account_no": "1234567890"}


@pytest.fixture
async def house(sqlite_url: str) -> AsyncIterator[UseCases]:
    async with open_use_cases(sqlite_url) as opened:
        yield opened


async def ask(house: UseCases, **about: Any) -> AccountReading:
    question = AccountQuestion(**{"bank_id": "bca", "account_no": "8010001575", **about})
    _, reading = await house.ask.account(ASKER, question)
    return reading


def asked(house: UseCases) -> tuple[str, dict[str, Any]]:
    step = house.bank.received[-1]
    return step.path, json.loads(step.body)


@pytest.mark.parametrize(
    "about", [{}, {"bank_code": "CENAIDJA"}, {"rail": Rail.INTRABANK, "bank_code": "014"}]
)
async def test_own_account_is_asked_inside(house: UseCases, about: dict[str, Any]) -> None:
    reading = await ask(house, **about)

    assert reading.account_name == "YORIES YOLANDA"
    assert asked(house)[0] == INTERNAL_NAME_PATH


@pytest.mark.parametrize(
    ("about", "service"),
    [
        ({}, "1"),
        (BIFAST, "2"),
        ({**BIFAST, "rail": Rail.BIFAST}, "2"),
        ({**BIFAST, "rail": Rail.ONLINE}, "1"),
        ({**BIFAST, "rail": Rail.RTGS}, "1"),
    ],
)
async def test_rail_decides_which_network_is_asked(
    house: UseCases, about: dict[str, Any], service: str
) -> None:
    await ask(house, **MANDIRI, **about)

    path, body = asked(house)
    assert path == EXTERNAL_NAME_PATH
    assert body["additionalInfo"]["inquiryService"] == service


async def test_virtual_account_answers_with_its_bill(house: UseCases) -> None:
    house.bank.bill = "150000.00"

    reading = await ask(house, account_no="   1234512345678", rail=Rail.VIRTUAL_ACCOUNT)

    assert asked(house) == (BILL_PATH, {"virtualAccountNo": "   1234512345678"})
    assert reading.bill == Money(15_000_000, "IDR")
    assert reading.account_name == "YORIES YOLANDA"


@pytest.mark.parametrize(
    ("about", "field"),
    [
        ({"rail": Rail.INTRABANK, "bank_code": "BMRIIDJA"}, "beneficiaryBankCode"),
        ({"rail": Rail.ONLINE}, "beneficiaryBankCode"),
        ({"rail": Rail.BIFAST, "bank_code": "014"}, "beneficiaryBankCode"),
        ({"account_no": ""}, "beneficiaryAccountNo"),
    ],
)
async def test_rail_and_bank_must_agree(house: UseCases, about: dict[str, Any], field: str) -> None:
    with pytest.raises(InvalidFieldError) as refused:
        await ask(house, **about)

    assert refused.value.field == field
    assert house.bank.received == []


async def test_bifast_names_what_it_misses(house: UseCases) -> None:
    with pytest.raises(InvalidOrderError) as refused:
        await ask(house, **MANDIRI, rail=Rail.BIFAST, source_account_no="1234567890")

    assert refused.value.field == "amount"


async def test_source_account_must_be_the_clients_own(house: UseCases) -> None:
    with pytest.raises(AccountNotAllowedError):
        await ask(house, **MANDIRI, **{**BIFAST, "source_account_no": "9999999999"})

    assert house.bank.received == []


async def test_account_that_nobody_knows_is_said_so(house: UseCases) -> None:
    house.bank.name_script.append("unknown_account")

    with pytest.raises(BankSaidNoError) as refused:
        await ask(house)

    assert refused.value.reading.http_status == 404
