"""One token of a bank for all replicas: asked for once, whoever looks when."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
from bank_adapter.application.ports.token_store import StoredToken
from use_cases import UseCases, open_use_cases

HOUR_US = 3_600_000_000


@pytest.fixture
async def house(ledger_url: str) -> AsyncIterator[UseCases]:
    async with open_use_cases(ledger_url) as opened:
        yield opened


async def test_token_that_another_stored_between_look_and_lease_is_used_not_replaced(
    house: UseCases, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Asking for one more would end it at the bank, for everybody."""
    bank = house.banks.by_id["bca"]
    tokens = house.tokens
    store, lease = house.store, house.store.lease
    dead = await tokens.current(bank)
    await tokens.give_up(bank, dead)
    asked = len(house.bank.received)

    async def late(bank_identity: str, *, holder: str, now_us: int, until_us: int) -> bool:
        monkeypatch.undo()
        assert await lease(bank_identity, holder="other", now_us=now_us, until_us=until_us)
        others = StoredToken(
            value="of-the-other",
            generation=dead.generation + 1,
            expires_us=house.clock.now_us() + HOUR_US,
        )
        assert await store.save(bank_identity, others, holder="other")
        return await lease(bank_identity, holder=holder, now_us=now_us, until_us=until_us)

    monkeypatch.setattr(store, "lease", late)

    assert (await tokens.current(bank)).value == "of-the-other"
    assert len(house.bank.received) == asked
    # The lease is free again.
    now_us = house.clock.now_us()
    assert await lease(bank.identity, holder="third", now_us=now_us, until_us=now_us + HOUR_US)
