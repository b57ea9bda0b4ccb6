"""From a bank's settings to its driver: profiles, the older API, banks without tokens."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from bank_adapter.adapters.bank_http import BankHTTP, BankHTTPSettings
from bank_adapter.adapters.bank_profile_file import read_packaged_profile
from bank_adapter.application.bank import Bank, CircuitPolicy
from bank_adapter.build_bank import build_bank, build_driver, is_unproven
from bank_adapter.config import BankSettings
from bank_adapter.domain.conversation import (
    AuthorizeClient,
    Send,
    SignLegacy,
    SignTransactionAsymmetric,
)
from bank_adapter.domain.rail import Rail
from bank_adapter.domain.states import State
from bank_adapter.drivers.bca_legacy.driver import BCALegacyDriver
from bank_adapter.drivers.registry import open_driver
from bank_adapter.drivers.settings import ProfileError
from bank_adapter.drivers.snap_generic.driver import SnapGenericDriver
from fake_bank import TOKEN_PATH, answer
from servicekit.config import ConfigError, parse
from use_cases import PROFILE, UseCases, open_use_cases, request

COMPANY = {
    "client_id": "client",
    "partner_id": "PARTNER",
    "channel_id": "95051",
    "token_key_id": "token",
    "transaction_key_id": "transaction",
}
LEGACY = {
    "client_id": "client",
    "api_key": "api-key",
    "corporate_id": "KBBDEMO001",
    "origin": "erp.example.com",
    "token_key_id": "legacy-client",
    "transaction_key_id": "legacy-api",
}


def settings(**changes: Any) -> BankSettings:
    document = {"driver": "snap_generic", "base_url": "https://bank", "profile": COMPANY, **changes}
    return parse(document, BankSettings, path=Path("/etc/gerbang/bank-adapter.toml"))


def test_packaged_profile_is_completed_by_the_companys_values() -> None:
    driver = build_driver("bni", settings(profile_name="bni"))

    assert isinstance(driver, SnapGenericDriver)
    assert "BNINIDJA" in driver.own_bank_codes


def test_value_of_the_company_wins_over_the_profiles() -> None:
    company = {**COMPANY, "own_bank_codes": ["XXXXIDJA"]}

    driver = build_driver("bni", settings(profile_name="bni", profile=company))

    assert driver.own_bank_codes == {"XXXXIDJA"}


def test_profile_file_lies_beside_the_configuration(tmp_path: Path) -> None:
    packaged = Path(__file__).parents[1] / "src/bank_adapter/drivers/snap_generic/profiles/bri.toml"
    (tmp_path / "mine.toml").write_text(packaged.read_text("utf-8"), encoding="utf-8")
    document = {
        "driver": "snap_generic",
        "base_url": "https://bank",
        "profile": COMPANY,
        "profile_file": "mine.toml",
    }
    wanted = parse(document, BankSettings, path=tmp_path / "bank-adapter.toml")

    assert build_driver("bri", wanted).own_bank_codes == frozenset(
        read_packaged_profile("bri")["own_bank_codes"]  # type: ignore[call-overload]
    )


def test_packaged_profile_is_told_to_be_unproven_and_a_driver_of_python_is_not() -> None:
    assert is_unproven(settings(profile_name="bni"))
    assert not is_unproven(settings(driver="bca_legacy", profile=LEGACY))


OPERATION = """
[operation]
end_of_day = ["22:00-08:00"]
rail_preference = ["SKN", "ONLINE"]

[operation.inquiry]
first_s = [60.0]

[operation.rails.ONLINE]
max = "25000000.00"

[operation.rails.SKN]
hours = "09:00-14:00"
"""


@pytest.fixture
def described(tmp_path: Path) -> Path:
    """BNI's profile with hours and limits."""
    packaged = Path(__file__).parents[1] / "src/bank_adapter/drivers/snap_generic/profiles/bni.toml"
    path = tmp_path / "mine.toml"
    path.write_text(packaged.read_text("utf-8") + OPERATION, encoding="utf-8")
    return path


def built(path: Path, **changes: Any) -> Bank:
    wire = BankHTTP(BankHTTPSettings(base_url="https://bank"))
    return build_bank("bni", settings(profile_file=str(path), **changes), wire)


def test_profile_says_when_its_bank_works_and_how_much_it_takes(described: Path) -> None:
    bni = built(described)

    assert [str(window) for window in bni.schedule.pauses] == ["22:00-08:00"]
    assert bni.schedule.first_s == (60.0,)
    assert bni.rails.preference == (Rail.SKN, Rail.ONLINE)
    assert bni.rails.of(Rail.ONLINE).max_minor == 2_500_000_000
    assert "09:00-14:00" in str(bni.rails.of(Rail.SKN).hours)


