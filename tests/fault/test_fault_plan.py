"""A seed repeats a run's plan, and a plan leaves out no bank, rail, fault or step."""

from __future__ import annotations

import importlib
from dataclasses import replace

import pytest
from bank_adapter.application.steps import STEPS
from bank_faults import DECK
from payments import ROUTES, payment
from plan import Manner, Scale, Strike, draw, orders_of

SCALE = Scale(payments=100, at_once=4, blows=40, processes=2, has_database=True, freezes=4)


def test_same_seed_draws_the_same_plan() -> None:
    assert draw(7, SCALE) == draw(7, SCALE)
    assert [payment(7, n) for n in range(50)] == [payment(7, n) for n in range(50)]


def test_another_seed_draws_another() -> None:
    assert draw(7, SCALE) != draw(8, SCALE)
    assert payment(7, 99) != payment(8, 99)


def test_how_long_it_runs_does_not_change_how_it_begins() -> None:
    assert draw(7, replace(SCALE, blows=60))[:40] == draw(7, SCALE)


def test_every_driver_and_rail_is_paid() -> None:
    first = [payment(1, number).route for number in range(len(ROUTES))]

    assert {route.bank.driver for route in first} == {
        "bca_snap", "paydia_snap", "bca_legacy", "snap_generic"
    }  # fmt: skip
    assert {route.rail for route in first} == {
        "INTRABANK", "BIFAST", "ONLINE", "SKN", "RTGS", "VIRTUAL_ACCOUNT", "AUTO"
    }  # fmt: skip


def test_no_two_payments_have_one_amount_and_reference() -> None:
    made = [payment(1, number) for number in range(2000)]

    assert len({one.reference for one in made}) == len(made)
    assert len({(one.route.bank.bank_id, one.amount) for one in made}) == len(made)


def test_deck_has_every_kind_of_fault_of_the_simulator() -> None:
    kinds = importlib.import_module("simulator.faults.kinds").KINDS

    assert {card.kind for card in DECK} == set(kinds)


def test_every_named_step_is_killed_once() -> None:
    orders = orders_of(draw(1, SCALE))
    killed = [order for order in orders if order.manner is Manner.KILL]

    assert {order.step for order in killed} == set(STEPS)
    assert len(set(killed)) == len(killed)


@pytest.mark.parametrize("seed", range(5))
def test_every_strike_comes_before_one_comes_too_often(seed: int) -> None:
    strikes = [blow.strike for blow in draw(seed, SCALE)[:12]]

    assert set(strikes) == set(Strike)
    assert strikes.count(Strike.KILL) == len(strikes) / 2


def test_each_card_is_dealt_before_one_is_dealt_again() -> None:
    hits = [hit.card for blow in draw(3, replace(SCALE, blows=60)) for hit in blow.hits]

    assert set(map(str, hits[: len(DECK)])) == set(map(str, DECK))
