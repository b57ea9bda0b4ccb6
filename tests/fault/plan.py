"""A run's plan: everything that is chosen, drawn from one seed before it begins.

The same seed gives the same payments, faults, victims and orders. Only how the
processes interleave is the machine's own.
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import TypeVar

from bank_adapter.application.steps import STEPS
from bank_faults import DECK, Card
from localstack.configs import numbered

T = TypeVar("T")

# Where a step is reached: by a request, by the worker, or by both.
BY_REQUESTS = (
    "intent_prepared",
    "intent_committed",
    "token_held",
    "first_byte",
    "bank_answered",
    "conclusion_committed",
    "inquiry_opened",
    "inquiry_answered",
    "inquiry_recorded",
)
BY_THE_WORKER = (
    "intent_committed",
    "token_held",
    "first_byte",
    "bank_answered",
    "conclusion_committed",
    "given_up",
    "inquiry_opened",
    "inquiry_answered",
    "inquiry_recorded",
    "events_shipped",
)
if set(BY_REQUESTS) | set(BY_THE_WORKER) != set(STEPS):
    raise AssertionError("a named step is killed nowhere")
# A sender that falls asleep here wakes up after its payment was given up.
SLEPT_THROUGH = ("intent_committed", "token_held", "first_byte", "bank_answered")


class Manner(StrEnum):
    """How a process is stopped at a named step."""

    KILL = "kill"
    FREEZE = "freeze"


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class Order:
    """The first process of a family to reach the step obeys, once."""

    family: str
    step: str
    manner: Manner = Manner.KILL

    def __str__(self) -> str:
        return f"{self.family}.{self.step}.{self.manner.value}"


class Strike(StrEnum):
    """What befalls the installation or its bank."""

    KILL = "SIGKILL"
    FREEZE = "SIGSTOP past the lease"
    DATABASE = "database killed"
    DOOR = "bank unreachable"
    CUT = "connections to the bank cut"
    NIGHT = "bank's end of day"
    REVOKE = "bank's tokens revoked"


@dataclass(frozen=True, slots=True, kw_only=True)
class Hit:
    """A card that is dealt: how many messages to which service."""

    card: Card
    service: str
    count: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Blow:
    """One move of chaos. `victim` is a process, of KILL and FREEZE alone."""

    hits: tuple[Hit, ...]
    order: Order | None
    strike: Strike
    victim: str
    pause_s: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Scale:
    """How much of what. `pause_s` is between blows, `pace_s` between a payer's payments.

    `freezes` orders lie at the steps where a sender can fall asleep.
    """

    payments: int
    at_once: int
    blows: int
    hits: int = 3
    pause_s: float = 0.5
    pace_s: float = 0.5
    processes: int = 1
    steps: bool = True
    freezes: int = 0
    has_database: bool = False


# Who is shot, and how often compared with the others.
_VICTIMS = {"bank-adapter": 4, "worker": 3, "signer": 2, "audit": 2, "auth": 1, "edge": 1}
_MANY = frozenset({"bank-adapter", "worker"})


def draw(seed: int, scale: Scale) -> tuple[Blow, ...]:
    """The run's blows."""
    chance = random.Random(f"blows {seed}")
    strikes = _dealt(chance, _strikes(scale))
    cards = _dealt(chance, DECK)
    orders = _orders(chance, scale)
    blows = []
    for number in range(max(scale.blows, len(orders))):
        strike = next(strikes)
        hits = tuple(_hit(chance, next(cards)) for _ in range(scale.hits))
        blows.append(
            Blow(
                hits=hits,
                order=orders[number] if number < len(orders) else None,
                strike=strike,
                victim=_victim(chance, scale, strike),
                pause_s=scale.pause_s * (0.5 + chance.random()),
            )
        )
    return tuple(blows)


def orders_of(blows: Sequence[Blow]) -> tuple[Order, ...]:
    return tuple(blow.order for blow in blows if blow.order is not None)


def _dealt(chance: random.Random, cards: Sequence[T]) -> Iterator[T]:
    """The cards by chance, none again before all were dealt."""
    while True:
        yield from chance.sample(cards, len(cards))


def _strikes(scale: Scale) -> list[Strike]:
    """One round of strikes; kills are half of it."""
    others = [Strike.DOOR, Strike.CUT, Strike.NIGHT, Strike.REVOKE]
    if scale.processes > 1:
        others.append(Strike.FREEZE)
    if scale.has_database:
        others.append(Strike.DATABASE)
    return [*others, *[Strike.KILL] * len(others)]


def _orders(chance: random.Random, scale: Scale) -> list[Order]:
    """Every named step once, and some of them slept through."""
    orders = []
    if scale.steps:
        orders += [Order(family="bank-adapter", step=step) for step in BY_REQUESTS]
        orders += [Order(family="worker", step=step) for step in BY_THE_WORKER]
    asleep = [
        Order(family=family, step=step, manner=Manner.FREEZE)
        for family in sorted(_MANY)
        for step in SLEPT_THROUGH
    ]
    orders += chance.sample(asleep, min(scale.freezes, len(asleep)))
    return chance.sample(orders, len(orders))


def _hit(chance: random.Random, card: Card) -> Hit:
    return Hit(card=card, service=chance.choice(card.services), count=chance.randint(1, 3))


def _victim(chance: random.Random, scale: Scale, strike: Strike) -> str:
    if strike not in {Strike.KILL, Strike.FREEZE}:
        return ""
    families = sorted(_MANY) if strike is Strike.FREEZE else list(_VICTIMS)
    family = chance.choices(families, [_VICTIMS[name] for name in families])[0]
    index = chance.randrange(scale.processes) if family in _MANY else 0
    return numbered(family, index)
