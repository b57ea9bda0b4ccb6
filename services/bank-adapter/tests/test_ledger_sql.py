"""The ledger on SQLite and on MariaDB: one meaning."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence

import pytest
from bank_adapter.adapters.sql_ownership import SQLOwnership
from bank_adapter.adapters.sql_tables import bank_token
from bank_adapter.application.ports.ledger import (
    AlreadyThereError,
    OvertakenError,
    PagePosition,
    TransferFilter,
)
from bank_adapter.application.ports.token_store import StoredToken
from bank_adapter.domain.attempt import AttemptResult
from bank_adapter.domain.change import Change
from bank_adapter.domain.sending import expire
from bank_adapter.domain.states import State
from msgspec.structs import replace
from servicekit.clock import SystemClock
from servicekit.group_commit import CommitError, Unit
from sqlalchemy import select
from use_cases import UseCases, open_use_cases, request

IDENTITY = "bca/gw-demo-client-0001"


@pytest.fixture
async def house(ledger_url: str) -> AsyncIterator[UseCases]:
    async with open_use_cases(ledger_url) as opened:
        yield opened


async def test_what_is_stored_comes_back_the_same(house: UseCases) -> None:
    remark = "Tagihan No 1"
    created = await house.create.execute(
        request("INV-1", remark=remark, beneficiary_account_name="José Ω"), wait_s=5
    )

    found = await house.ledger.get(created.transfer.transfer_id)

    assert found == created.transfer
    assert found is not None
    assert found.order.beneficiary_account_name == "José Ω"


async def test_stale_version_is_refused_and_changes_nothing(house: UseCases) -> None:
    house.bank.script.append("not_sent")
    transfer = await house.pay()
    change = expire(transfer, at_us=house.clock.now_us(), actor="test")
    await house.ledger.apply(change)

    with pytest.raises(OvertakenError):
        await house.ledger.apply(change)

    events = await house.ledger.events(transfer.transfer_id)
    assert [event.event for event in events].count("EXPIRE") == 1


async def test_taken_key_is_refused_and_changes_nothing(house: UseCases) -> None:
    first = await house.pay("INV-1")
    attempts = await house.ledger.attempts(first.transfer_id)

    twin = replace(first, transfer_id="01TWIN00000000000000000000")
    change = Change(before=None, after=twin)
    with pytest.raises(AlreadyThereError):
        await house.ledger.apply(change)

    assert await house.ledger.get(twin.transfer_id) is None
    assert await house.ledger.attempts(first.transfer_id) == attempts


async def test_one_of_many_racing_changes_wins(house: UseCases) -> None:
    house.bank.script.append("not_sent")
    transfer = await house.pay()
    house.clock.advance(2)

    outcomes = await asyncio.gather(
        *(house.send.resume(transfer) for _ in range(10)), return_exceptions=True
    )

    assert sum(not isinstance(outcome, BaseException) for outcome in outcomes) == 1
    assert sum(house.bank.debits.values()) == 1


async def test_one_bad_unit_does_not_spoil_its_batch(house: UseCases) -> None:
    await house.pay("INV-0")

    results = await asyncio.gather(
        *(
            house.create.execute(request(f"INV-{number}"), wait_s=5)
            for number in [0, 0, *range(1, 30)]
        )
    )

    assert sum(result.replayed for result in results) == 2
    assert sum(house.bank.debits.values()) == 30
    assert max(house.bank.debits.values()) == 1


async def test_ownerless_sending_is_found_and_given_up(house: UseCases) -> None:
    house.bank.gate = asyncio.Event()
    early = await house.pay(wait_s=0.01)

    # The fake lease has no row: to the database this process is dead.
    given_up = await house.recover.execute()

    assert given_up == 1
    found = await house.ledger.get(early.transfer_id)
    assert found is not None
    assert (found.state, found.state_reason) == (State.UNKNOWN, "OWNER_DIED")
    house.bank.gate.set()
    await house.create.drain()
    late = await house.ledger.get(early.transfer_id)
    assert late is not None
    assert late.state is State.SETTLED
    assert sum(house.bank.debits.values()) == 1


async def test_living_owner_keeps_its_payment_until_the_deadline(house: UseCases) -> None:
    lease = SQLOwnership(
        house.writer, owner_id=house.ownership.owner_id, length_s=60, clock=SystemClock()
    )
    await lease.take()
    house.bank.gate = asyncio.Event()
    early = await house.pay(wait_s=0.01)

    before = await house.recover.execute()
    house.clock.advance(91)
    after = await house.recover.execute()

    assert (before, after) == (0, 1)
    found = await house.ledger.get(early.transfer_id)
    assert found is not None
    assert (found.state, found.state_reason) == (State.UNKNOWN, "DEADLINE_PASSED")
    attempt = await house.ledger.attempt(found.attempt_id)
    assert attempt is not None
    assert attempt.result is AttemptResult.LOST
    house.bank.gate.set()


async def test_released_lease_makes_its_payments_ownerless_at_once(house: UseCases) -> None:
    lease = SQLOwnership(
        house.writer, owner_id=house.ownership.owner_id, length_s=60, clock=SystemClock()
    )
    await lease.take()
    house.bank.gate = asyncio.Event()
    await house.pay(wait_s=0.01)

    assert lease.holds()
    await lease.release()

    assert not lease.holds()
    assert await house.recover.execute() == 1
    house.bank.gate.set()


async def test_lists_page_without_gap_or_repeat(house: UseCases) -> None:
    for number in range(7):
        await house.pay(f"INV-{number}")
        if number % 2:
            house.clock.advance(1)
    wanted = TransferFilter(client_id="erp")
    seen: list[str] = []
    position: PagePosition | None = None
    while True:
        page = await house.read.newest(wanted, after=position, limit=3)
        seen += [transfer.partner_reference_no for transfer in page.transfers]
        position = page.next
        if position is None:
            break

    assert sorted(seen) == [f"INV-{number}" for number in range(7)]


async def test_feed_shows_each_settled_change_once_and_goes_on(house: UseCases) -> None:
    wanted = TransferFilter(client_id="erp")
    await house.pay("INV-1")
    start = PagePosition(at_us=0, transfer_id="")

    fresh = await house.read.changed(wanted, after=start, limit=10)
    house.clock.advance(6)
    first = await house.read.changed(wanted, after=start, limit=10)
    assert first.next is not None
    await house.pay("INV-2")
    house.clock.advance(6)
    second = await house.read.changed(wanted, after=first.next, limit=10)

    assert not fresh.transfers
    assert [transfer.partner_reference_no for transfer in first.transfers] == ["INV-1"]
    assert [transfer.partner_reference_no for transfer in second.transfers] == ["INV-2"]


async def test_filters_narrow_the_list(house: UseCases) -> None:
    await house.pay("INV-1")
    house.bank.script.append("lost")
    await house.pay("INV-2")

    unknown = await house.read.newest(
        TransferFilter(client_id="erp", states=frozenset({State.UNKNOWN})), after=None, limit=9
    )
    other = await house.read.newest(TransferFilter(client_id="other"), after=None, limit=9)

    assert [transfer.partner_reference_no for transfer in unknown.transfers] == ["INV-2"]
    assert not other.transfers


async def test_token_lease_has_one_holder_and_generations_grow(house: UseCases) -> None:
    now = house.clock.now_us()

    first = await house.store.lease(IDENTITY, holder="a", now_us=now, until_us=now + 10)
    second = await house.store.lease(IDENTITY, holder="b", now_us=now, until_us=now + 10)
    token = StoredToken(value="t", generation=1, expires_us=now + 100)
    stolen = await house.store.save(IDENTITY, token, holder="b")
    saved = await house.store.save(IDENTITY, token, holder="a")
    after = await house.store.lease(IDENTITY, holder="b", now_us=now + 1, until_us=now + 10)

    assert (first, second, stolen, saved, after) == (True, False, False, True, True)
    assert await house.store.load(IDENTITY) == token


async def test_token_is_given_up_only_while_it_is_current(house: UseCases) -> None:
    bank = house.banks.find("bca")
    old = await house.tokens.current(bank)
    await house.tokens.give_up(bank, old)
    new = await house.tokens.current(bank)

    await house.tokens.give_up(bank, old)

    assert new.generation == old.generation + 1
    assert await house.tokens.current(bank) == new
    assert house.bank.tokens == 2


async def test_many_senders_share_one_token_refresh(house: UseCases) -> None:
    await asyncio.gather(*(house.pay(f"INV-{number}") for number in range(20)))

    assert house.bank.tokens == 1


async def test_stored_token_is_not_readable_in_the_database(house: UseCases) -> None:
    token = await house.tokens.current(house.banks.find("bca"))

    row = await house.ledger._reader.run(lambda c: c.execute(select(bank_token)).one())

    assert token.value.encode() not in row.ciphertext


async def test_conclusions_of_many_payments_share_their_commits(house: UseCases) -> None:
    """A statement that cannot be merged would send every batch through alone."""
    # The first token's lease has a guard that fails once, and says so.
    await house.tokens.current(house.banks.find("bca"))
    alone: list[int] = []
    write_alone = house.writer._writer._write_alone

    def watched(units: Sequence[Unit]) -> list[CommitError | None]:
        if len(units) > 1:
            alone.append(len(units))
        return write_alone(units)

    house.writer._writer._write_alone = watched  # type: ignore[method-assign]
    await asyncio.gather(*(house.pay(f"INV-{number}") for number in range(40)))

    assert not alone
    assert sum(house.bank.debits.values()) == 40


async def test_unresolved_twin_is_found_behind_many_newer_ones(house: UseCases) -> None:
    house.bank.script.append("lost")
    first = await house.pay("INV-0")
    for number in range(1, 25):
        await house.create.execute(request(f"INV-{number}", allow_duplicate=True), wait_s=5)
        house.clock.advance(1)

    twins = await house.ledger.twins("erp", first.twin, limit=20)

    assert twins[0].transfer_id == first.transfer_id
