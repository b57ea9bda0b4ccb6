"""Payments that a person must approve: nothing is sent before, nothing is lost meanwhile."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest
from bank_adapter.adapters.sql_operator_reads import SQLOperatorReads
from bank_adapter.adapters.sql_tables import outbox
from bank_adapter.application.approve_transfer import ApproveTransfer
from bank_adapter.application.cancel_transfer import CancelTransfer
from bank_adapter.application.ports.ledger import OvertakenError
from bank_adapter.application.read_transfers import TransferNotFoundError
from bank_adapter.application.resolve_transfer import ResolveTransfer
from bank_adapter.application.transfer_request import InvalidFieldError
from bank_adapter.domain.approving import ApprovalRule, NotApprovableError, Refusal, Word
from bank_adapter.domain.operator_decision import Resolution
from bank_adapter.domain.rail import Rail
from bank_adapter.domain.resolving import Decision, NotResolvableError, Objection
from bank_adapter.domain.spending_limit import LimitExceededError, SpendingLimit
from bank_adapter.domain.states import PublicState, State
from bank_adapter.domain.transfer import Transfer
from gerbang.audit.v1.event_pb2 import Event
from sqlalchemy import select
from statement_lines import paid
from use_cases import UseCases, open_use_cases, request

APPROVAL = ApprovalRule(from_minor=100_000_000)
DAY_LIMIT = SpendingLimit(name="day", per_day_count=1)
# From seven in the morning to the end of the Jakarta day, and a second.
DAY_LEFT_S = 17 * 3600 + 1


@pytest.fixture
async def house(ledger_url: str) -> AsyncIterator[UseCases]:
    async with open_use_cases(ledger_url, approvals=[APPROVAL], limits=[DAY_LIMIT]) as opened:
        yield opened


def approver(house: UseCases) -> ApproveTransfer:
    return ApproveTransfer(
        ledger=house.ledger,
        holds=house.holds,
        reads=SQLOperatorReads(house.ledger._reader),
        identifiers=house.create._identifiers,
        clock=house.clock,
    )


async def say(
    house: UseCases, transfer: Transfer, *, approved: bool, reason: str = "invoice and order seen"
) -> Transfer:
    word = Word(approved=approved, operator="jane", reason=reason)
    return await approver(house).execute(transfer.transfer_id, word, trace_id="trace-9")


async def stored(house: UseCases, transfer: Transfer) -> Transfer:
    found = await house.ledger.get(transfer.transfer_id)
    assert found is not None
    return found


async def test_payment_waits_with_its_reason_and_is_not_sent(house: UseCases) -> None:
    transfer = await house.pay()
    await house.work_once()

    after = await stored(house, transfer)
    assert (after.public_state, after.state_reason) == (PublicState.PENDING, "AWAITING_APPROVAL")
    assert not house.bank.received
    page = await approver(house).waiting(after=None, limit=5)
    assert [one.transfer_id for one in page.transfers] == [transfer.transfer_id]


async def test_approved_payment_is_sent_once_by_the_worker(house: UseCases) -> None:
    transfer = await house.pay()

    approved = await say(house, transfer, approved=True)
    await house.work_once()
    await house.work_once()

    assert (approved.state, approved.state_reason) == (State.PREPARED, "")
    assert (await stored(house, transfer)).state is State.SETTLED
    assert sum(house.bank.debits.values()) == 1
    (decision,) = await SQLOperatorReads(house.ledger._reader).decisions(transfer.transfer_id)
    assert (decision.operator, decision.resolution, decision.reason) == (
        "jane",
        Resolution.APPROVED,
        "invoice and order seen",
    )
    rows = await house.ledger._reader.run(lambda c: c.execute(select(outbox)).all())
    told = [Event.FromString(row.payload) for row in rows]
    assert {event.kind for event in told if event.actor == "jane"} == {
        "transfer.state_changed",
        "transfer.resolved_by_operator",
    }


async def test_declined_payment_ends_and_gives_its_limit_back(house: UseCases) -> None:
    transfer = await house.pay()
    with pytest.raises(LimitExceededError):
        await house.pay("INV-2")

    declined = await say(house, transfer, approved=False)

    assert (declined.public_state, declined.state_reason) == (PublicState.REJECTED, "DECLINED")
    assert (await house.pay("INV-2")).state is State.AWAITING_APPROVAL
    assert not house.bank.received


async def test_client_cancels_while_it_waits(house: UseCases) -> None:
    transfer = await house.pay()
    cancel = CancelTransfer(
        ledger=house.ledger,
        holds=house.holds,
        identifiers=house.create._identifiers,
        clock=house.clock,
    )

    after = await cancel.execute(transfer, actor="erp")

    assert after.state is State.CANCELLED
    with pytest.raises(NotApprovableError) as refused:
        await say(house, transfer, approved=True)
    assert refused.value.refusal is Refusal.NOT_WAITING


async def test_payment_that_nobody_approves_expires(house: UseCases) -> None:
    transfer = await house.pay()
    house.clock.advance(DAY_LEFT_S)

    with pytest.raises(NotApprovableError) as refused:
        await say(house, transfer, approved=True)
    await house.work_once()

    assert refused.value.refusal is Refusal.TOO_LATE
    after = await stored(house, transfer)
    assert (after.public_state, after.state_reason) == (PublicState.REJECTED, "EXPIRED")


async def test_repeated_request_gets_the_waiting_payment(house: UseCases) -> None:
    first = await house.create.execute(request(), wait_s=5)
    again = await house.create.execute(request(), wait_s=5)

    assert again.replayed
    assert again.transfer.transfer_id == first.transfer.transfer_id


async def test_of_many_words_one_counts(house: UseCases) -> None:
    transfer = await house.pay()

    said = await asyncio.gather(
        *(say(house, transfer, approved=bool(number % 2)) for number in range(4)),
        return_exceptions=True,
    )

    (decided,) = [one for one in said if isinstance(one, Transfer)]
    others = {type(one) for one in said if one is not decided}
    assert others <= {OvertakenError, NotApprovableError}
    assert await stored(house, transfer) == decided


async def test_approval_behind_an_open_circuit_waits_for_the_bank(house: UseCases) -> None:
    transfer = await house.pay()
    house.bank.script.append("401/4011700")
    await say(house, transfer, approved=True)
    await house.work_once()
    await house.work_once()

    after = await stored(house, transfer)
    assert after.state is State.PREPARED
    assert after.next_action_us > house.clock.now_us()
    assert not house.bank.debits


async def test_unapproved_payment_that_the_statement_shows_cannot_be_sent(house: UseCases) -> None:
    transfer = await house.pay()
    house.bank.statement.append(
        ("1250000.00", "DEBIT", "2026-01-01T07:00:01+07:00", "TRSF INV 1 YORIES")
    )
    house.bank.by_day = True

    await house.reconcile.now(
        house.banks.find("bca"), "1234567890", None, operator="jane", trace_id=""
    )

    after = await stored(house, transfer)
    assert (after.state, after.state_reason) == (State.NEEDS_OPERATOR, "DEBIT_ON_STATEMENT")
    resolver = ResolveTransfer(
        ledger=house.ledger,
        identifiers=house.create._identifiers,
        clock=house.clock,
    )
    decision = Decision(
        resolution=Resolution.RESUMED,
        operator="jane",
        reason="send it all the same",
        seen_sequence=after.event_count,
    )
    with pytest.raises(NotResolvableError) as refused:
        await resolver.execute(transfer.transfer_id, decision, trace_id="")
    assert refused.value.objection is Objection.NOT_APPROVED


async def test_word_needs_a_reason_and_a_transfer(house: UseCases) -> None:
    transfer = await house.pay()

    with pytest.raises(InvalidFieldError):
        await say(house, transfer, approved=True, reason="ok")
    with pytest.raises(TransferNotFoundError):
        await approver(house).execute(
            "01NONE", Word(approved=True, operator="jane", reason="seen by me"), trace_id=""
        )


@pytest.mark.parametrize(
    ("rule", "needed"),
    [
        (ApprovalRule(), True),
        (ApprovalRule(from_minor=100_000), True),
        (ApprovalRule(from_minor=100_001), False),
        (ApprovalRule(client_id="erp", source_account="bca:1234567890"), True),
        (ApprovalRule(client_id="payroll"), False),
        (ApprovalRule(source_account="bni:1234567890"), False),
        (ApprovalRule(rail=Rail.RTGS), False),
    ],
)
def test_rule_covers_what_it_selects(rule: ApprovalRule, needed: bool) -> None:  # noqa: FBT001  a case
    assert rule.needs(paid("A")) is needed
