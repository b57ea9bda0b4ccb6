"""Which rail is taken: by bank, amount, hour, capability and fields."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest
from bank_adapter.domain.daily_window import DailyWindow
from bank_adapter.domain.money import Money
from bank_adapter.domain.opening_hours import OpeningHours
from bank_adapter.domain.rail import Capability, Rail
from bank_adapter.domain.rail_choice import (
    FieldProblem,
    NoRailFitsError,
    RailChoice,
    RailClosedError,
    RailLimitError,
    RailOffer,
    UnsupportedRailError,
    choose_rail,
)
from bank_adapter.domain.rail_rule import STANDARD, RailRule, RailRules

MILLION = 100_000_000
ALL = frozenset(Capability)


def us(text: str) -> int:
    """A Jakarta wall clock time as an instant."""
    return int(datetime.fromisoformat(f"{text}+07:00").astimezone(UTC).timestamp()) * 1_000_000


SATURDAY = us("2026-11-21T10:00")
MONDAY = us("2026-11-23T10:00")
MONDAY_EVENING = us("2026-11-23T15:30")


def offer(capabilities: frozenset[Capability] = ALL, rules: RailRules | None = None) -> RailOffer:
    return RailOffer(
        capabilities=capabilities,
        own_bank_codes=frozenset({"CENAIDJA", "014"}),
        rules=rules or RailRules(),
    )


def choose(
    wanted: Rail | None = None,
    *,
    millions: int = 1,
    bank: str = "BMRIIDJA",
    at_us: int = MONDAY,
    of: RailOffer | None = None,
    problems: dict[Rail, FieldProblem] | None = None,
) -> RailChoice:
    return choose_rail(
        wanted,
        of or offer(),
        amount=Money(millions * MILLION, "IDR"),
        beneficiary_bank_code=bank,
        at_us=at_us,
        problem_of=(problems or {}).get,
    )


@pytest.mark.parametrize("bank", ["", "CENAIDJA", "014"])
def test_own_bank_is_paid_inside_whatever_the_amount(bank: str) -> None:
    choice = choose(bank=bank, millions=5_000, at_us=SATURDAY)

    assert choice == RailChoice(rail=Rail.INTRABANK, reason="SAME_BANK")


@pytest.mark.parametrize(
    ("millions", "rail"),
    [
        (1, Rail.BIFAST),
        (250, Rail.BIFAST),
        (251, Rail.SKN),
        (1_000, Rail.SKN),
        (1_001, Rail.RTGS),
    ],
)
def test_amount_decides_between_the_rails_to_other_banks(millions: int, rail: Rail) -> None:
    assert choose(millions=millions) == RailChoice(rail=rail, reason=f"AMOUNT_WITHIN_{rail.value}")


def test_rail_that_the_bank_does_not_offer_is_passed_over() -> None:
    without = offer(ALL - {Capability.TRANSFER_BIFAST})

    assert choose(of=without).rail is Rail.ONLINE


def test_order_of_preference_is_the_banks() -> None:
    online_first = offer(rules=RailRules(preference=(Rail.ONLINE, Rail.BIFAST)))

    assert choose(of=online_first, millions=50).rail is Rail.ONLINE
    assert choose(of=online_first, millions=51).rail is Rail.BIFAST


def test_instant_rails_are_open_on_a_saturday_and_clearing_is_not() -> None:
    assert choose(millions=250, at_us=SATURDAY).rail is Rail.BIFAST
    with pytest.raises(NoRailFitsError, match="SKN is closed now; open MON,TUE,WED,THU,FRI 08:00"):
        choose(millions=251, at_us=SATURDAY)


def test_rail_whose_fields_are_missing_gives_way_to_the_next() -> None:
    problems = {Rail.BIFAST: FieldProblem(field="purposeCode", message="must be 01")}

    assert choose(problems=problems).rail is Rail.ONLINE


def test_one_missing_field_is_named() -> None:
    missing = FieldProblem(field="beneficiaryAddress", message="is required")

    with pytest.raises(NoRailFitsError) as refused:
        choose(millions=300, problems={Rail.SKN: missing, Rail.RTGS: missing})

    assert refused.value.field == "beneficiaryAddress"
    assert "BIFAST takes no more than 250000000.00 IDR" in str(refused.value)


def test_several_reasons_name_no_field_and_say_every_rail() -> None:
    problems = {
        Rail.BIFAST: FieldProblem(field="purposeCode", message="must be 01"),
        Rail.ONLINE: FieldProblem(field="beneficiaryAccountName", message="is required"),
        Rail.SKN: FieldProblem(field="beneficiaryAddress", message="is required"),
        Rail.RTGS: FieldProblem(field="beneficiaryAddress", message="is required"),
    }

    with pytest.raises(NoRailFitsError) as refused:
        choose(problems=problems)

    assert refused.value.field == ""
    assert all(rail.value in str(refused.value) for rail in problems)


def test_limit_of_the_profile_is_not_called_a_missing_field() -> None:
    over = FieldProblem(field="amount.value", message="is over the limit")

    with pytest.raises(NoRailFitsError) as refused:
        choose(problems=dict.fromkeys(Rail, over))

    assert refused.value.field == ""


def test_automatic_choice_never_pays_a_virtual_account() -> None:
    only = offer(frozenset({Capability.TRANSFER_VIRTUAL_ACCOUNT}))

    with pytest.raises(NoRailFitsError):
        choose(of=only)


def test_requested_rail_is_taken_as_it_is() -> None:
    assert choose(Rail.RTGS) == RailChoice(rail=Rail.RTGS, reason="REQUESTED")


def test_requested_rail_that_is_not_offered_is_refused() -> None:
    with pytest.raises(UnsupportedRailError, match="does not offer SKN"):
        choose(Rail.SKN, of=offer(ALL - {Capability.TRANSFER_SKN}))


@pytest.mark.parametrize(("millions", "says"), [(2, "no less than 3000000.00"), (5, "no more")])
def test_requested_rail_outside_its_bounds_is_refused(millions: int, says: str) -> None:
    rule = RailRule(min_minor=3 * MILLION, max_minor=4 * MILLION)
    bounded = offer(rules=RailRules(by_rail={Rail.ONLINE: rule}))

    with pytest.raises(RailLimitError, match=says):
        choose(Rail.ONLINE, of=bounded, millions=millions)
    assert choose(Rail.ONLINE, of=bounded, millions=3).rail is Rail.ONLINE
    assert choose(Rail.ONLINE, of=bounded, millions=4).rail is Rail.ONLINE


@pytest.mark.parametrize("at_us", [SATURDAY, MONDAY_EVENING])
def test_requested_rail_outside_its_hours_is_refused_with_the_hours(at_us: int) -> None:
    with pytest.raises(RailClosedError) as refused:
        choose(Rail.RTGS, at_us=at_us)

    assert "08:00-15:30" in refused.value.hours


def test_holiday_is_no_working_day() -> None:
    hours = OpeningHours(
        window=DailyWindow.parse("08:00-15:30"), holidays=frozenset({date(2026, 11, 23)})
    )
    closed = offer(rules=RailRules(by_rail={**STANDARD, Rail.SKN: RailRule(hours=hours)}))

    with pytest.raises(RailClosedError):
        choose(Rail.SKN, of=closed)
