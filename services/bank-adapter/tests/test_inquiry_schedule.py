"""When the bank is asked again: per bank and rail, and not at the end of its day."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from bank_adapter.config import BankSettings
from bank_adapter.domain.change import Change, bump
from bank_adapter.domain.daily_window import DailyWindow
from bank_adapter.domain.inquiry_schedule import InquirySchedule
from bank_adapter.domain.rail import Rail
from bank_adapter.domain.states import State
from bank_adapter.entrypoints import contract
from msgspec.structs import replace as replace_struct
from servicekit.config import ConfigError, parse
from use_cases import UseCases, open_use_cases, request


def us(text: str) -> int:
    return int(datetime.fromisoformat(f"{text}+07:00").astimezone(UTC).timestamp()) * 1_000_000


def pausing(*windows: str) -> InquirySchedule:
    return InquirySchedule(pauses=tuple(DailyWindow.parse(window) for window in windows))


@pytest.mark.parametrize(
    ("at", "asked"),
    [
        ("2026-11-21T20:58:00", "2026-11-21T20:58:30"),
        ("2026-11-21T20:59:30", "2026-11-22T01:00:00"),
        ("2026-11-21T22:00:00", "2026-11-22T01:00:00"),
        ("2026-11-22T00:59:29", "2026-11-22T01:00:00"),
        ("2026-11-22T01:00:00", "2026-11-22T01:00:30"),
    ],
)
def test_inquiry_that_would_fall_into_the_pause_waits_for_its_end(at: str, asked: str) -> None:
    next_us = pausing("21:00-01:00").next_us(at_us=us(at), inquiry_count=0, age_s=0.0)

    assert next_us == us(asked)


def test_pauses_that_touch_are_one() -> None:
    schedule = pausing("23:00-24:00", "00:00-02:00")

    assert schedule.next_us(at_us=us("2026-11-21T23:10"), inquiry_count=0, age_s=0.0) == us(
        "2026-11-22T02:00"
    )


def test_pause_does_not_put_off_the_person_who_must_decide() -> None:
    schedule = pausing("21:00-01:00")

    assert schedule.next_us(at_us=us("2026-11-21T22:00"), inquiry_count=9, age_s=90_000.0) is None


def test_pauses_must_leave_time_to_ask() -> None:
    with pytest.raises(ValueError, match="no time to ask"):
        pausing("00:00-12:00", "12:00-24:00")


@pytest.fixture
async def house(sqlite_url: str) -> AsyncIterator[UseCases]:
    async with open_use_cases(sqlite_url) as opened:
        yield opened


async def test_unknown_payment_is_asked_about_after_the_end_of_the_day(house: UseCases) -> None:
    bank = house.banks.by_id["bca"]
    house.banks.by_id["bca"] = replace(bank, schedule=pausing("21:00-01:00"))
    house.clock.advance((us("2026-11-21T21:30") - house.clock.now_us()) / 1_000_000)
    house.bank.script.append("booked_but_lost")

    transfer = await house.pay()
    assert transfer.next_action_us == us("2026-11-22T01:00")

    house.clock.advance(3.5 * 3600)
    await house.work_once()
    settled = await house.ledger.get(transfer.transfer_id)

    assert settled is not None
    assert settled.state is State.SETTLED


async def test_rail_may_have_a_schedule_of_its_own(house: UseCases) -> None:
    bank = house.banks.by_id["bca"]
    slow = InquirySchedule(first_s=(1800.0,))
    house.banks.by_id["bca"] = replace(bank, schedule_by_rail={Rail.BIFAST: slow})
    house.bank.script.extend(["lost", "lost"])
    elsewhere = request("INV-2", beneficiary_bank_code="BMRIIDJA", rail=Rail.BIFAST)

    inside = await house.pay()
    outside = (await house.create.execute(elsewhere, wait_s=5.0)).transfer

    assert inside.next_action_us - house.clock.now_us() == 30_000_000
    assert outside.next_action_us - house.clock.now_us() == 1_800_000_000


def bank_settings(**changes: Any) -> BankSettings:
    document = {"driver": "bca_snap", "base_url": "https://bank", "profile": {}, **changes}
    return parse(document, BankSettings, path=Path("bank.toml"))


def test_schedule_of_a_rail_is_laid_over_that_of_the_bank() -> None:
    settings = bank_settings(
        inquiry={"give_up_s": 3600.0},
        inquiry_by_rail={"RTGS": {"first_s": [300.0]}},
        end_of_day=["21:00-01:00"],
    )

    rtgs, others = settings.schedule(Rail.RTGS), settings.schedule(Rail.SKN)

    assert (rtgs.first_s, rtgs.give_up_s) == ((300.0,), 3600.0)
    assert (others.first_s[0], others.give_up_s) == (30.0, 3600.0)
    assert [str(pause) for pause in rtgs.pauses] == ["21:00-01:00"]


@pytest.mark.parametrize(
    "changes",
    [
        {"end_of_day": ["21-01"]},
        {"end_of_day": ["00:00-24:00"]},
        {"inquiry_by_rail": {"PIGEON": {}}},
    ],
)
def test_hours_that_cannot_be_meant_stop_the_start(changes: dict[str, Any]) -> None:
    with pytest.raises(ConfigError):
        bank_settings(**changes)


@pytest.mark.parametrize("asker", ["client", "worker"])
async def test_in_the_pause_nobody_asks_and_the_answer_says_when_it_will_be(
    sqlite_url: str, asker: str
) -> None:
    async with open_use_cases(sqlite_url) as house:
        bank = house.banks.find("bca")
        # 07:00 in Jakarta, when the payment is made; nothing is asked until 09:00.
        house.banks.by_id["bca"] = replace(bank, schedule=pausing("06:00-09:00"))
        house.bank.script.append("booked_but_lost")
        transfer = await house.pay()
        if asker == "worker":
            # A notification made it due at once.
            due = replace_struct(transfer, next_action_us=house.clock.now_us())
            await house.ledger.apply(Change(before=transfer, after=bump(due)))
            await house.work_once()
            answer = await house.ledger.get(transfer.transfer_id)
        else:
            answer = await house.inquire.execute(transfer)

        assert answer is not None
        assert answer.state is State.UNKNOWN
        assert answer.next_action_us == us("2026-01-01T09:00")
        told = contract.to_message(answer)
        assert told.next_inquiry_time.ToMicroseconds() == answer.next_action_us
        assert not house.bank.asked.is_set()

        house.clock.advance(2 * 3600)
        settled = await house.inquire.execute(answer)
        assert settled.state is State.SETTLED
        assert not contract.to_message(settled).HasField("next_inquiry_time")
