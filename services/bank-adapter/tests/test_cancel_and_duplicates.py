"""Cancelling, and payments that look like one another."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest
from bank_adapter.application.cancel_transfer import CancelTransfer, NotCancellableError
from bank_adapter.application.create_transfer import PossibleDuplicateError
from bank_adapter.domain.states import State
from use_cases import UseCases, open_use_cases, request


@pytest.fixture
async def house(sqlite_url: str) -> AsyncIterator[UseCases]:
    async with open_use_cases(sqlite_url) as opened:
        yield opened


def canceller(house: UseCases) -> CancelTransfer:
    return CancelTransfer(
        ledger=house.ledger,
        holds=house.holds,
        identifiers=house.create._identifiers,
        clock=house.clock,
    )


async def test_waiting_payment_is_cancelled_and_never_sent(house: UseCases) -> None:
    house.bank.script.append("not_sent")
    transfer = await house.pay()

    cancelled = await canceller(house).execute(transfer, actor="erp")
    house.clock.advance(60)
    await house.work_once()

    assert cancelled.state is State.CANCELLED
    assert not house.bank.debits


async def test_cancelling_twice_gives_the_same_answer(house: UseCases) -> None:
    house.bank.script.append("not_sent")
    transfer = await house.pay()
    first = await canceller(house).execute(transfer, actor="erp")

    again = await canceller(house).execute(first, actor="erp")

    assert again == first


@pytest.mark.parametrize("signal", ["good", "lost", "accepted", "403/4031714"])
async def test_payment_that_may_have_left_cannot_be_cancelled(house: UseCases, signal: str) -> None:
    house.bank.script.append(signal)
    transfer = await house.pay()

    with pytest.raises(NotCancellableError):
        await canceller(house).execute(transfer, actor="erp")

    assert (await house.ledger.get(transfer.transfer_id)) == transfer


async def test_payment_under_way_cannot_be_cancelled(house: UseCases) -> None:
    house.bank.gate = asyncio.Event()
    transfer = await house.pay(wait_s=0.01)

    with pytest.raises(NotCancellableError):
        await canceller(house).execute(transfer, actor="erp")

    house.bank.gate.set()


async def test_worker_and_canceller_cannot_both_have_the_payment(house: UseCases) -> None:
    house.bank.script.append("not_sent")
    transfer = await house.pay()
    house.clock.advance(2)

    outcomes = await asyncio.gather(
        house.send.resume(transfer),
        canceller(house).execute(transfer, actor="erp"),
        return_exceptions=True,
    )

    last = await house.ledger.get(transfer.transfer_id)
    assert last is not None
    assert sum(isinstance(outcome, Exception) for outcome in outcomes) == 1
    assert (last.state is State.SETTLED) == (sum(house.bank.debits.values()) == 1)


async def test_new_key_beside_an_unresolved_twin_is_refused_naming_it(house: UseCases) -> None:
    house.bank.script.append("lost")
    first = await house.pay("INV-1")

    with pytest.raises(PossibleDuplicateError) as refused:
        await house.create.execute(request("INV-2"), wait_s=5)

    assert refused.value.transfer.transfer_id == first.transfer_id
    assert await house.ledger.find_by_reference("erp", "INV-2") is None


async def test_client_that_insists_pays_beside_an_unresolved_twin(house: UseCases) -> None:
    house.bank.script.append("lost")
    await house.pay("INV-1")

    created = await house.create.execute(request("INV-2", allow_duplicate=True), wait_s=5)

    assert created.transfer.state is State.SETTLED


async def test_replay_of_the_unresolved_payment_itself_is_no_duplicate(house: UseCases) -> None:
    house.bank.script.append("lost")
    first = await house.pay("INV-1")

    again = await house.create.execute(request("INV-1"), wait_s=5)

    assert (again.replayed, again.transfer.transfer_id) == (True, first.transfer_id)


async def test_replay_of_a_settled_payment_beside_an_unresolved_twin_is_answered(
    house: UseCases,
) -> None:
    settled = await house.pay("INV-1")
    house.bank.script.append("lost")
    await house.create.execute(request("INV-2"), wait_s=5)

    again = await house.create.execute(request("INV-1"), wait_s=5)

    assert (again.replayed, again.transfer.transfer_id) == (True, settled.transfer_id)


async def test_likeness_of_the_same_day_is_flagged_and_paid(house: UseCases) -> None:
    first = await house.pay("INV-1")

    second = await house.pay("INV-2")
    other_remark = await house.create.execute(request("INV-3", remark="INV 3"), wait_s=5)

    assert second.state is State.SETTLED
    assert second.possible_duplicate_of == first.transfer_id
    assert other_remark.transfer.possible_duplicate_of == ""


async def test_rejected_twin_is_no_duplicate(house: UseCases) -> None:
    house.bank.script.append("403/4031714")
    await house.pay("INV-1")

    second = await house.pay("INV-2")

    assert second.possible_duplicate_of == ""
