"""How statements of many units are merged, and that no unit's own order changes."""

from collections import Counter
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from servicekit.batch_plan import plan
from servicekit.commit_unit import Statement, Unit
from sqlalchemy import text

A, B, C = (text(name) for name in "abc")
NAMES = {id(A): "A", id(B): "B", id(C): "C"}

# A busy machine is not a failure.
patient = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])


def unit(key: str, *executables: object, rows: int | None = 1) -> Unit:
    statements = tuple(
        Statement(executable, {"key": key, "place": place}, rows)
        for place, executable in enumerate(executables)
    )
    return Unit(key, statements)


def shape(units: list[Unit]) -> list[tuple[str, int, int | None]]:
    return [
        (NAMES[id(step.executable)], len(step.parameters), step.expected_rows)
        for step in plan(units)
    ]


def test_equal_statements_of_units_of_one_shape_are_merged():
    units = [unit("1", A, B, C), unit("2", A, B, C), unit("3", A, B)]
    assert shape(units) == [("A", 3, 3), ("B", 3, 3), ("C", 2, 2)]


def test_statement_that_others_need_first_waits_for_them():
    assert shape([unit("1", A, C), unit("2", B, C)]) == [("A", 1, 1), ("B", 1, 1), ("C", 2, 2)]


def test_contrary_orders_are_both_kept():
    assert shape([unit("1", A, B), unit("2", B, A)]) == [("A", 1, 1), ("B", 2, 2), ("A", 1, 1)]


def test_rows_of_one_unit_in_a_run_are_merged_in_order():
    (step,) = plan([unit("1", A, A, A)])
    assert [parameters["place"] for parameters in step.parameters] == [0, 1, 2]


def test_unchecked_and_checked_statements_are_not_merged():
    assert shape([unit("1", A), unit("2", A, rows=None)]) == [("A", 1, 1), ("A", 1, None)]


def test_guards_other_than_one_stay_alone():
    assert shape([unit("1", A, rows=2), unit("2", A, rows=2)]) == [("A", 1, 2), ("A", 1, 2)]


def test_statements_with_other_parameters_are_not_merged():
    units = [Unit("1", (Statement(A, {"x": 1}),)), Unit("2", (Statement(A, {"x": 1, "y": 2}),))]
    assert shape(units) == [("A", 1, 1), ("A", 1, 1)]


def test_unit_without_statements_needs_nothing():
    assert shape([Unit("1", ())]) == []


@patient
@given(st.lists(st.lists(st.sampled_from([A, B, C]), max_size=5), max_size=6))
def test_every_statement_runs_once_and_in_its_units_order(shapes: list[list[Any]]):
    units = [unit(str(number), *executables) for number, executables in enumerate(shapes)]
    ran = [
        (parameters["key"], parameters["place"])
        for step in plan(units)
        for parameters in step.parameters
    ]
    asked = [(u.key, place) for u in units for place in range(len(u.statements))]
    assert Counter(ran) == Counter(asked)
    for each in units:
        places = [place for key, place in ran if key == each.key]
        assert places == sorted(places)
