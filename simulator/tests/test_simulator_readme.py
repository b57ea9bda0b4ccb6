"""The README names what there is, no more and no less."""

from dataclasses import fields
from pathlib import Path

from simulator.faults.kinds import KINDS
from simulator.faults.magic import MAGIC_AMOUNTS
from simulator.faults.order import FaultOrder
from simulator.server import all_routes
from simulator.strict import camel

from simulator.config import Limits

README = (Path(__file__).parents[1] / "README.md").read_text(encoding="utf-8")


def table(marker: str) -> list[list[str]]:
    """The rows of the table under a marker, without its head."""
    lines = README.split(f"<!-- {marker} -->\n")[1].splitlines()
    rows = []
    for line in lines:
        if not line.startswith("|"):
            break
        rows.append([cell.strip() for cell in line.strip("|").split("|")])
    return rows[2:]


def described(order: FaultOrder) -> str:
    said = []
    for field in fields(order):
        value = getattr(order, field.name)
        if field.name != "kind" and value != field.default:
            said.append(f"{camel(field.name)} {str(value).lower()}")
    return f"`{order.kind}`" + (": " + ", ".join(said) if said else "")


def test_every_kind_of_fault_is_in_the_table() -> None:
    assert {row[0].strip("`") for row in table("kinds")} == set(KINDS)


def test_every_magic_amount_is_in_the_table() -> None:
    assert {row[0]: row[1] for row in table("magic amounts")} == {
        amount: described(order) for amount, order in MAGIC_AMOUNTS.items()
    }


def test_every_service_is_in_the_table() -> None:
    told = {(row[1][:2], row[2].strip("`")) for row in table("services")}
    assert told == {(route.service, route.path) for route in all_routes(Limits())}
