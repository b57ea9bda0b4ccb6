"""A bank that refuses us or cannot be reached is left alone; nothing is rejected for it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace

import pytest
from bank_adapter.application.ports.signer import NotSigned
from bank_adapter.domain.states import State
from bank_adapter.drivers.registry import open_driver
from bank_adapter.limits import CIRCUIT_FAILURES
from fake_bank import BALANCE_PATH, STATUS_PATH, TRANSFER_PATH
from use_cases import PROFILE, UseCases, open_use_cases, request


@pytest.fixture
async def house(sqlite_url: str) -> AsyncIterator[UseCases]:
    async with open_use_cases(sqlite_url) as opened:
        yield opened


def messages(house: UseCases) -> int:
    return sum(step.path == TRANSFER_PATH for step in house.bank.received)


async def test_refusal_of_our_signature_opens_the_circuit_and_the_rest_waits(
    house: UseCases,
) -> None:
    house.bank.script.append("401/4011700")
    first = await house.pay("INV-1")

    second = await house.pay("INV-2")

    assert (first.state, second.state) == (State.PREPARED, State.PREPARED)
    assert second.state_reason == "BANK_REFUSES_4011700"
    assert messages(house) == 1


async def test_second_refusal_of_a_token_opens_the_circuit_and_the_rest_waits(
    house: UseCases,
) -> None:
    """One refusal is a token's fault; of two in a row a fresh token is not the cure."""
    house.bank.script.extend(["401/4011701", "401/4011701"])
    first = await house.pay("INV-1")

    second = await house.pay("INV-2")

    assert (first.state, second.state) == (State.PREPARED, State.PREPARED)
    assert second.state_reason == "BANK_REFUSES_4011701"
    assert messages(house) == 2


async def test_one_refusal_of_a_token_opens_nothing(house: UseCases) -> None:
    house.bank.script.append("401/4011701")

    assert (await house.pay("INV-1")).state is State.SETTLED
    assert (await house.pay("INV-2")).state is State.SETTLED


async def test_signer_that_refuses_opens_the_circuit(house: UseCases) -> None:
    await house.tokens.current(house.banks.find("bca"))
    house.signer.script.append(NotSigned(reason="SIGNER_KEY_NOT_ALLOWED", refused=True))
    await house.pay("INV-1")

    second = await house.pay("INV-2")

    assert (second.state, second.state_reason) == (State.PREPARED, "SIGNER_KEY_NOT_ALLOWED")
    assert messages(house) == 0


async def test_bank_that_cannot_be_reached_is_left_alone_after_some_failures(
    house: UseCases,
) -> None:
    house.bank.script.extend(["not_sent"] * CIRCUIT_FAILURES)
    for number in range(CIRCUIT_FAILURES):
        await house.pay(f"INV-{number}")

    waiting = await house.pay("INV-99")

    assert (waiting.state, waiting.state_reason) == (State.PREPARED, "CONNECT_FAILED")
    assert messages(house) == 0


async def test_one_payment_goes_first_and_its_success_lets_the_others_follow(
    house: UseCases,
) -> None:
    house.bank.script.append("401/4011700")
    for number in range(6):
        await house.pay(f"INV-{number}")
    house.clock.advance(61)

    await house.work_once()
    after_the_probe = messages(house)
    house.clock.advance(2)
    await house.work_once()

    assert after_the_probe == 2
    assert messages(house) == 7
    assert sum(house.bank.debits.values()) == 6


async def test_probe_that_fails_keeps_the_circuit_open(house: UseCases) -> None:
    house.bank.script.extend(["401/4011700", "not_sent"])
    for number in range(3):
        await house.pay(f"INV-{number}")
    house.clock.advance(61)

    await house.work_once()
    house.clock.advance(2)
    await house.work_once()

    assert messages(house) == 1
    assert not house.bank.debits


async def test_business_refusals_and_lost_answers_leave_the_circuit_closed(
    house: UseCases,
) -> None:
    house.bank.script.extend(["403/4031714", "lost"] * CIRCUIT_FAILURES)
    for number in range(2 * CIRCUIT_FAILURES):
        await house.create.execute(request(f"INV-{number}", allow_duplicate=True), wait_s=5)

    circuit = await house.circuits.find(house.banks.find("bca"))

    assert circuit.reason == ""


async def test_clock_far_from_the_banks_sends_nothing_until_a_token_shows_it_right(
    house: UseCases,
) -> None:
    house.bank.clock_offset_s = 600
    house.bank.clock_us = house.clock.now_us
    await house.tokens.current(house.banks.find("bca"))

    refused = await house.pay("INV-1")
    house.bank.clock_offset_s = 0
    house.clock.advance(31)
    await house.work_once()

    settled = await house.ledger.get(refused.transfer_id)
    assert settled is not None
    assert (refused.state, refused.state_reason) == (State.PREPARED, "CLOCK_SKEW")
    assert settled.state is State.SETTLED
    assert messages(house) == 1


def token_less(house: UseCases) -> None:
    """The bank signs by RSA and knows no token, as some SNAP banks do."""
    profile = {
        **PROFILE,
        "channel_id": "95051",
        "name": "a bank without tokens",
        "proven": False,
        "capabilities": ["TRANSFER_INTRABANK", "TRANSFER_STATUS", "BALANCE"],
        "token_path": "",
        "status_path": STATUS_PATH,
        "balance_path": BALANCE_PATH,
        "signing": "ASYMMETRIC",
        "transfers": {"INTRABANK": {"service_code": "17", "path": TRANSFER_PATH}},
    }
    bank = house.banks.find("bca")
    house.banks.by_id["bca"] = replace(bank, driver=open_driver("snap_generic", profile))


async def test_bank_without_tokens_shows_its_time_by_a_balance_before_anything_is_sent(
    house: UseCases,
) -> None:
    token_less(house)
    house.bank.clock_us = house.clock.now_us
    house.bank.clock_offset_s = 600
    first = await house.pay("INV-1")
    refused = await house.pay("INV-2")
    house.clock.advance(31)
    await house.work_once()
    still = await house.ledger.get(refused.transfer_id)
    house.bank.clock_offset_s = 0
    house.clock.advance(61)
    await house.work_once()
    settled = await house.ledger.get(refused.transfer_id)

    # Only an answer shows the bank's time: the first payment was the first message.
    assert first.state is State.SETTLED
    assert (refused.state, refused.state_reason) == (State.PREPARED, "CLOCK_SKEW")
    assert still is not None
    assert (still.state, still.state_reason) == (State.PREPARED, "CLOCK_SKEW")
    assert settled is not None
    assert settled.state is State.SETTLED
    paths = [step.path for step in house.bank.received]
    assert paths == [TRANSFER_PATH, BALANCE_PATH, BALANCE_PATH, TRANSFER_PATH]
