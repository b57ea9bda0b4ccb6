"""A hold: payments are taken and wait, nothing is sent, questions go on."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest
from bank_adapter.adapters.sql_tables import outbox
from bank_adapter.application.approve_transfer import ApproveTransfer
from bank_adapter.application.cancel_transfer import CancelTransfer, NotCancellableError
from bank_adapter.application.holds import HoldWord
from bank_adapter.application.ports.ledger import OvertakenError
from bank_adapter.application.transfer_request import InvalidFieldError
from bank_adapter.domain.approving import ApprovalRule, NotApprovableError, Word
from bank_adapter.domain.hold import Hold, HoldKind
from bank_adapter.domain.states import PublicState, State
from bank_adapter.domain.transfer import Transfer
from fake_bank import STATUS_PATH, TRANSFER_PATH
from gerbang.audit.v1.event_pb2 import Event
from sqlalchemy import select
from use_cases import UseCases, open_use_cases

TO_MIDNIGHT_S = 17 * 3600 + 1


@pytest.fixture
async def house(ledger_url: str) -> AsyncIterator[UseCases]:
    async with open_use_cases(ledger_url) as opened:
        yield opened


async def hold(
    house: UseCases,
    *,
    on: bool = True,
    kind: HoldKind = HoldKind.INCIDENT,
    bank: str = "",
    reason: str = "an odd payment was seen",
) -> Hold:
    word = HoldWord(scope=bank, on=on, kind=kind, operator="jane", reason=reason)
    return await house.holds.say(word)


async def stored(house: UseCases, transfer: Transfer) -> Transfer:
    found = await house.ledger.get(transfer.transfer_id)
    assert found is not None
    return found


def sent(house: UseCases) -> int:
    return sum(step.path == TRANSFER_PATH for step in house.bank.received)


@pytest.mark.parametrize("bank", ["", "bca"])
async def test_payment_on_hold_is_taken_waits_and_is_sent_after_release(
    house: UseCases, bank: str
) -> None:
    await hold(house, bank=bank)
    transfer = await house.pay()
    await house.work_once()
    house.clock.advance(31)
    await house.work_once()

    held = await stored(house, transfer)
    assert (held.public_state, held.state_reason) == (PublicState.PENDING, "ON_HOLD")
    assert sent(house) == 0

    await hold(house, on=False, bank=bank)
    house.clock.advance(31)
    await house.work_once()
    assert (await stored(house, transfer)).state is State.SETTLED
    assert sent(house) == 1


async def test_payment_that_waited_before_the_hold_waits_on(house: UseCases) -> None:
    house.bank.script.append("not_sent")
    transfer = await house.pay()
    await hold(house)
    house.clock.advance(5)
    await house.work_once()

    assert (await stored(house, transfer)).state_reason == "ON_HOLD"
    assert sent(house) == 0


async def test_questions_go_on_while_payments_are_held(house: UseCases) -> None:
    house.bank.script.append("booked_but_lost")
    transfer = await house.pay()
    await hold(house)
    house.clock.advance(31)
    await house.work_once()

    assert (await stored(house, transfer)).state is State.SETTLED
    assert any(step.path == STATUS_PATH for step in house.bank.received)


async def test_hold_of_another_process_is_seen_within_a_moment(
    house: UseCases, ledger_url: str
) -> None:
    await house.pay("INV-0")
    async with open_use_cases(ledger_url, bank=house.bank, clock=house.clock) as other:
        await hold(other)
        house.clock.advance(1.1)

        assert (await house.pay("INV-1")).state_reason == "ON_HOLD"


async def test_word_is_audited_and_repeating_it_changes_nothing(house: UseCases) -> None:
    first = await hold(house)
    house.clock.advance(1)
    again = await hold(house, reason="somebody else says the same")
    await hold(house, on=False, reason="it was a false alarm")

    assert again == first
    oldest_first = select(outbox).order_by(outbox.c.event_id)
    rows = await house.ledger._reader.run(lambda c: c.execute(oldest_first).all())
    told = [Event.FromString(row.payload) for row in rows]
    assert [(event.kind, event.actor, event.attributes["reason"]) for event in told] == [
        ("bank.hold.placed", "jane", "an odd payment was seen"),
        ("bank.hold.released", "jane", "it was a false alarm"),
    ]
    assert [one.on for one in await house.holds.show()] == [False]


async def test_of_two_words_at_once_one_is_taken(house: UseCases) -> None:
    outcomes = await asyncio.gather(
        *(hold(house, kind=kind) for kind in HoldKind), return_exceptions=True
    )

    taken = [one for one in outcomes if isinstance(one, Hold)]
    assert len(taken) in {1, 2}
    assert {type(one) for one in outcomes} <= {Hold, OvertakenError}
    assert (await house.holds.show())[-1] == taken[-1] or len(taken) == 2


@pytest.mark.parametrize(
    ("bank", "reason", "on", "field"),
    [
        ("none", "a good enough reason", True, "bank"),
        ("", "a good enough reason", False, "bank"),
        ("", "short", True, "reason"),
    ],
)
async def test_word_that_cannot_be_meant_is_refused(
    *, house: UseCases, bank: str, reason: str, on: bool, field: str
) -> None:
    with pytest.raises(InvalidFieldError) as refused:
        await hold(house, on=on, bank=bank, reason=reason)

    assert refused.value.field == field


async def test_payment_held_in_an_incident_expires_and_can_be_cancelled(house: UseCases) -> None:
    await hold(house)
    first, second = await house.pay("INV-1"), await house.pay("INV-2")

    cancelled = await canceller(house).execute(first, actor="erp")
    house.clock.advance(TO_MIDNIGHT_S)
    await house.work_once()

    assert cancelled.state is State.CANCELLED
    assert (await stored(house, second)).state_reason == "EXPIRED"


async def test_older_payment_after_a_restore_neither_expires_nor_is_cancelled(
    house: UseCases,
) -> None:
    house.bank.script.append("not_sent")
    older = await house.pay("INV-1")
    house.clock.advance(1)
    await hold(house, kind=HoldKind.RESTORE)
    house.clock.advance(1)
    newer = await house.pay("INV-2")

    with pytest.raises(NotCancellableError):
        await canceller(house).execute(older, actor="erp")
    house.clock.advance(TO_MIDNIGHT_S)
    await house.work_once()

    assert (await stored(house, older)).state is State.PREPARED
    assert (await stored(house, newer)).state_reason == "EXPIRED"
    await hold(house, on=False)
    house.clock.advance(31)
    await house.work_once()
    assert (await stored(house, older)).state_reason == "EXPIRED"


async def test_older_payment_after_a_restore_is_not_approved(sqlite_url: str) -> None:
    async with open_use_cases(sqlite_url, approvals=[ApprovalRule()]) as house:
        transfer = await house.pay()
        await hold(house, kind=HoldKind.RESTORE)
        approver = ApproveTransfer(
            ledger=house.ledger,
            holds=house.holds,
            reads=None,  # type: ignore[arg-type]  no list is read
            identifiers=house.create._identifiers,
            clock=house.clock,
        )

        with pytest.raises(NotApprovableError):
            await approver.execute(
                transfer.transfer_id,
                Word(approved=True, operator="jane", reason="the invoice was seen"),
                trace_id="",
            )


def canceller(house: UseCases) -> CancelTransfer:
    return CancelTransfer(
        ledger=house.ledger,
        holds=house.holds,
        identifiers=house.create._identifiers,
        clock=house.clock,
    )
