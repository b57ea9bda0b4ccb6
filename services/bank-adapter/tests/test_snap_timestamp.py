"""Timestamps: 25 characters in Jakarta time out, anything reasonable in."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from bank_adapter.snap.timestamp import JAKARTA, read, write
from hypothesis import given
from hypothesis import strategies as st

moments = st.datetimes(datetime(2000, 1, 1), datetime(2100, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001  bounds are naive for hypothesis


def test_utc_is_written_in_jakarta_time():
    at = datetime(2026, 11, 21, 3, 30, 5, 999_999, tzinfo=UTC)
    assert write(at) == "2026-11-21T10:30:05+07:00"


def test_milliseconds_are_cut():
    at = datetime(2026, 11, 21, 3, 30, 5, 999_999, tzinfo=UTC)
    assert write(at, milliseconds=True) == "2026-11-21T10:30:05.999+07:00"


def test_instant_without_a_zone_is_refused():
    with pytest.raises(ValueError, match="aware"):
        write(datetime(2026, 11, 21))  # noqa: DTZ001  the case


@given(moments)
def test_written_text_has_25_characters_and_reads_back(at: datetime):
    written = write(at)
    assert len(written) == 25
    assert read(written) == at.replace(microsecond=0)


@pytest.mark.parametrize(
    "text",
    [
        "2026-11-21T03:30:05Z",
        "2026-11-21T10:30:05+07:00",
        "2026-11-21T10:30:05+0700",
        "2026-11-21T10:30:05.000+07:00",
        "2026-11-21T10:30:05+07:000",
        "2026-11-21 10:30:05",
        " 2026-11-21T10:30:05+07:00 ",
    ],
)
def test_lenient_reading(text: str):
    assert read(text) == datetime(2026, 11, 21, 10, 30, 5, tzinfo=JAKARTA)


@pytest.mark.parametrize(
    "text", ["", "2026-11-21", "2026-13-01T00:00:00Z", "2026-11-21T25:00:00Z", "21/11/2026"]
)
def test_no_timestamp_is_none(text: str):
    assert read(text) is None


@given(st.text(max_size=40))
def test_no_text_makes_the_reader_raise(text: str):
    read(text)


def test_offset_of_the_house_is_seven_hours():
    assert JAKARTA.utcoffset(None) == timedelta(hours=7)
