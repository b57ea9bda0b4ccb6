"""The rail of a payment, from the request to the ledger."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from bank_adapter.application.transfer_request import InvalidFieldError
from bank_adapter.config import BankSettings
from bank_adapter.domain.money import Money
from bank_adapter.domain.rail import Rail
from bank_adapter.domain.rail_choice import NoRailFitsError, RailClosedError
from bank_adapter.policy_settings import rail_rules
from servicekit.config import ConfigError, parse
from use_cases import UseCases, open_use_cases, request

MANDIRI = {"beneficiary_bank_code": "BMRIIDJA"}
CLEARED = {
    **MANDIRI,
    "beneficiary_address": "Jl. Braga 1",
    "beneficiary_residence": "1",
    "beneficiary_type": "2",
}


@pytest.fixture
async def house(sqlite_url: str) -> AsyncIterator[UseCases]:
    async with open_use_cases(sqlite_url) as opened:
        yield opened


def set_clock(house: UseCases, jakarta: str) -> None:
    at = datetime.fromisoformat(f"{jakarta}+07:00").astimezone(UTC).timestamp()
    house.clock.advance(at - house.clock.now_us() / 1_000_000)


async def create(house: UseCases, reference: str = "INV-1", **changes: Any) -> Any:
    house.bank.script.append("not_sent")
    created = await house.create.execute(request(reference, **changes), wait_s=5.0)
    return created.transfer


async def test_answer_says_the_rail_and_why(house: UseCases) -> None:
    inside = await create(house)
    large = {"amount": Money(60_000_000_00, "IDR")}
    outside = await create(house, "INV-2", **MANDIRI, **large)

    assert (inside.order.rail, inside.rail_reason) == (Rail.INTRABANK, "SAME_BANK")
    assert (outside.order.rail, outside.rail_reason) == (Rail.BIFAST, "AMOUNT_WITHIN_BIFAST")


async def test_what_bca_wants_of_foreign_beneficiaries_is_kept_and_sent(house: UseCases) -> None:
    details = {"economic_activity": "Teacher", "transaction_purpose": "02"}

    created = await house.create.execute(request(**details), wait_s=5.0)

    kept = await house.ledger.get(created.transfer.transfer_id)
    assert kept is not None
    assert (kept.order.economic_activity, kept.order.transaction_purpose) == ("Teacher", "02")
    (body,) = house.bank.booked.values()
    assert body["additionalInfo"] == {"economicActivity": "Teacher", "transactionPurpose": "02"}
    assert request().fingerprint != request(**details).fingerprint


@pytest.mark.parametrize(
    ("field", "name", "limit"),
    [
        ("economic_activity", "economicActivity", 60),
        ("transaction_purpose", "transactionPurpose", 2),
    ],
)
async def test_text_that_is_too_long_for_its_field_is_refused(
    house: UseCases, field: str, name: str, limit: int
) -> None:
    with pytest.raises(InvalidFieldError) as refused:
        await create(house, **{field: "1" * (limit + 1)})
    assert refused.value.field == name


async def test_missing_field_is_named_before_anything_is_stored(house: UseCases) -> None:
    set_clock(house, "2026-11-23T10:00")
    large = {"amount": Money(300_000_000_00, "IDR")}

    with pytest.raises(NoRailFitsError) as refused:
        await create(house, **MANDIRI, **large)

    assert refused.value.field == "beneficiaryAddress"
    assert await house.ledger.find_by_key("erp", "INV-1") is None
    assert (await create(house, **CLEARED, **large)).order.rail is Rail.SKN


async def test_clearing_is_not_sent_after_its_counter_closed(house: UseCases) -> None:
    set_clock(house, "2026-11-23T15:29")

    transfer = await create(house, **CLEARED, rail=Rail.SKN)

    assert transfer.send_by_us - house.clock.now_us() == 60_000_000


async def test_replay_after_closing_time_is_the_same_transfer(house: UseCases) -> None:
    set_clock(house, "2026-11-23T15:29")
    first = await create(house, **CLEARED, rail=Rail.SKN)
    house.clock.advance(3600)

    again = await house.create.execute(request(**CLEARED, rail=Rail.SKN), wait_s=5.0)

    assert again.replayed
    assert again.transfer.transfer_id == first.transfer_id
    with pytest.raises(RailClosedError):
        await create(house, "INV-2", **CLEARED, rail=Rail.SKN)


async def test_virtual_account_keeps_its_blanks(house: UseCases) -> None:
    number = "   12345678901234567"

    transfer = await create(house, beneficiary_account_no=number, rail=Rail.VIRTUAL_ACCOUNT)

    stored = await house.ledger.get(transfer.transfer_id)
    assert stored is not None
    assert stored.order.beneficiary_account_no == number
    (attempt,) = await house.ledger.attempts(transfer.transfer_id)
    assert f'"virtualAccountNo":"{number}"'.encode() in attempt.message.body


@pytest.mark.parametrize(
    ("number", "rail"),
    [
        ("   12345678901234567", None),
        ("   12345678901234567", Rail.INTRABANK),
        ("12345 678", Rail.VIRTUAL_ACCOUNT),
        ("12345678 ", Rail.VIRTUAL_ACCOUNT),
        ("1" * 29, Rail.VIRTUAL_ACCOUNT),
        ("        1", Rail.VIRTUAL_ACCOUNT),
    ],
)
async def test_blanks_are_for_the_left_of_virtual_accounts_alone(
    house: UseCases, number: str, rail: Rail | None
) -> None:
    with pytest.raises(InvalidFieldError) as refused:
        await create(house, beneficiary_account_no=number, rail=rail)

    assert refused.value.field == "beneficiaryAccountNo"


def bank_settings(**changes: Any) -> BankSettings:
    document = {"driver": "bca_snap", "base_url": "https://bank", "profile": {}, **changes}
    return parse(document, BankSettings, path=Path("bank.toml"))


def test_configuration_is_laid_over_the_standard() -> None:
    settings = bank_settings(
        rails={"BIFAST": {"max": "100000000.00"}, "RTGS": {"hours": ""}, "SKN": {"min": "1.00"}},
        rail_preference=["ONLINE", "BIFAST"],
    )

    rules = rail_rules(settings.rails, settings.rail_preference, frozenset())

    assert rules.of(Rail.BIFAST).max_minor == 10_000_000_000
    assert rules.of(Rail.RTGS).hours is None
    assert rules.of(Rail.SKN).min_minor == 100
    assert rules.of(Rail.SKN).max_minor == 100_000_000_000
    assert "08:00-15:30" in str(rules.of(Rail.SKN).hours)
    assert rules.preference == (Rail.ONLINE, Rail.BIFAST)


@pytest.mark.parametrize(
    "changes",
    [
        {"rails": {"BIFAST": {"max": "100"}}},
        {"rails": {"BIFAST": {"max": "1.00", "min": "2.00"}}},
        {"rails": {"PIGEON": {}}},
        {"rails": {"SKN": {"hours": "21:00-01:00"}}},
        {"rails": {"SKN": {"weekdays": ["monday"]}}},
        {"rail_preference": ["BIFAST", "BIFAST"]},
        {"rail_preference": ["VIRTUAL_ACCOUNT"]},
    ],
)
def test_configuration_that_cannot_be_meant_stops_the_start(changes: dict[str, Any]) -> None:
    with pytest.raises(ConfigError):
        bank_settings(**changes)


async def test_rules_of_the_bank_are_the_ones_applied(house: UseCases) -> None:
    bank = house.banks.by_id["bca"]
    rules = rail_rules(bank_settings().rails, (Rail.ONLINE,), frozenset())
    house.banks.by_id["bca"] = replace(bank, rails=rules)

    assert (await create(house, **MANDIRI)).order.rail is Rail.ONLINE
