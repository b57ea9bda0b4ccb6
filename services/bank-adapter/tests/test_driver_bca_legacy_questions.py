"""The older BCA's balance, statement and names."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from bank_adapter.domain.money import Money
from bank_adapter.domain.verdict import Verdict
from bank_adapter.drivers.registry import open_driver
from driver_talk import AT, ENVELOPE, json_answer, play

SETTINGS = {
    "bank_id": "bca-legacy",
    "client_id": "client",
    "api_key": "api-key",
    "corporate_id": "BCAAPI2016",
    "origin": "erp.example",
    "token_key_id": "client-secret",
    "transaction_key_id": "api-secret",
}
DRIVER = open_driver("bca_legacy", SETTINGS)


def balance_of(fields: dict[str, Any]):
    message = DRIVER.render_balance(account_no="1234567890", reference_no="1", at=AT)
    return play(DRIVER.balance(message, ENVELOPE), json_answer(200, fields)).result


def test_balance_is_read():
    found = balance_of(
        {
            "AccountDetailDataSuccess": [
                {
                    "AccountNumber": "1234567890",
                    "Currency": "IDR",
                    "Balance": "1000.00",
                    "AvailableBalance": "900.00",
                    "FloatAmount": "0.00",
                    "HoldAmount": "100.00",
                }
            ],
            "AccountDetailDataFailed": [],
        }
    )
    assert found.reading.verdict is Verdict.ACCEPTED
    assert (found.amount, found.available) == (Money(100_000, "IDR"), Money(90_000, "IDR"))


@pytest.mark.parametrize(
    ("fields", "verdict"),
    [
        ({"AccountDetailDataSuccess": [{"AccountNumber": "1"}]}, Verdict.UNKNOWN),
        ({"AccountDetailDataFailed": [{"AccountNumber": "1234567890"}]}, Verdict.REJECTED),
        ({}, Verdict.UNKNOWN),
    ],
)
def test_balance_not_ours_failed_or_missing(fields: dict[str, Any], verdict: Verdict):
    assert balance_of(fields).reading.verdict is verdict


def test_statement_lines_are_read():
    day = date(2016, 9, 1)
    message = DRIVER.render_statement(
        account_no="0201245680", reference_no="1", first_day=day, last_day=day, at=AT
    )
    entry = {
        "TransactionDate": "2016-09-01",
        "TransactionType": "D",
        "TransactionAmount": "100000.00",
        "TransactionName": "TRSF E-BANKING DB",
        "Trailer": "INV 1",
    }
    fields = {"Currency": "IDR", "Data": [entry]}
    found = play(DRIVER.statement(message, ENVELOPE), json_answer(200, fields)).result
    assert found.complete
    assert (found.lines[0].debit, found.lines[0].remark) == (True, "TRSF E-BANKING DB INV 1")
    broken = json_answer(200, {"Currency": "IDR", "Data": [entry, {"TransactionType": "D"}]})
    assert not play(DRIVER.statement(message, ENVELOPE), broken).result.complete


@pytest.mark.parametrize(
    ("written", "day"),
    [
        ("2016-09-01", date(2016, 9, 1)),
        ("01/09", date(2016, 9, 1)),
        ("05/09", date(2016, 9, 5)),
        ("31/12", date(2016, 12, 31)),
        ("03/08", date(2016, 8, 3)),
        ("31/02", None),
        ("PEND", None),
        ("", None),
    ],
)
def test_day_of_a_line_without_a_year_is_the_nearest_to_the_statements_end(
    written: str, day: date | None
):
    message = DRIVER.render_statement(
        account_no="0201245680",
        reference_no="1",
        first_day=date(2016, 9, 1),
        last_day=date(2016, 9, 2),
        at=AT,
    )
    line = {"TransactionType": "D", "TransactionAmount": "1.00", "TransactionDate": written}
    fields = {"Currency": "IDR", "EndDate": "2016-09-02", "Data": [line]}
    found = play(DRIVER.statement(message, ENVELOPE), json_answer(200, fields)).result
    at = found.lines[0].at
    assert (at.date() if at else None) == day


def test_days_of_a_statement_over_new_year_are_of_two_years():
    lines = [
        {"TransactionType": "D", "TransactionAmount": "1.00", "TransactionDate": day}
        for day in ("31/12", "02/01")
    ]
    message = DRIVER.render_statement(
        account_no="0201245680",
        reference_no="1",
        first_day=date(2016, 12, 31),
        last_day=date(2017, 1, 1),
        at=AT,
    )
    answer = json_answer(200, {"Currency": "IDR", "EndDate": "2017-01-01", "Data": lines})
    found = play(DRIVER.statement(message, ENVELOPE), answer).result
    assert [line.at.date() for line in found.lines] == [date(2016, 12, 31), date(2017, 1, 2)]


def test_name_elsewhere():
    message = DRIVER.render_account_inquiry(
        account_no="888801000157508", bank_code="BRINIDJA", reference_no="1", at=AT
    )
    assert message.path.endswith("/beneficiaries/banks/BRINIDJA/accounts/888801000157508")
    fields = {"account_number": "888801000157508", "account_name": "YORIES"}
    found = play(DRIVER.account_inquiry(message, ENVELOPE), json_answer(200, fields)).result
    assert found.account_name == "YORIES"
    foreign = json_answer(200, fields | {"account_number": "1"})
    assert play(DRIVER.account_inquiry(message, ENVELOPE), foreign).result.account_name == ""
