"""Statements against the ledger, over both databases: what moves, what is reported, once."""

from __future__ import annotations

import asyncio
import dataclasses
import json
from collections.abc import AsyncIterator
from datetime import date, timedelta

import pytest
from bank_adapter.adapters.sql_tables import outbox
from bank_adapter.application.ports.reconciliation_store import LineFilter
from bank_adapter.application.reconcile_daily import NotReconciledError, ReconcilingNowError
from bank_adapter.domain.bank_day import jakarta
from bank_adapter.domain.change import Change, bump, step
from bank_adapter.domain.kept_line import KeptLine, LineKind
from bank_adapter.domain.reconciliation import Progress, Reconciliation, ReconciliationPolicy
from bank_adapter.domain.states import Event, PublicState, State
from bank_adapter.domain.transfer import Transfer
from fake_bank import STATEMENT_PATH
from gerbang.audit.v1 import event_pb2
from msgspec.structs import replace
from sqlalchemy import select
from use_cases import UseCases, open_use_cases, request

ACCOUNT = "1234567890"
AMOUNT = "1250000.00"
TOMORROW_S = 24 * 3600


@pytest.fixture
async def house(ledger_url: str) -> AsyncIterator[UseCases]:
    async with open_use_cases(ledger_url) as opened:
        opened.bank.by_day = True
        yield opened


def debited(house: UseCases, remark: str = "TRSF INV 1 YORIES", direction: str = "DEBIT") -> None:
    """The bank's statement shows a movement of this moment."""
    at = jakarta(house.clock.now_us()).isoformat(timespec="seconds")
    house.bank.statement.append((AMOUNT, direction, at, remark))


async def now(house: UseCases) -> Reconciliation:
    bank = house.banks.find("bca")
    return await house.reconcile.now(bank, ACCOUNT, None, operator="jane", trace_id="t")


async def stored(house: UseCases, transfer: Transfer) -> Transfer:
    found = await house.ledger.get(transfer.transfer_id)
    assert found is not None
    return found


async def lines(house: UseCases) -> tuple[KeptLine, ...]:
    today = jakarta(house.clock.now_us()).date()
    return await house.statements.kept(
        "bca", ACCOUNT, first_day=today - timedelta(days=30), last_day=today
    )


async def audited(house: UseCases, kind: str) -> list[event_pb2.Event]:
    rows = await house.ledger._reader.run(lambda c: c.execute(select(outbox)).all())
    found = [event_pb2.Event.FromString(row.payload) for row in rows]
    return [event for event in found if event.kind == kind]


def questions(house: UseCases) -> list[str]:
    """The days whose statement was asked for."""
    asked = [json.loads(one.body) for one in house.bank.received if one.path == STATEMENT_PATH]
    return [body["fromDateTime"][:10] for body in asked]


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
