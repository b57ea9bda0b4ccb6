"""What a statement denies or sends back: a person, or the bank, has the next word."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
from bank_adapter.domain.change import Change, bump
from bank_adapter.domain.kept_line import LineKind
from bank_adapter.domain.states import PublicState, State
from msgspec.structs import replace
from statement_house import (
    TOMORROW_S,
    audited,
    debited,
    lines,
    now,
    stored,
)
from use_cases import UseCases, open_use_cases


@pytest.fixture
async def house(ledger_url: str) -> AsyncIterator[UseCases]:
    async with open_use_cases(ledger_url) as opened:
        opened.bank.by_day = True
        yield opened


async def test_settled_payment_that_no_statement_shows_needs_a_person(house: UseCases) -> None:
    transfer = await house.pay()
    for day in range(1, 5):
        house.clock.advance(TOMORROW_S)
        await house.reconcile.execute()
        after = await stored(house, transfer)
        assert (after.state is State.NEEDS_OPERATOR) == (day >= 4), day

    assert after.state_reason == "NOT_ON_STATEMENT"


@pytest.mark.parametrize("behaviour", ["more", "undated", "unexplained", "operator"])
async def test_any_doubt_keeps_a_missing_payment_settled(house: UseCases, behaviour: str) -> None:
    transfer = await house.pay()
    match behaviour:
        case "more":
            house.bank.statement_script.extend(["more"] * 99)
        case "undated":
            house.bank.by_day = False
            house.bank.statement.append(("1.00", "CREDIT", "someday", "X"))
        case "unexplained":
            debited(house, "TRSF")
        case "operator":
            changed = replace(transfer, state_reason="RESOLVED_BY_OPERATOR")
            await house.ledger.apply(Change(before=transfer, after=bump(changed)))
    for _ in range(4):
        house.clock.advance(TOMORROW_S)
        await house.reconcile.execute()

    assert (await stored(house, transfer)).state is State.SETTLED


async def test_unresolved_payments_debit_is_unclear_until_its_own_inquiry_settles_it(
    house: UseCases,
) -> None:
    house.bank.script.append("booked_but_lost")
    transfer = await house.pay()
    debited(house)

    unclear = await now(house)
    assert (await stored(house, transfer)).state is State.UNKNOWN
    house.clock.advance(31)
    await house.work_once()
    clear = await now(house)

    assert (unclear.tally.unclear_count, unclear.tally.unknown_count) == (1, 0)
    assert (clear.tally.unclear_count, clear.tally.reconciled_count) == (0, 1)
    assert [line.kind for line in await lines(house)] == [LineKind.DEBIT]
    assert not await audited(house, "bank.statement.unknown_debit")


async def test_refused_payment_whose_reference_was_debited_needs_a_person(house: UseCases) -> None:
    house.bank.script.append("403/4031714")
    transfer = await house.pay()
    debited(house, f"TRSF {transfer.order.bank_partner_reference_no}")

    await now(house)

    after = await stored(house, transfer)
    assert (after.state, after.state_reason) == (State.NEEDS_OPERATOR, "DEBIT_ON_STATEMENT")


async def test_waiting_payment_beside_a_debit_like_it_is_not_sent(house: UseCases) -> None:
    house.bank.script.append("not_sent")
    transfer = await house.pay()
    debited(house)

    await now(house)
    house.clock.advance(5)
    await house.work_once()

    after = await stored(house, transfer)
    assert (after.state, after.state_reason) == (State.NEEDS_OPERATOR, "DEBIT_ON_STATEMENT")
    assert after.exposed_count == 1
    assert not house.bank.debits


async def test_credit_that_names_the_reference_returns_the_payment(house: UseCases) -> None:
    transfer = await house.pay()
    debited(house)
    debited(house, f"KOREKSI {transfer.order.bank_partner_reference_no}", "CREDIT")

    await now(house)

    after = await stored(house, transfer)
    assert (after.public_state, after.state_reason) == (
        PublicState.RETURNED,
        "RETURN_ON_STATEMENT",
    )


async def test_credit_that_looks_like_a_return_is_believed_when_the_bank_confirms(
    house: UseCases,
) -> None:
    transfer = await house.pay()
    debited(house)
    debited(house, "KR OTOMATIS RETUR INV 1", "CREDIT")
    house.bank.status_script.append("04")

    first = await now(house)
    assert (await stored(house, transfer)).public_state is PublicState.SETTLED
    await house.work_once()

    assert first.tally.returned_count == 1
    assert (await stored(house, transfer)).state is State.RETURNED
    assert (await now(house)).tally.returned_count == 0


async def test_bank_that_denies_the_return_is_asked_once(house: UseCases) -> None:
    transfer = await house.pay()
    debited(house)
    debited(house, "KR OTOMATIS RETUR INV 1", "CREDIT")

    await now(house)
    await house.work_once()
    await now(house)
    asked = len(await house.ledger.attempts(transfer.transfer_id))
    await house.work_once()

    assert (await stored(house, transfer)).state is State.RECONCILED
    assert len(await house.ledger.attempts(transfer.transfer_id)) == asked == 2


async def test_money_of_the_same_amount_without_a_word_for_it_is_no_return(
    house: UseCases,
) -> None:
    transfer = await house.pay()
    debited(house)
    debited(house, "SETORAN INV 1", "CREDIT")

    assert (await now(house)).tally.returned_count == 0
    assert (await stored(house, transfer)).next_action_us == 0
