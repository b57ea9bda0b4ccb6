"""Ids of ours toward a bank: as wide as it takes, of their Jakarta day, never twice."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from bank_adapter.adapters.random_identifiers import RandomIdentifiers
from bank_adapter.domain.bank_day import bank_day
from bank_adapter.snap.external_id import check
from bank_adapter.snap.party import LEAST_EXTERNAL_ID_DIGITS, LEAST_REFERENCE_DIGITS
from bank_adapter.snap.timestamp import JAKARTA
from hypothesis import given, settings
from hypothesis import strategies as st
from servicekit.clock import SystemClock

MIDNIGHT = datetime(2026, 11, 22, tzinfo=JAKARTA)
# From an hour before a Jakarta midnight to an hour after, to the millisecond.
AROUND_MIDNIGHT = st.integers(-3_600_000, 3_600_000).map(
    lambda ms: us(MIDNIGHT + timedelta(milliseconds=ms))
)


def us(at: datetime) -> int:
    return int(at.timestamp() * 1000) * 1000


def replicas(count: int) -> list[RandomIdentifiers]:
    return [RandomIdentifiers(SystemClock()) for _ in range(count)]


@settings(deadline=None)
@given(moments=st.lists(AROUND_MIDNIGHT, max_size=200), digits=st.integers(20, 32))
def test_external_ids_of_replicas_over_a_day_change_are_never_the_same(
    moments: list[int], digits: int
):
    made = [
        (bank_day(at_us), one.external_id(at_us, digits=digits))
        for at_us in moments
        for one in replicas(3)
    ]
    assert len(set(made)) == len(made)
    for _, external_id in made:
        check(external_id, max_digits=digits)


@given(at_us=AROUND_MIDNIGHT)
def test_external_id_of_full_width_begins_with_its_jakarta_day(at_us: int):
    external_id = replicas(1)[0].external_id(at_us)
    assert (len(external_id), int(external_id[:8])) == (32, bank_day(at_us))


@given(at_us=AROUND_MIDNIGHT, digits=st.integers(LEAST_EXTERNAL_ID_DIGITS, 40))
def test_external_id_is_as_wide_as_the_bank_takes_it(at_us: int, digits: int):
    external_id = replicas(1)[0].external_id(at_us, digits=digits)
    assert external_id.isdecimal()
    assert len(external_id) == min(32, digits)


@given(at_us=AROUND_MIDNIGHT, digits=st.integers(LEAST_REFERENCE_DIGITS, 64))
def test_reference_is_as_wide_as_the_bank_takes_it(at_us: int, digits: int):
    reference = replicas(1)[0].bank_reference(at_us, digits=digits)
    assert reference.isdecimal()
    assert len(reference) == min(24, digits)


@pytest.mark.parametrize("digits", [16, 20, 24])
def test_reference_keeps_sixteen_random_digits_whatever_its_width(digits: int):
    """A restored backup knows the day; it must not be able to repeat the rest."""
    at_us = us(MIDNIGHT)
    made = {replicas(1)[0].bank_reference(at_us, digits=digits)[-16:] for _ in range(500)}
    assert len(made) == 500
