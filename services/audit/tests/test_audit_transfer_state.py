"""The projection of state events: any order, any repetition, one line."""

import random

import pytest
from audit.domain.event import Event
from audit.domain.transfer_state import (
    TransferState,
    attribute_problems,
    fold,
    minor_units,
)
from hypothesis import given
from hypothesis import strategies as st
from msgspec import structs


def changed(sequence: int, state: str, changes: dict[str, str] | None = None) -> Event:
    attributes = {
        "state": state,
        "internalState": state,
        "amount": "1250000.00",
        "currency": "IDR",
        "sequence": str(sequence),
    }
    return Event(
        event_id=f"01JD00000000000000000000{sequence:02}",
        occur_us=1_000 + sequence,
        service="bank-adapter",
        kind="transfer.state_changed",
        transfer_id="01JDT",
        client_id="erp",
        attributes={**attributes, **(changes or {})},
    )


LIFE = [
    changed(1, "PENDING"),
    changed(2, "UNKNOWN"),
    changed(3, "SETTLED"),
    changed(4, "RETURNED"),
]


@given(st.permutations(LIFE), st.integers(0, 4), st.randoms())
def test_any_order_of_arrival_gives_the_same_line(
    events: list[Event], cut: int, chance: random.Random
):
    """Also in two batches, and with events that are folded in again."""
    repeated = [*events, chance.choice(events)]
    known = fold({}, repeated[:cut])

    line = {**known, **fold(known, repeated[cut:])}["01JDT"]

    assert line == fold({}, LIFE)["01JDT"]
    assert (
        line.state,
        line.sequence,
        line.created_us,
        line.updated_us,
        line.settle_us,
    ) == (TransferState.RETURNED, 4, 1_001, 1_004, 1_003)


def test_end_of_an_attempt_tells_the_state_only_when_it_carries_one():
    finished = structs.replace(changed(3, "SETTLED"), kind="bank.attempt.finished")
    evidence = structs.replace(finished, attributes={"verdict": "UNKNOWN"})

    assert fold({}, [changed(1, "PENDING"), finished])["01JDT"].state is TransferState.SETTLED
    assert fold({}, [evidence]) == {}
    assert attribute_problems(evidence) == []
    assert attribute_problems(structs.replace(finished, attributes={"state": "PAID"})) != []


def test_an_amount_becomes_minor_units():
    assert minor_units("1250000.00") == 125_000_000
    assert minor_units("0.07") == 7


@pytest.mark.parametrize("amount", ["1", "1.0", "1,00", "-1.00", "01.00", "1.00 ", "", "1e3"])
def test_another_form_of_amount_is_refused(amount: str):
    with pytest.raises(ValueError, match="two decimals"):
        minor_units(amount)


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"state": "SENDING"}, "attributes.state"),
        ({"amount": "1250000"}, "attributes.amount"),
        ({"currency": "idr"}, "attributes.currency"),
        ({"sequence": "-1"}, "attributes.sequence"),
        ({"sequence": ""}, "attributes.sequence"),
        ({"internalState": "x" * 65}, "attributes.internalState"),
    ],
)
def test_an_attribute_that_cannot_be_drawn_is_named(change: dict[str, str], field: str):
    problems = attribute_problems(changed(1, "PENDING", change))

    assert [field] == [problem[0] for problem in problems]


def test_other_kinds_draw_no_line():
    other = Event(event_id="x", occur_us=1, service="auth", kind="auth.token.issued")

    assert fold({}, [other]) == {}
