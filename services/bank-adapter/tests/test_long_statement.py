"""A statement with more lines than the bank gives at once: 9,000 at BCA."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from bank_adapter.application.ask_about_accounts import Asker
from bank_adapter.application.ports.bank_wire import Lost, NotSent
from bank_adapter.domain.bank_day import jakarta
from bank_adapter.domain.conversation import Answer, Send
from bank_adapter.drivers.registry import open_driver
from bank_adapter.snap.timestamp import JAKARTA
from fake_bank import answer
from use_cases import PROFILE, UseCases, open_use_cases

ASKER = Asker(client_id="erp", allowed_accounts=frozenset({"bca:1234567890"}), trace_id="t")
AT_ONCE = 10


@dataclass
class FakeStatements:
    """Gives its newest lines, at most ten; on a holiday it runs on to the next day."""

    days: list[date]
    holidays: frozenset[date] = frozenset()
    asked: list[tuple[date, date]] = field(default_factory=list)

    async def send(
        self, step: Send, *, timeout_s: float, before_first_byte: Callable[[], str | None]
    ) -> Answer | NotSent | Lost:
        if step.path.endswith("access-token/b2b"):
            return answer(200, {"responseCode": "2007300", "accessToken": "t", "expiresIn": "900"})
        asked = json.loads(step.body)
        first, last = (
            datetime.fromisoformat(asked[name]).date() for name in ("fromDateTime", "toDateTime")
        )
        self.asked.append((first, last))
        while last in self.holidays:
            last += timedelta(days=1)
        lines = [
            {
                "amount": {"value": f"{number + 1}.00", "currency": "IDR"},
                "transactionDate": datetime(
                    day.year, day.month, day.day, 12, tzinfo=JAKARTA
                ).isoformat(),
                "remark": f"LINE {number}",
                "type": "DEBIT",
            }
            for number, day in enumerate(self.days)
            if first <= day <= last
        ]
        return answer(200, {"responseCode": "2001400", "detailData": lines[::-1][:AT_ONCE]})


@pytest.fixture
async def house(sqlite_url: str) -> AsyncIterator[UseCases]:
    async with open_use_cases(sqlite_url) as opened:
        yield opened


def today(house: UseCases) -> date:
    return jakarta(house.clock.now_us()).date()


async def ask(house: UseCases, bank: FakeStatements, days: int = 31) -> Any:
    driver = open_driver("bca_snap", {**PROFILE, "statement_lines": AT_ONCE})
    house.banks.by_id["bca"] = replace(house.banks.by_id["bca"], driver=driver, wire=bank)
    last = today(house)
    _, reading = await house.ask.statement(
        ASKER,
        bank_id="bca",
        account_no="1234567890",
        first_day=last - timedelta(days=days - 1),
        last_day=last,
    )
    return reading


def days_before(house: UseCases, *counts: int) -> list[date]:
    """A day for each line, oldest first."""
    last = today(house)
    return [last - timedelta(days=ago) for ago in sorted(counts, reverse=True)]


async def test_short_statement_is_asked_once(house: UseCases) -> None:
    bank = FakeStatements(days_before(house, *range(9)))

    reading = await ask(house, bank)

    assert (len(reading.lines), reading.complete, len(bank.asked)) == (9, True, 1)


async def test_period_with_too_many_lines_is_asked_in_halves_newest_first(
    house: UseCases,
) -> None:
    bank = FakeStatements(days_before(house, *(list(range(31)) * 2)))

    reading = await ask(house, bank)

    assert reading.complete
    assert [line.remark for line in reading.lines] == [f"LINE {n}" for n in range(61, -1, -1)]
    covered = [first for first, last in bank.asked if (last - first).days < 5]
    assert covered == sorted(covered, reverse=True)


async def test_one_day_with_too_many_lines_stays_incomplete(house: UseCases) -> None:
    bank = FakeStatements(days_before(house, *([3] * 11), 1))

    reading = await ask(house, bank)

    assert not reading.complete
    assert len(reading.lines) == 11


async def test_lines_that_a_holiday_shows_twice_are_given_once(house: UseCases) -> None:
    days = days_before(house, *([0] * 6), *([1] * 6), *([2] * 5))
    bank = FakeStatements(days, holidays=frozenset({today(house) - timedelta(days=2)}))

    reading = await ask(house, bank, days=4)

    remarks = [line.remark for line in reading.lines]
    assert len(remarks) == len(set(remarks))


async def test_single_day_is_never_halved(house: UseCases) -> None:
    bank = FakeStatements(days_before(house, *([0] * 12)))

    reading = await ask(house, bank, days=1)

    assert (reading.complete, len(bank.asked)) == (False, 1)
