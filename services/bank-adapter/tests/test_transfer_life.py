"""What every signal does to a payment, end to end through the use cases."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest
from bank_adapter.application.create_transfer import KeyUsedError
from bank_adapter.application.ports.signer import NotSigned
from bank_adapter.application.transfer_request import AccountNotAllowedError, InvalidFieldError
from bank_adapter.domain.attempt import AttemptKind, AttemptResult
from bank_adapter.domain.money import Money
from bank_adapter.domain.states import State
from use_cases import UseCases, open_use_cases, request


@pytest.fixture
async def house(sqlite_url: str) -> AsyncIterator[UseCases]:
    async with open_use_cases(sqlite_url) as opened:
        yield opened


async def test_explicit_success_settles(house: UseCases) -> None:
    transfer = await house.pay()

    assert transfer.state is State.SETTLED
    assert transfer.response_code == "2001700"
    assert transfer.bank_reference_no
    assert sum(house.bank.debits.values()) == 1


@pytest.mark.parametrize(
    ("signal", "state"),
    [
        # What the bank's wire does, and where the payment stands then.
        ("good", State.SETTLED),
        ("accepted", State.ACCEPTED),
        ("booked_but_lost", State.UNKNOWN),
        ("lost", State.UNKNOWN),
        ("wrong_amount", State.UNKNOWN),
        ("500/5001700", State.UNKNOWN),
        ("500/5001701", State.UNKNOWN),
        ("504/5041700", State.UNKNOWN),
        ("429/4291700", State.UNKNOWN),
        ("409/4091700", State.UNKNOWN),
        ("200/2001800", State.UNKNOWN),
        ("307/2001700", State.UNKNOWN),
        ("403/4031714", State.REJECTED),
        ("400/4001701", State.REJECTED),
        ("404/4041711", State.REJECTED),
        ("409/4091701", State.NEEDS_OPERATOR),
        ("404/4041718", State.NEEDS_OPERATOR),
        ("401/4011700", State.PREPARED),
        ("not_sent", State.PREPARED),
    ],
)
async def test_signal_leads_to_state(house: UseCases, signal: str, state: State) -> None:
    house.bank.script.append(signal)

    transfer = await house.pay()

    assert transfer.state is state


async def test_refused_token_is_refreshed_once_and_the_payment_goes_on(house: UseCases) -> None:
    house.bank.script.append("401/4011701")

    transfer = await house.pay()

    assert transfer.state is State.SETTLED
    assert house.bank.tokens == 2
    attempts = await house.ledger.attempts(transfer.transfer_id)
    assert {attempt.result for attempt in attempts} == {
        AttemptResult.REFUSED,
        AttemptResult.ANSWERED,
    }
    assert len({attempt.external_id for attempt in attempts}) == 2


async def test_second_refused_token_waits_instead_of_hammering(house: UseCases) -> None:
    house.bank.script.extend(["401/4011701", "401/4011701"])

    transfer = await house.pay()

    assert transfer.state is State.PREPARED
    assert transfer.next_action_us > house.clock.now_us()


async def test_unreachable_signer_means_not_sent(house: UseCases) -> None:
    await house.tokens.current(house.banks.find("bca"))
    house.signer.script.append(NotSigned(reason="SIGNER_UNAVAILABLE", refused=False))

    transfer = await house.pay()

    assert transfer.state is State.PREPARED
    assert transfer.state_reason == "SIGNER_UNAVAILABLE"
    assert not house.bank.debits


async def test_not_sent_payment_is_sent_by_the_worker_under_a_new_external_id(
    house: UseCases,
) -> None:
    house.bank.script.append("not_sent")
    transfer = await house.pay()
    house.clock.advance(2)

    await house.work_once()

    settled = await house.ledger.get(transfer.transfer_id)
    assert settled is not None
    assert settled.state is State.SETTLED
    attempts = await house.ledger.attempts(transfer.transfer_id)
    references = {attempt.message.body for attempt in attempts}
    assert len({attempt.external_id for attempt in attempts}) == 2
    assert all(settled.order.bank_partner_reference_no.encode() in body for body in references)


async def test_payment_past_its_send_by_time_expires(house: UseCases) -> None:
    house.bank.script.append("not_sent")
    transfer = await house.pay()
    house.clock.advance(86_400)

    await house.work_once()

    expired = await house.ledger.get(transfer.transfer_id)
    assert expired is not None
    assert (expired.state, expired.state_reason) == (State.REJECTED, "EXPIRED")
    assert not house.bank.debits


async def test_lost_reply_is_settled_by_inquiry_and_never_sent_again(house: UseCases) -> None:
    house.bank.script.append("booked_but_lost")
    transfer = await house.pay()
    house.clock.advance(31)

    await house.work_once()

    settled = await house.ledger.get(transfer.transfer_id)
    assert settled is not None
    assert settled.state is State.SETTLED
    assert sum(house.bank.debits.values()) == 1


async def test_not_found_stays_unknown_until_a_person_must_decide(house: UseCases) -> None:
    """No complete statement is to be had, so nothing can prove an absence."""
    house.bank.script.append("lost")
    house.bank.statement_script.extend(["more"] * 100)
    transfer = await house.pay()
    for _ in range(60):
        house.clock.advance(3_600)
        await house.work_once()

    last = await house.ledger.get(transfer.transfer_id)
    assert last is not None
    assert last.state is State.NEEDS_OPERATOR
    assert not house.bank.debits


@pytest.mark.parametrize("field", ["beneficiaryAccountNo", "sourceAccountNo", "amount"])
async def test_inquiry_that_echoes_another_payment_changes_nothing(
    house: UseCases, field: str
) -> None:
    house.bank.script.append("booked_but_lost")
    transfer = await house.pay()
    foreign = {"value": "1.00", "currency": "IDR"} if field == "amount" else "9999999999"
    for body in house.bank.booked.values():
        body[field] = foreign

    after = await house.inquire.execute(transfer)

    assert after.state is State.UNKNOWN


@pytest.mark.parametrize(
    ("latest", "state"),
    [
        ("00", State.SETTLED),
        ("01", State.UNKNOWN),
        ("02", State.UNKNOWN),
        ("03", State.UNKNOWN),
        ("04", State.RETURNED),
        ("05", State.REJECTED),
        ("06", State.REJECTED),
        ("07", State.UNKNOWN),
        ("42", State.UNKNOWN),
    ],
)
async def test_inquiry_status_leads_to_state(house: UseCases, latest: str, state: State) -> None:
    house.bank.script.append("booked_but_lost")
    transfer = await house.pay()
    house.bank.status_script.append(latest)

    after = await house.inquire.execute(transfer)

    assert after.state is state
    inquiries = [
        attempt
        for attempt in await house.ledger.attempts(transfer.transfer_id)
        if attempt.kind is AttemptKind.INQUIRY
    ]
    assert [attempt.result for attempt in inquiries] == [AttemptResult.ANSWERED]


async def test_replay_gives_the_same_transfer_and_no_second_debit(house: UseCases) -> None:
    first = await house.pay("INV-1")

    again = await house.create.execute(request("INV-1"), wait_s=5)

    assert again.replayed
    assert again.transfer.transfer_id == first.transfer_id
    assert sum(house.bank.debits.values()) == 1


async def test_same_key_with_other_content_is_refused_naming_the_transfer(
    house: UseCases,
) -> None:
    first = await house.pay("INV-1")

    with pytest.raises(KeyUsedError) as refused:
        await house.create.execute(request("INV-1", amount=Money(1, "IDR")), wait_s=5)

    assert refused.value.transfer.transfer_id == first.transfer_id


async def test_same_reference_under_another_key_is_refused(house: UseCases) -> None:
    await house.pay("INV-1")

    with pytest.raises(KeyUsedError) as refused:
        await house.create.execute(request("INV-1", idempotency_key="other"), wait_s=5)

    assert refused.value.field == "partnerReferenceNo"


async def test_references_that_differ_in_case_or_blank_are_two_payments(house: UseCases) -> None:
    await house.pay("INV-1")
    await house.pay("inv-1")

    assert sum(house.bank.debits.values()) == 2


async def test_another_clients_reference_is_its_own(house: UseCases) -> None:
    await house.pay("INV-1")
    created = await house.create.execute(request("INV-1", client_id="other"), wait_s=5)

    assert not created.replayed
    assert sum(house.bank.debits.values()) == 2


async def test_identical_requests_at_once_make_one_transfer(house: UseCases) -> None:
    results = await asyncio.gather(
        *(house.create.execute(request("INV-1"), wait_s=5) for _ in range(50))
    )

    assert len({result.transfer.transfer_id for result in results}) == 1
    assert sum(not result.replayed for result in results) == 1
    assert sum(house.bank.debits.values()) == 1


async def test_client_that_hangs_up_does_not_stop_its_payment(house: UseCases) -> None:
    await house.tokens.current(house.banks.find("bca"))
    house.bank.gate = asyncio.Event()
    waiting = asyncio.create_task(house.create.execute(request("INV-1"), wait_s=60))
    await house.bank.arrived.wait()
    waiting.cancel()
    await asyncio.gather(waiting, return_exceptions=True)
    house.bank.gate.set()

    await house.create.drain()

    transfer = await house.ledger.find_by_key("erp", "INV-1")
    assert transfer is not None
    assert transfer.state is State.SETTLED


async def test_impatient_client_gets_pending_and_the_payment_goes_on(house: UseCases) -> None:
    house.bank.gate = asyncio.Event()

    early = await house.pay(wait_s=0.01)
    house.bank.gate.set()
    await house.create.drain()

    assert early.state is State.SENDING
    late = await house.ledger.get(early.transfer_id)
    assert late is not None
    assert late.state is State.SETTLED


async def test_frozen_process_that_wakes_up_does_not_pay(house: UseCases) -> None:
    await house.tokens.current(house.banks.find("bca"))
    house.ownership.held = False

    transfer = await house.pay()

    assert (transfer.state, transfer.state_reason) == (State.PREPARED, "LEASE_LOST")
    assert not house.bank.debits


async def test_commit_older_than_the_limit_is_not_followed_by_a_byte(house: UseCases) -> None:
    bank = house.banks.find("bca")
    await house.tokens.current(bank)
    house.bank.script.append("not_sent")
    transfer = await house.pay()
    house.clock.advance(2)
    original = house.ledger.apply

    async def slow_apply(change: object) -> None:
        await original(change)  # type: ignore[arg-type]
        house.clock.advance(11)

    house.ledger.apply = slow_apply  # type: ignore[method-assign, assignment]
    await house.send.resume(transfer)

    found = await house.ledger.get(transfer.transfer_id)
    assert found is not None
    assert (found.state, found.state_reason) == (State.PREPARED, "COMMIT_TOO_OLD")
    assert not house.bank.debits


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"partner_reference_no": ""}, "partnerReferenceNo"),
        ({"partner_reference_no": "x" * 65}, "partnerReferenceNo"),
        ({"partner_reference_no": "INV-1 "}, "partnerReferenceNo"),
        ({"idempotency_key": "schlüssel"}, "Idempotency-Key"),
        ({"bank": "nobank"}, "bank"),
        ({"amount": Money(0, "IDR")}, "amount.value"),
        ({"amount": Money(1, "USD")}, "amount.currency"),
        ({"source_account_no": "12a"}, "sourceAccountNo"),
        ({"beneficiary_account_no": ""}, "beneficiaryAccountNo"),
        ({"beneficiary_account_no": "1234567890"}, "beneficiaryAccountNo"),
        ({"beneficiary_bank_code": "bca"}, "beneficiaryBankCode"),
        ({"beneficiary_email": "nobody"}, "beneficiaryEmail"),
        ({"remark": "x" * 51}, "remark"),
    ],
)
async def test_bad_field_is_named_and_leaves_no_trace(
    house: UseCases, changes: dict[str, object], field: str
) -> None:
    with pytest.raises(InvalidFieldError) as refused:
        await house.create.execute(request("INV-1", **changes), wait_s=5)

    assert refused.value.field == field
    assert await house.ledger.find_by_reference("erp", "INV-1") is None
    assert not house.bank.received


async def test_account_of_somebody_else_is_refused(house: UseCases) -> None:
    with pytest.raises(AccountNotAllowedError):
        await house.create.execute(request("INV-1", source_account_no="1111111111"), wait_s=5)


async def test_every_step_leaves_an_event(house: UseCases) -> None:
    house.bank.script.append("booked_but_lost")
    transfer = await house.pay()
    house.clock.advance(31)
    await house.work_once()

    events = await house.ledger.events(transfer.transfer_id)

    assert [event.sequence for event in events] == list(range(1, len(events) + 1))
    assert [event.event or event.reason for event in events] == [
        "RECEIVE",
        "VALIDATE",
        "PREPARE",
        "SEND",
        "LOSE_TRACK",
        "INQUIRY_SETTLED",
        "SETTLE",
    ]
