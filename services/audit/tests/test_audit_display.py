"""How pages write what they show: nothing is rounded, re-spelt or guessed."""

import json

import pytest
from audit.application.overview import Bucket, Span
from audit.application.ports import EventFilter
from audit.domain.transfer_state import TransferState
from audit.entrypoints.dashboard import charts, display
from audit.entrypoints.dashboard.filters import FIELDS, read_form, read_time
from hypothesis import given
from hypothesis import strategies as st

MIDNIGHT_UTC_US = 1_767_225_600_000_000


def test_an_instant_is_jakarta_s_and_says_so():
    assert display.instant(MIDNIGHT_UTC_US + 123_999) == "01 Jan 2026 07:00:00.123 WIB"
    assert display.instant(MIDNIGHT_UTC_US - 1) == "01 Jan 2026 06:59:59.999 WIB"
    assert display.instant_short(MIDNIGHT_UTC_US) == "01 Jan 2026 07:00:00"


@pytest.mark.parametrize(
    ("amount_minor", "expected"),
    [
        (0, "IDR 0.00"),
        (7, "IDR 0.07"),
        (125_000_000, "IDR 1,250,000.00"),
        (999_999_999_999_999, "IDR 9,999,999,999,999.99"),
    ],
)
def test_money_is_grouped(amount_minor: int, expected: str):
    assert display.money(amount_minor, "IDR") == expected


@pytest.mark.parametrize(
    ("length_us", "expected"),
    [
        (0, "0 ms"),
        (999_999, "999 ms"),
        (1_500_000, "1.5 s"),
        (302_000_000, "5 min 2 s"),
        (11_400_000_000, "3 h 10 min"),
        (187_200_000_000, "2 d 4 h"),
    ],
)
def test_a_duration_has_two_units_at_most(length_us: int, expected: str):
    assert display.duration(length_us) == expected


def shown(body: str) -> str:
    pieces = display.json_pieces(body)
    assert pieces is not None
    return "".join(piece.text for piece in pieces)


def test_json_is_indented_and_keeps_its_digits():
    body = '{"a":1.10,"b":[1e400,-0,{}],"a":"x\\u00e9","c":[],"d":null}'

    assert shown(body) == (
        '{\n  "a": 1.10,\n  "b": [\n    1e400,\n    -0,\n    {}\n  ],\n'
        '  "a": "x\\u00e9",\n  "c": [],\n  "d": null\n}'
    )


@pytest.mark.parametrize(
    "body", ["", "{", "<html>", "{'a': 1}", '{"a":1} x', "[1,]", "[" * 100_000]
)
def test_what_is_not_json_is_not_taken_for_it(body: str):
    assert display.json_pieces(body) is None


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=20,
)


@given(JSON)
def test_indenting_changes_no_value(value: object):
    assert json.loads(shown(json.dumps(value))) == value


@given(JSON)
def test_keys_and_texts_are_told_apart(value: object):
    pieces = display.json_pieces(json.dumps({"k": value})) or []

    assert pieces[2] == display.Piece("key", '"k"')


@pytest.mark.parametrize(
    ("value", "top"),
    [(0, 1), (1, 1), (2, 2), (3, 4), (5, 5), (6, 10), (11, 20), (41, 50), (5001, 10_000)],
)
def test_the_axis_ends_at_a_round_number(value: int, top: int):
    assert charts.round_up(value) == top


def test_bars_fill_the_chart_in_proportion():
    buckets = [
        Bucket(
            start_us=MIDNIGHT_UTC_US, counts={TransferState.SETTLED: 3, TransferState.UNKNOWN: 1}
        ),
        Bucket(start_us=MIDNIGHT_UTC_US + 3_600_000_000, counts={}),
    ]

    chart = charts.time_chart(buckets, Span.DAY)

    first, second = chart.columns
    assert [(block.y, block.height) for block in first.blocks] == [(25, 75), (0, 25)]
    assert first.title == "01 Jan 07:00 WIB: 4 (3 settled, 1 unknown)"
    assert (second.blocks, second.title) == ([], "01 Jan 08:00 WIB: 0")
    assert (chart.total, chart.top) == (4, 4)


def test_every_field_of_the_form_filters():
    form = read_form({name: "x" for name, _, _ in FIELDS} | {"from": "2026-01-01T07:00"})

    assert form.problems == []
    assert form.criteria == EventFilter(
        **{attribute: "x" for _, _, attribute in FIELDS}, occurred_from_us=MIDNIGHT_UTC_US
    )


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("2026-01-01T07:00:00", MIDNIGHT_UTC_US),
        ("2026-01-01T00:00:00Z", MIDNIGHT_UTC_US),
        ("2026-01-01T07:00:00.000001", MIDNIGHT_UTC_US + 1),
        ("1969-01-01", None),
        ("0001-01-01T00:00+14:00", None),
        ("yesterday", None),
    ],
)
def test_a_time_without_a_zone_is_jakarta_s(value: str, expected: int | None):
    assert read_time(value) == expected