def test_configuration_wins_over_the_profile_rail_by_rail(described: Path) -> None:
    bni = built(described, end_of_day=[], rails={"SKN": {"max": "1.00"}})

    assert bni.schedule.pauses == ()
    assert bni.schedule.first_s == (60.0,)
    assert bni.rails.of(Rail.SKN).max_minor == 100
    assert "08:00-15:30" in str(bni.rails.of(Rail.SKN).hours)
    assert bni.rails.of(Rail.ONLINE).max_minor == 2_500_000_000


@pytest.mark.parametrize(
    ("operation", "message"),
    [
        ('operation = "none"', "operation: must be a table"),
        ("[operation]\nend_of_days = []", r"operation\.end_of_days: unknown key"),
        ('[operation]\nend_of_day = ["25:00-01:00"]', r"operation\."),
        ("[operation.rails.GIRO]", r"operation\.rails\.GIRO"),
        ("[operation]\nbank_timeout_s = 1.0", r"operation\.bank_timeout_s: unknown key"),
    ],
)
def test_wrong_operation_of_a_profile_stops_the_start(
    tmp_path: Path, operation: str, message: str
) -> None:
    (tmp_path / "mine.toml").write_text(operation, encoding="utf-8")

    with pytest.raises(ProfileError, match=message):
        build_driver("bni", settings(profile_file=str(tmp_path / "mine.toml")))


@pytest.mark.parametrize(
    "changes",
    [
        {"profile_name": "bni", "profile_file": "mine.toml"},
        {"driver": "bca_snap", "profile_name": "bni"},
    ],
)
def test_profile_is_one_and_for_a_plain_bank(changes: dict[str, Any]) -> None:
    with pytest.raises(ConfigError, match="snap_generic only"):
        settings(**changes)


def test_profile_that_is_not_there_stops_the_start() -> None:
    with pytest.raises(ProfileError, match="profile_name"):
        build_driver("x", settings(profile_name="x"))


def test_older_api_is_offered() -> None:
    driver = build_driver("bca", settings(driver="bca_legacy", profile=LEGACY))

    assert isinstance(driver, BCALegacyDriver)
    assert driver.needs_token


@pytest.fixture
async def house(sqlite_url: str) -> AsyncIterator[UseCases]:
    async with open_use_cases(sqlite_url) as opened:
        yield opened


async def test_bank_without_tokens_is_paid_without_asking_for_one(house: UseCases) -> None:
    driver = open_driver("bca_snap", {**PROFILE, "signing": "ASYMMETRIC"})
    house.banks.by_id["bca"] = replace(house.banks.by_id["bca"], driver=driver)

    transfer = await house.pay()

    assert transfer.state is State.SETTLED
    assert [step.path for step in house.bank.received if step.path == TOKEN_PATH] == []
    assert [type(step) for step in house.signer.signed] == [SignTransactionAsymmetric]
    assert "Authorization" not in dict(house.bank.received[0].headers)


async def test_older_api_is_paid_through_the_same_use_cases(house: UseCases) -> None:
    driver = open_driver("bca_legacy", {**LEGACY, "bank_id": "bca"})
    wire = LegacyWire()
    house.banks.by_id["bca"] = replace(house.banks.by_id["bca"], driver=driver, wire=wire)

    created = await house.create.execute(request(), wait_s=5.0)

    assert created.transfer.state is State.SETTLED
    assert [type(step) for step in house.signer.signed] == [AuthorizeClient, SignLegacy]
    assert dict(wire.received[0].headers)["Authorization"] == "Basic c2lnbmF0dXJl"
    assert dict(wire.received[1].headers)["X-BCA-Signature"] == "c2lnbmF0dXJl"


class LegacyWire:
    """Gives a token and settles every transfer."""

    def __init__(self) -> None:
        self.received: list[Send] = []

    async def send(self, step: Send, **_: Any) -> Any:
        self.received.append(step)
        if step.path == "/api/oauth/token":
            return answer(200, {"access_token": "token-1", "expires_in": 3600})
        return answer(200, {"Status": "Success"})


def bank(**changes: Any) -> Bank:
    wire = BankHTTP(BankHTTPSettings(base_url="https://bank"))
    return build_bank("bni", settings(profile_name="bni", **changes), wire)


def test_bank_says_how_long_it_is_left_alone() -> None:
    assert bank().circuit == CircuitPolicy(failures=5, open_s=30.0, refused_s=60.0)
    assert bank(circuit={"open_s": 5}).circuit.open_s == 5


def test_round_of_questions_is_claimed_for_as_long_as_it_may_take_and_not_much_longer() -> None:
    slow = bank(bank_timeout_s=60.0, attempt_margin_s=30.0)

    assert slow.claim_s(1) == 180.0
    assert slow.claim_s(2) == 270.0
