"""Not found becomes final only with grace behind us and a clean statement."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import datetime

import pytest
from bank_adapter.domain.absence import proves_absence
from bank_adapter.domain.bank_day import JAKARTA
from bank_adapter.domain.money import Money
from bank_adapter.domain.statement_line import StatementLine
from bank_adapter.domain.states import State
from fake_bank import STATEMENT_PATH
from use_cases import UseCases, open_use_cases

OURS = "1250000.00"


@pytest.fixture
async def house(sqlite_url: str) -> AsyncIterator[UseCases]:
    async with open_use_cases(sqlite_url) as opened:
        yield opened


async def lost_and_asked_later(house: UseCases, *, hours: float) -> State:
    house.bank.script.append("lost")
    transfer = await house.pay()
    house.clock.advance(hours * 3600)
    await house.work_once()
    found = await house.ledger.get(transfer.transfer_id)
    assert found is not None
    return found.state


async def test_grace_over_and_statement_clean_rejects(house: UseCases) -> None:
    assert await lost_and_asked_later(house, hours=1.1) is State.REJECTED


async def test_within_grace_no_statement_is_even_asked(house: UseCases) -> None:
    assert await lost_and_asked_later(house, hours=0.5) is State.UNKNOWN
    assert all(step.path != STATEMENT_PATH for step in house.bank.received)


@pytest.mark.parametrize(
    ("lines", "state"),
    [
        ([(OURS, "CREDIT", "2026-01-01T07:00:01+07:00")], State.REJECTED),
        ([("1250000.01", "DEBIT", "2026-01-01T07:00:01+07:00")], State.REJECTED),
        ([(OURS, "DEBIT", "2026-01-01T06:00:00+07:00")], State.REJECTED),
        ([(OURS, "DEBIT", "2026-01-01T07:00:01+07:00")], State.UNKNOWN),
        ([(OURS, "DEBIT", "2026-01-01T06:55:00+07:00")], State.UNKNOWN),
        ([(OURS, "DEBIT", "2026-01-01T00:00:00+07:00")], State.UNKNOWN),
        ([(OURS, "DEBIT", "someday")], State.UNKNOWN),
    ],
)
async def test_any_debit_that_could_be_ours_keeps_it_unknown(
    house: UseCases, lines: list[tuple[str, str, str]], state: State
) -> None:
    house.bank.statement = lines

    assert await lost_and_asked_later(house, hours=1.1) is state


@pytest.mark.parametrize("behaviour", ["lost", "more"])
async def test_statement_that_is_missing_or_incomplete_proves_nothing(
    house: UseCases, behaviour: str
) -> None:
    house.bank.statement_script.append(behaviour)

    assert await lost_and_asked_later(house, hours=1.1) is State.UNKNOWN


def test_empty_but_incomplete_statement_proves_nothing() -> None:
    since = datetime(2026, 1, 1, 7, tzinfo=JAKARTA)
    ours = Money.parse(OURS, "IDR")

    assert not proves_absence([], complete=False, amount=ours, since=since)
    assert proves_absence([], complete=True, amount=ours, since=since)
    assert not proves_absence(
        [StatementLine(amount=ours, debit=True, at=None)], complete=True, amount=ours, since=since
    )
