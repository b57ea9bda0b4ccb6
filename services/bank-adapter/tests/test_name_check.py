"""The beneficiary's name is compared before a payment is stored."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from bank_adapter.application.ask_about_accounts import BankSaidNoError
from bank_adapter.application.check_name import NameMismatchError
from bank_adapter.application.transfer_request import InvalidFieldError
from bank_adapter.domain.name_check import NameCheckMode, NamePolicy
from bank_adapter.domain.rail import Rail
from bank_adapter.domain.states import State
from bank_adapter.drivers.paydia_snap.driver import PaydiaSnapDriver
from bank_adapter.drivers.registry import open_driver
from bank_adapter.policy_settings import NameCheckSettings
from fake_bank import EXTERNAL_NAME_PATH, INTERNAL_NAME_PATH, NAME_PATHS, TRANSFER_PATH
from servicekit.config import ConfigError, parse
from use_cases import PROFILE, UseCases, open_use_cases, request

OFF, FLAG, REFUSE = NameCheckMode
MANDIRI = {"beneficiary_bank_code": "BMRIIDJA"}


@pytest.fixture
async def house(sqlite_url: str) -> AsyncIterator[UseCases]:
    async with open_use_cases(sqlite_url) as opened:
        yield opened


def check(house: UseCases, mode: NameCheckMode, **changes: Any) -> None:
    policy = NamePolicy(mode=mode, **changes)
    house.banks.by_id["bca"] = replace(house.banks.by_id["bca"], name_check=policy)


async def create(house: UseCases, reference: str = "INV-1", **changes: Any) -> Any:
    created = await house.create.execute(request(reference, **changes), wait_s=5.0)
    return created.transfer


def questions(house: UseCases) -> list[str]:
    return [step.path for step in house.bank.received if step.path in NAME_PATHS]


async def test_nothing_is_asked_unless_the_policy_says_so(house: UseCases) -> None:
    transfer = await create(house)

    assert transfer.beneficiary_name_check == "NOT_CHECKED"
    assert questions(house) == []


@pytest.mark.parametrize("mode", [FLAG, REFUSE])
async def test_same_name_is_paid_and_said_so(house: UseCases, mode: NameCheckMode) -> None:
    check(house, mode)
    house.bank.account_name = "YOLANDA YORIES"

    transfer = await create(house)

    assert transfer.state is State.SETTLED
    stored = await house.ledger.get(transfer.transfer_id)
    assert stored is not None
    assert stored.beneficiary_name_check == "MATCH"


async def test_question_carries_the_reference_of_the_transfer_that_follows(
    house: UseCases,
) -> None:
    check(house, FLAG)

    await create(house)

    asked, paid = (
        json.loads(step.body)["partnerReferenceNo"]
        for step in house.bank.received
        if step.path in {INTERNAL_NAME_PATH, TRANSFER_PATH}
    )
    assert asked == paid


async def test_other_name_is_paid_and_flagged(house: UseCases) -> None:
    check(house, FLAG)
    house.bank.account_name = "BUDI SANTOSO"

    transfer = await create(house)

    assert (transfer.state, transfer.beneficiary_name_check) == (State.SETTLED, "MISMATCH")


async def test_other_name_is_refused_before_anything_is_stored(house: UseCases) -> None:
    check(house, REFUSE)
    house.bank.account_name = "BUDI SANTOSO"

    with pytest.raises(NameMismatchError):
        await create(house)

    assert await house.ledger.find_by_key("erp", "INV-1") is None
    assert not house.bank.debits


@pytest.mark.parametrize("signal", ["lost", "not_sent"])
async def test_silent_bank_never_holds_up_a_payment_that_would_be_flagged(
    house: UseCases, signal: str
) -> None:
    check(house, FLAG)
    house.bank.name_script.append(signal)

    transfer = await create(house)

    assert (transfer.state, transfer.beneficiary_name_check) == (State.SETTLED, "NOT_CHECKED")


@pytest.mark.parametrize("signal", ["lost", "not_sent"])
async def test_silent_bank_refuses_where_the_name_must_fit(house: UseCases, signal: str) -> None:
    check(house, REFUSE)
    house.bank.name_script.append(signal)

    with pytest.raises(BankSaidNoError):
        await create(house)

    assert await house.ledger.find_by_key("erp", "INV-1") is None
    assert (await create(house)).state is State.SETTLED


async def test_account_that_the_bank_does_not_know_is_named(house: UseCases) -> None:
    check(house, REFUSE)
    house.bank.name_script.append("unknown_account")

    with pytest.raises(InvalidFieldError) as refused:
        await create(house)

    assert refused.value.field == "beneficiaryAccountNo"


async def test_payment_without_a_name_is_not_checked_or_not_taken(house: UseCases) -> None:
    check(house, FLAG)
    nameless = await create(house, beneficiary_account_name="")
    check(house, REFUSE)

    with pytest.raises(InvalidFieldError) as refused:
        await create(house, "INV-2", beneficiary_account_name="", allow_duplicate=True)

    assert nameless.beneficiary_name_check == "NOT_CHECKED"
    assert refused.value.field == "beneficiaryAccountName"
    assert refused.value.missing


async def test_replay_does_not_ask_again(house: UseCases) -> None:
    check(house, REFUSE)
    first = await create(house)
    house.bank.account_name = "BUDI SANTOSO"

    again = await house.create.execute(request(), wait_s=5.0)

    assert again.replayed
    assert again.transfer.transfer_id == first.transfer_id
    assert len(questions(house)) == 1


async def test_client_may_have_a_policy_of_its_own(house: UseCases) -> None:
    check(house, OFF, by_client={"erp": REFUSE})
    house.bank.account_name = "BUDI SANTOSO"

    with pytest.raises(NameMismatchError):
        await create(house)


async def test_bank_left_alone_is_not_asked(house: UseCases) -> None:
    check(house, FLAG)
    bank = house.banks.by_id["bca"]
    house.bank.script.append("401/4011700")
    await create(house, "INV-0")
    before = len(questions(house))

    waiting = await create(house, "INV-1")

    assert bank.identity
    assert waiting.state is State.PREPARED
    assert len(questions(house)) == before


async def test_bifast_is_asked_with_amount_and_source(house: UseCases) -> None:
    check(house, FLAG)

    transfer = await create(house, **MANDIRI, rail=Rail.BIFAST)

    (asked,) = (step for step in house.bank.received if step.path == EXTERNAL_NAME_PATH)
    assert json.loads(asked.body)["additionalInfo"]["inquiryService"] == "2"
    assert transfer.beneficiary_name_check == "MATCH"


async def test_service_that_the_bank_does_not_offer_is_no_obstacle_to_a_flag(
    house: UseCases,
) -> None:
    settings = {**PROFILE, "partner_id": "P", "channel_id": "12345"}
    driver = open_driver("paydia_snap", settings)
    assert isinstance(driver, PaydiaSnapDriver)
    check(house, FLAG)
    house.banks.by_id["bca"] = replace(house.banks.by_id["bca"], driver=driver)

    transfer = await create(house, **MANDIRI, rail=Rail.ONLINE)

    assert transfer.beneficiary_name_check == "NOT_CHECKED"


def test_policy_is_read_from_the_configuration() -> None:
    document = {"mode": "flag", "by_client": {"erp": "refuse"}, "timeout_s": 3.0}

    policy = parse(document, NameCheckSettings, path=Path("x.toml")).policy()

    assert policy.mode_for("erp") is REFUSE
    assert policy.mode_for("other") is FLAG


@pytest.mark.parametrize(
    "document", [{"mode": "warn"}, {"timeout_s": 60.0}, {"least_similarity": 0.0}]
)
def test_policy_that_cannot_be_meant_stops_the_start(document: dict[str, Any]) -> None:
    with pytest.raises(ConfigError):
        parse(document, NameCheckSettings, path=Path("x.toml"))
