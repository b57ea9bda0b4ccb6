"""What a notification does to a payment: the bank is asked, and only its answer moves it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest
from bank_adapter.application.ports.ledger import OvertakenError
from bank_adapter.domain.bank_notification import Handling
from bank_adapter.domain.states import State
from bank_adapter.domain.transfer import Transfer
from inbound_calls import CallingBank, calling_bank, claim_about
from use_cases import UseCases, open_use_cases

DAY_S = 86_400


@pytest.fixture
async def house(sqlite_url: str) -> AsyncIterator[UseCases]:
    async with open_use_cases(sqlite_url) as opened:
        yield opened


@pytest.fixture
def bank(house: UseCases) -> CallingBank:
    return calling_bank(house)


async def now(house: UseCases, transfer: Transfer) -> Transfer:
    found = await house.ledger.get(transfer.transfer_id)
    assert found is not None
    return found


async def reasons(house: UseCases, transfer: Transfer) -> list[str]:
    return [event.reason for event in await house.ledger.events(transfer.transfer_id)]


async def handling(house: UseCases, transfer: Transfer) -> list[Handling]:
    found = await house.ledger.notifications(transfer.transfer_id)
    return [notification.handling for notification in found]


@pytest.mark.parametrize("status", ["04", "05", "06"])
async def test_rejection_that_the_bank_confirms_returns_the_payment(
    house: UseCases, bank: CallingBank, status: str
) -> None:
    transfer = await house.pay()
    house.bank.status_script.append(status)

    await bank.notify(claim_about(transfer))
    await house.work_once()

    after = await now(house, transfer)
    assert (after.state, after.state_reason) == (State.RETURNED, "LATE_REJECTION")
    assert (after.next_action_us, after.unresolved_us) == (0, 0)
    assert await handling(house, transfer) == [Handling.ASKED]


async def test_notification_alone_moves_nothing(house: UseCases, bank: CallingBank) -> None:
    transfer = await house.pay()

    await bank.notify(claim_about(transfer))

    assert await now(house, transfer) == transfer
    assert await handling(house, transfer) == [Handling.WAITING]


async def test_rejection_that_the_bank_denies_leaves_the_payment(
    house: UseCases, bank: CallingBank
) -> None:
    transfer = await house.pay()

    await bank.notify(claim_about(transfer))
    await house.work_once()

    after = await now(house, transfer)
    assert (after.state, after.next_action_us) == (State.SETTLED, 0)
    assert (await reasons(house, transfer))[-1] == "LATE_REJECTION_NOT_CONFIRMED"


async def test_unclear_answer_is_asked_again_until_the_bank_decides(
    house: UseCases, bank: CallingBank
) -> None:
    transfer = await house.pay()
    house.bank.status_script.extend(["lost", "03", "06"])
    await bank.notify(claim_about(transfer))
    await house.work_once()
    assert (await now(house, transfer)).state is State.SETTLED

    house.clock.advance(61)
    await house.work_once()
    assert (await now(house, transfer)).state is State.SETTLED
    house.clock.advance(121)
    await house.work_once()

    assert (await now(house, transfer)).state is State.RETURNED


async def test_bank_that_never_decides_leaves_it_to_a_person(
    house: UseCases, bank: CallingBank
) -> None:
    transfer = await house.pay()
    house.bank.status_script.extend(["03", "03"])
    await bank.notify(claim_about(transfer))
    await house.work_once()

    house.clock.advance(DAY_S + 1)
    await house.work_once()

    after = await now(house, transfer)
    assert (after.state, after.state_reason) == (State.NEEDS_OPERATOR, "LATE_REJECTION_PENDING")
    assert after.next_action_us == 0


async def test_answer_about_another_payment_returns_nothing(
    house: UseCases, bank: CallingBank
) -> None:
    transfer = await house.pay()
    (booked,) = house.bank.booked.values()
    booked["amount"] = {"value": "1.00", "currency": "IDR"}
    house.bank.status_script.append("06")

    await bank.notify(claim_about(transfer))
    await house.work_once()

    after = await now(house, transfer)
    assert after.state is State.SETTLED
    assert after.next_action_us > 0


async def test_accepted_payment_is_asked_about_at_once(house: UseCases, bank: CallingBank) -> None:
    house.bank.script.append("accepted")
    transfer = await house.pay()
    house.bank.status_script.append("06")

    await bank.notify(claim_about(transfer))
    await house.work_once()

    assert (await now(house, transfer)).state is State.REJECTED


async def test_success_notified_of_a_settled_payment_is_evidence(
    house: UseCases, bank: CallingBank
) -> None:
    transfer = await house.pay()

    await bank.notify(claim_about(transfer, latestTransactionStatus="00", additionalInfo={}))
    await house.work_once()

    assert await now(house, transfer) == transfer
    assert await handling(house, transfer) == [Handling.EVIDENCE]


async def test_text_of_rejection_beside_status_00_is_asked_about(
    house: UseCases, bank: CallingBank
) -> None:
    transfer = await house.pay()
    house.bank.status_script.append("06")

    await bank.notify(claim_about(transfer, latestTransactionStatus="00"))
    await house.work_once()

    assert (await now(house, transfer)).state is State.RETURNED


async def test_notification_during_the_sending_waits_for_its_end(
    house: UseCases, bank: CallingBank
) -> None:
    house.bank.gate = asyncio.Event()
    sending = await house.pay(wait_s=0.01)
    await bank.notify(claim_about(sending))
    await house.work._heed.execute()
    assert await handling(house, sending) == [Handling.WAITING]
    assert (await now(house, sending)).state is State.SENDING
    house.bank.status_script.append("06")

    house.bank.gate.set()
    await house.create.drain()
    await house.work_once()

    assert (await now(house, sending)).state is State.RETURNED


async def test_round_that_began_before_the_notification_does_not_conclude(
    house: UseCases, bank: CallingBank
) -> None:
    """Its answer, 00, was true when given; the money came back after it."""
    house.bank.script.append("accepted")
    transfer = await house.pay()
    token = await bank.token()
    house.bank.gate = asyncio.Event()
    house.bank.asked.clear()
    round_of_inquiry = asyncio.create_task(house.inquire.execute(transfer))
    await house.bank.asked.wait()
    await bank.receive.execute(bank.call(token, claim_about(transfer)))
    await house.work._heed.execute()
    house.bank.gate.set()
    with pytest.raises(OvertakenError):
        await round_of_inquiry
    house.bank.status_script.append("06")

    await house.work_once()

    assert (await now(house, transfer)).state is State.REJECTED


@pytest.mark.parametrize("signal", ["not_sent", "403/4031714"])
async def test_payment_that_is_not_at_the_bank_only_gets_evidence(
    house: UseCases, bank: CallingBank, signal: str
) -> None:
    house.bank.script.append(signal)
    transfer = await house.pay()

    await bank.notify(claim_about(transfer))
    await house.work._heed.execute()

    assert await now(house, transfer) == transfer
    assert await handling(house, transfer) == [Handling.EVIDENCE]


async def test_payment_is_found_by_the_front_of_the_external_id(
    house: UseCases, bank: CallingBank
) -> None:
    transfer = await house.pay()
    (attempt,) = await house.ledger.attempts(transfer.transfer_id)
    house.bank.status_script.append("06")

    await bank.notify(
        claim_about(
            transfer, originalPartnerReferenceNo="", originalExternalId=attempt.external_id[:19]
        )
    )
    await house.work_once()

    assert (await now(house, transfer)).state is State.RETURNED


async def test_front_that_fits_but_other_fields_that_do_not_find_nothing(
    house: UseCases, bank: CallingBank
) -> None:
    transfer = await house.pay()
    (attempt,) = await house.ledger.attempts(transfer.transfer_id)

    await bank.notify(
        claim_about(
            transfer,
            originalPartnerReferenceNo="",
            originalExternalId=attempt.external_id[:19],
            amount={"value": "1.00", "currency": "IDR"},
        )
    )

    assert await handling(house, transfer) == []


async def test_mismatch_beside_our_reference_is_kept_with_the_evidence(
    house: UseCases, bank: CallingBank
) -> None:
    transfer = await house.pay()

    await bank.notify(claim_about(transfer, amount={"value": "1.00", "currency": "IDR"}))

    (kept,) = await house.ledger.notifications(transfer.transfer_id)
    assert (kept.mismatch, kept.rejected) == ("ECHO_MISMATCH_AMOUNT", True)


async def test_second_notification_of_a_returned_payment_changes_nothing(
    house: UseCases, bank: CallingBank
) -> None:
    transfer = await house.pay()
    house.bank.status_script.append("06")
    await bank.notify(claim_about(transfer))
    await house.work_once()
    returned = await now(house, transfer)

    house.clock.advance(1)
    await bank.notify(claim_about(transfer))
    await house.work_once()

    assert await now(house, transfer) == returned
    assert await handling(house, transfer) == [Handling.ASKED, Handling.EVIDENCE]


async def test_settled_payment_in_peace_is_never_asked_about(house: UseCases) -> None:
    transfer = await house.pay()
    asked = len(house.bank.received)

    house.clock.advance(DAY_S)
    await house.work_once()
    await house.inquire.execute(transfer)

    assert len(house.bank.received) == asked
