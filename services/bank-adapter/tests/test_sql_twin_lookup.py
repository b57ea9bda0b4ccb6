"""Many ask for their twins at once: each hears of its own, by few queries."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from typing import TypeVar

import pytest
from bank_adapter.adapters.sql_reader import SQLReader
from bank_adapter.adapters.sql_twin_lookup import SQLTwinLookup
from bank_adapter.application.ports.ledger import UnavailableError
from sqlalchemy import Connection
from use_cases import UseCases, open_use_cases, request

T = TypeVar("T")


class CountingReader(SQLReader):
    """Counts its queries and fails when told to."""

    def __init__(self, real: SQLReader) -> None:
        self._real = real
        self.queries = 0
        self.fails = False

    async def run(self, query: Callable[[Connection], T]) -> T:
        self.queries += 1
        if self.fails:
            raise UnavailableError
        return await self._real.run(query)


@pytest.fixture
async def house(ledger_url: str) -> AsyncIterator[UseCases]:
    async with open_use_cases(ledger_url) as opened:
        yield opened


async def test_each_asker_hears_of_its_own_twin_by_few_queries(house: UseCases) -> None:
    await house.pay("INV-1")
    known, other = request("X").twin, request("X", remark="", source_account_no="1").twin
    reader = CountingReader(house.ledger._reader)
    lookup = SQLTwinLookup(reader)

    answers = await asyncio.gather(
        lookup.has_any("erp", known),
        *(lookup.has_any("erp", other) for _ in range(20)),
        lookup.has_any("somebody", known),
        lookup.has_any("erp", known),
    )

    assert answers == [True, *[False] * 20, False, True]
    assert reader.queries <= 2


async def test_database_away_is_told_to_everyone_and_the_next_asks_again(house: UseCases) -> None:
    reader = CountingReader(house.ledger._reader)
    lookup = SQLTwinLookup(reader)
    reader.fails = True

    answers = await asyncio.gather(
        *(lookup.has_any("erp", bytes(32)) for _ in range(3)), return_exceptions=True
    )
    assert [type(answer) for answer in answers] == [UnavailableError] * 3

    reader.fails = False
    assert await lookup.has_any("erp", bytes(32)) is False


async def test_asker_that_hangs_up_leaves_the_others_their_answers(house: UseCases) -> None:
    lookup = SQLTwinLookup(house.ledger._reader)
    first = asyncio.create_task(lookup.has_any("erp", bytes(32)))
    second = asyncio.create_task(lookup.has_any("erp", bytes(32)))
    await asyncio.sleep(0)
    first.cancel()

    assert await second is False
