"""Statements against the ledger, over both databases: what moves, what is reported, once."""

from __future__ import annotations

import asyncio
import dataclasses
from collections.abc import AsyncIterator
from datetime import date

import pytest
from bank_adapter.application.ports.reconciliation_store import LineFilter
from bank_adapter.application.reconcile_daily import NotReconciledError, ReconcilingNowError
from bank_adapter.domain.change import Change, bump, step
from bank_adapter.domain.kept_line import LineKind
from bank_adapter.domain.reconciliation import Progress, ReconciliationPolicy
from bank_adapter.domain.states import Event, PublicState, State
from bank_adapter.domain.transfer import Transfer
from statement_house import (
    ACCOUNT,
    AMOUNT,
    TOMORROW_S,
    audited,
    debited,
    lines,
    now,
    questions,
    stored,
)
from use_cases import UseCases, open_use_cases, request


@pytest.fixture
async def house(ledger_url: str) -> AsyncIterator[UseCases]:
    async with open_use_cases(ledger_url) as opened:
        opened.bank.by_day = True
        yield opened


async def test_debit_on_the_statement_reconciles_and_is_kept(house: UseCases) -> None:
    transfer = await house.pay()
    debited(house)
    house.clock.advance(TOMORROW_S)

    assert await house.reconcile.execute() == 1

    after = await stored(house, transfer)
    assert after.state is State.RECONCILED
    assert after.public_state is PublicState.SETTLED
    assert after.reconciled_us == house.clock.now_us()
    (line,) = await lines(house)
    assert (line.kind, line.transfer_id, line.basis) == (
        LineKind.DEBIT,
        transfer.transfer_id,
        "REMARK",
    )
    (told,) = await audited(house, "bank.statement.reconciled")
    assert dict(told.attributes)["accountNo"] == "******7890"


async def test_day_is_done_once_and_reads_each_of_its_days_alone(house: UseCases) -> None:
    await house.pay()
    house.clock.advance(TOMORROW_S)

    first, second = await house.reconcile.execute(), await house.reconcile.execute()

    assert (first, second) == (1, 0)
    assert questions(house) == [f"2025-12-{day}" for day in (28, 29, 30, 31)] + ["2026-01-01"]


async def test_day_that_is_done_is_not_looked_for_again(
    house: UseCases, monkeypatch: pytest.MonkeyPatch
) -> None:
    await house.pay()
    house.clock.advance(TOMORROW_S)
    await house.reconcile.execute()

    async def no_look(*_arguments: object, **_options: object) -> tuple[str, ...]:
        raise AssertionError("looked again")

    monkeypatch.setattr(house.statements, "accounts", no_look)

    assert await house.reconcile.execute() == 0


async def test_of_two_workers_one_reconciles(house: UseCases) -> None:
    await house.pay()
    house.clock.advance(TOMORROW_S)

    done = await asyncio.gather(*(house.reconcile.execute() for _ in range(4)))

    assert sum(done) == 1
    assert len(questions(house)) == 5


async def test_day_is_not_over_before_its_hour(house: UseCases) -> None:
    await house.pay()
    # 07:00 in Jakarta when the payment is made; 05:59 the next morning.
    house.clock.advance(23 * 3600 - 60)
    assert await house.reconcile.execute() == 0

    house.clock.advance(60)
    assert await house.reconcile.execute() == 1


async def test_bank_without_a_policy_is_left_alone(house: UseCases) -> None:
    house.banks.by_id["bca"] = dataclasses.replace(house.banks.find("bca"), reconciliation=None)
    await house.pay()
    house.clock.advance(TOMORROW_S)

    assert await house.reconcile.execute() == 0
    with pytest.raises(NotReconciledError):
        await now(house)


async def test_run_that_died_is_taken_up_when_its_claim_ends(house: UseCases) -> None:
    transfer = await house.pay()
    debited(house)
    house.clock.advance(TOMORROW_S)
    house.bank.statement_gate = asyncio.Event()
    dying = asyncio.create_task(house.reconcile.execute())
    await house.bank.statement_asked.wait()
    dying.cancel()
    await asyncio.gather(dying, return_exceptions=True)
    house.bank.statement_gate = None

    assert await house.reconcile.execute() == 0
    with pytest.raises(ReconcilingNowError):
        await house.reconcile.now(
            house.banks.find("bca"), ACCOUNT, date(2026, 1, 1), operator="jane", trace_id=""
        )
    house.clock.advance(901)
    assert await house.reconcile.execute() == 1
    assert (await stored(house, transfer)).state is State.RECONCILED


