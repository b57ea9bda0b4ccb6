"""Which rail a payment takes, and why.

The choice is made once, when the payment is received, and is never changed:
another rail could pay again what the first one paid. The bank's own rules
about fields arrive as a function, so that they stand in one place, the driver.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from bank_adapter.domain.bank_code import is_one_of
from bank_adapter.domain.money import Money
from bank_adapter.domain.rail import Capability, Rail
from bank_adapter.domain.rail_rule import RailRules


class UnsupportedRailError(Exception):
    """The bank does not offer the rail or the service."""


class RailLimitError(Exception):
    """The amount is outside what the requested rail takes."""

    def __init__(self, obstacle: Obstacle) -> None:
        super().__init__(str(obstacle))
        self.rail = obstacle.rail


class RailClosedError(Exception):
    """The requested rail takes no payment now. `hours` says when it does."""

    def __init__(self, obstacle: Obstacle, *, hours: str) -> None:
        super().__init__(str(obstacle))
        self.rail = obstacle.rail
        self.hours = hours


class NoRailFitsError(Exception):
    """AUTO found no rail. `field` is the one field that is in the way, if it is one."""

    def __init__(self, obstacles: Sequence[Obstacle]) -> None:
        super().__init__(
            "no rail of this bank fits: " + "; ".join(str(obstacle) for obstacle in obstacles)
        )
        fields = {obstacle.field for obstacle in obstacles if obstacle.field}
        self.field = fields.pop() if len(fields) == 1 else ""


@dataclass(frozen=True, slots=True, kw_only=True)
class FieldProblem:
    """What a bank refuses about an order; `field` is the contract's JSON path."""

    field: str
    message: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Obstacle:
    """Why one rail is not taken. `field` when a field of the request is the reason."""

    rail: Rail
    message: str
    field: str = ""

    def __str__(self) -> str:
        return f"{self.rail.value} {self.message}"


@dataclass(frozen=True, slots=True, kw_only=True)
class RailChoice:
    """The rail and the reason, as the answer shows it."""

    rail: Rail
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RailOffer:
    """What one bank offers."""

    capabilities: frozenset[Capability]
    own_bank_codes: frozenset[str]
    rules: RailRules

    def offers(self, rail: Rail) -> bool:
        return Capability.for_rail(rail) in self.capabilities


def choose_rail(
    wanted: Rail | None,
    offer: RailOffer,
    *,
    amount: Money,
    beneficiary_bank_code: str,
    at_us: int,
    problem_of: Callable[[Rail], FieldProblem | None],
) -> RailChoice:
    """The rail asked for, or for AUTO (None) the first that fits.

    `problem_of` says what the bank would refuse about the order on a rail; it
    is asked only where nothing else is in the way, and not for a rail that was
    asked for by name. Raises UnsupportedRailError, RailLimitError or
    RailClosedError about a rail asked for, NoRailFitsError for AUTO.
    """
    if wanted is not None:
        return _requested(wanted, offer, amount=amount, at_us=at_us)
    inside = not beneficiary_bank_code or is_one_of(beneficiary_bank_code, offer.own_bank_codes)
    if inside and offer.offers(Rail.INTRABANK):
        candidates: tuple[Rail, ...] = (Rail.INTRABANK,)
    else:
        candidates = offer.rules.preference
    obstacles = []
    for rail in candidates:
        obstacle = _obstacle(rail, offer, amount=amount, at_us=at_us) or _of_fields(
            rail, problem_of(rail) if offer.offers(rail) else None
        )
        if obstacle is None:
            reason = "SAME_BANK" if rail is Rail.INTRABANK else f"AMOUNT_WITHIN_{rail.value}"
            return RailChoice(rail=rail, reason=reason)
        obstacles.append(obstacle)
    raise NoRailFitsError(obstacles)


def _requested(wanted: Rail, offer: RailOffer, *, amount: Money, at_us: int) -> RailChoice:
    if not offer.offers(wanted):
        raise UnsupportedRailError(f"the bank does not offer {wanted.value}")
    rule = offer.rules.of(wanted)
    if (beyond := _beyond(wanted, offer, amount)) is not None:
        raise RailLimitError(beyond)
    if rule.hours is not None and not rule.hours.open_at(at_us):
        raise RailClosedError(_closed(wanted, str(rule.hours)), hours=str(rule.hours))
    return RailChoice(rail=wanted, reason="REQUESTED")


def _obstacle(rail: Rail, offer: RailOffer, *, amount: Money, at_us: int) -> Obstacle | None:
    if not offer.offers(rail):
        return Obstacle(rail=rail, message="is not offered by the bank")
    if (beyond := _beyond(rail, offer, amount)) is not None:
        return beyond
    hours = offer.rules.of(rail).hours
    if hours is not None and not hours.open_at(at_us):
        return _closed(rail, str(hours))
    return None


def _beyond(rail: Rail, offer: RailOffer, amount: Money) -> Obstacle | None:
    rule = offer.rules.of(rail)
    if amount.minor < rule.min_minor:
        least = Money(rule.min_minor, amount.currency).value
        return Obstacle(rail=rail, message=f"takes no less than {least} {amount.currency}")
    if rule.max_minor and amount.minor > rule.max_minor:
        most = Money(rule.max_minor, amount.currency).value
        return Obstacle(rail=rail, message=f"takes no more than {most} {amount.currency}")
    return None


def _closed(rail: Rail, hours: str) -> Obstacle:
    return Obstacle(rail=rail, message=f"is closed now; open {hours}")


def _of_fields(rail: Rail, problem: FieldProblem | None) -> Obstacle | None:
    if problem is None:
        return None
    # A limit in the bank's profile is the amount's, not a field left out.
    named = "" if problem.field.startswith("amount") else problem.field
    return Obstacle(rail=rail, message=f"{problem.field} {problem.message}", field=named)