async def test_no_statement_is_tried_again_later(house: UseCases) -> None:
    await house.pay()
    house.clock.advance(TOMORROW_S)
    house.bank.statement_script.append("lost")

    assert await house.reconcile.execute() == 0
    failed = await house.statements.load("bca", ACCOUNT, date(2026, 1, 1))
    assert failed is not None
    assert (failed.progress, failed.problem) == (Progress.FAILED, "TIMEOUT")
    house.clock.advance(901)
    assert await house.reconcile.execute() == 1


async def test_unknown_debit_is_reported_once_and_changes_nothing(house: UseCases) -> None:
    await house.pay()
    debited(house)
    debited(house, "TRSF SOMEBODY ELSE")

    first = await now(house)
    second = await now(house)

    assert (first.tally.unknown_count, first.tally.matched_count) == (1, 1)
    assert (second.tally.unknown_count, second.tally.reconciled_count) == (1, 0)
    (told,) = await audited(house, "bank.statement.unknown_debit")
    assert dict(told.attributes)["amount"] == AMOUNT


async def test_banks_own_debits_are_kept_without_an_alarm(house: UseCases) -> None:
    policy = ReconciliationPolicy(expected_words=("BIAYAADM",))
    house.banks.by_id["bca"] = dataclasses.replace(house.banks.find("bca"), reconciliation=policy)
    await house.pay()
    debited(house, "BIAYA ADM 11/2026")

    assert (await now(house)).tally.unknown_count == 0
    assert [line.kind for line in await lines(house)] == [LineKind.EXPECTED]


async def test_second_debit_of_a_reconciled_payment_is_an_unknown_one(house: UseCases) -> None:
    transfer = await house.pay()
    debited(house)
    await now(house)
    debited(house)

    assert (await now(house)).tally.unknown_count == 1
    unknown = [line for line in await lines(house) if line.kind is LineKind.UNKNOWN]
    assert [line.transfer_id for line in unknown] == [transfer.transfer_id]


async def test_run_for_today_does_not_stand_for_the_day(house: UseCases) -> None:
    transfer = await house.pay()
    await now(house)
    debited(house)
    house.clock.advance(TOMORROW_S)

    assert await house.reconcile.execute() == 1
    assert (await stored(house, transfer)).state is State.RECONCILED


async def test_account_that_nothing_is_known_of_is_compared_when_it_is_configured(
    house: UseCases,
) -> None:
    policy = ReconciliationPolicy(accounts=(ACCOUNT,))
    house.banks.by_id["bca"] = dataclasses.replace(house.banks.find("bca"), reconciliation=policy)
    debited(house, "TRSF OF A LOST DATABASE")
    house.clock.advance(TOMORROW_S)

    assert await house.reconcile.execute() == 1
    (line,) = await house.statements.lines(
        LineFilter(
            bank="bca",
            account_no=ACCOUNT,
            day=date(2026, 1, 1),
            kinds=frozenset({LineKind.UNKNOWN}),
        ),
        after=None,
        limit=5,
    )
    assert line.remark == "TRSF OF A LOST DATABASE"


async def test_payment_that_moves_meanwhile_is_left_to_the_next_run(house: UseCases) -> None:
    transfer = await house.pay()
    debited(house)
    house.bank.statement_gate = asyncio.Event()
    running = asyncio.create_task(now(house))
    await house.bank.statement_asked.wait()
    moved, line = step(transfer, Event.RETURN, at_us=transfer.updated_us, actor="test")
    house.bank.statement_gate.set()
    transfers = house.statements.transfers

    async def then_it_moves(*arguments: object, **options: object) -> tuple[Transfer, ...]:
        found = await transfers(*arguments, **options)  # type: ignore[arg-type]
        if found:
            change = Change(before=transfer, after=bump(moved), events=(line,))
            await house.ledger.apply(change)
        return found

    house.statements.transfers = then_it_moves  # type: ignore[method-assign,assignment]
    first = await running
    house.statements.transfers = transfers  # type: ignore[method-assign]

    assert first.tally.matched_count == 0
    assert (await now(house)).tally.matched_count == 1
    assert (await stored(house, transfer)).state is State.RETURNED


async def test_equal_amounts_are_told_apart_by_their_remarks(house: UseCases) -> None:
    for number in range(20):
        await house.create.execute(request(f"INV-{number}", remark=f"INVOICE {number}X"), wait_s=5)
        debited(house, f"TRSF INVOICE {number}X")

    done = await now(house)

    assert (done.tally.reconciled_count, done.tally.unmatched_count) == (20, 0)
