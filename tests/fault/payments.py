"""What the ERP pays in a run: every bank, every rail, each payment by its number.

Pure: the same seed and number give the same payment, whatever else happens.
"""

from __future__ import annotations

import random
from dataclasses import dataclass
from typing import Any

from localstack import banks, demo_client
from localstack.banks import LocalBank
from localstack.demo_client import ELSEWHERE

INSIDE = {"beneficiaryAccountNo": demo_client.BENEFICIARY_ACCOUNT}
VIRTUAL = {"beneficiaryAccountNo": demo_client.VIRTUAL_ACCOUNT}
LEAST = 10_000
# RTGS takes more than a hundred million.
LEAST_BY_RTGS = 100_100_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Route:
    """A bank and a rail as an ERP asks for them."""

    bank: LocalBank
    rail: str
    fields: dict[str, Any]

    def __str__(self) -> str:
        return f"{self.bank.bank_id}/{self.rail}"


def _routes(bank: LocalBank, **rails: dict[str, Any]) -> list[Route]:
    return [Route(bank=bank, rail=rail, fields=fields) for rail, fields in rails.items()]


# Everything that every driver can do.
ROUTES = (
    *_routes(
        banks.BCA,
        INTRABANK=INSIDE,
        BIFAST=ELSEWHERE,
        ONLINE=ELSEWHERE,
        SKN=ELSEWHERE,
        RTGS=ELSEWHERE,
        VIRTUAL_ACCOUNT=VIRTUAL,
        AUTO=ELSEWHERE,
    ),
    *_routes(banks.PAYDIA, ONLINE=ELSEWHERE, AUTO=ELSEWHERE),
    *_routes(banks.BCA_LEGACY, INTRABANK=INSIDE, AUTO=INSIDE),
    *_routes(
        banks.GENERIC,
        INTRABANK=INSIDE,
        BIFAST=ELSEWHERE,
        ONLINE=ELSEWHERE,
        SKN=ELSEWHERE,
        RTGS=ELSEWHERE,
        AUTO=INSIDE,
    ),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Payment:
    """One payment and the ERP's manners: `twins` requests at once, or no patience.

    `asks` and `cancels` say that the ERP calls :inquire or :cancel afterwards,
    `looks` that it reads the account's balance.
    """

    reference: str
    route: Route
    amount: str
    twins: int
    is_async: bool
    asks: bool
    cancels: bool
    looks: bool

    @property
    def order(self) -> dict[str, Any]:
        """The body of the request."""
        return {
            "partnerReferenceNo": self.reference,
            "bank": self.route.bank.bank_id,
            "rail": self.route.rail,
            "amount": {"value": self.amount, "currency": "IDR"},
            "sourceAccountNo": self.route.bank.source_account,
            "beneficiaryAccountName": demo_client.BENEFICIARY_NAME,
            "remark": "FAULT RUN",
            **self.route.fields,
        }


def payment(seed: int, number: int) -> Payment:
    """The first ones take each route in turn, the others one by chance.

    No two amounts are equal, so that no payment is another's likely duplicate.
    """
    chance = random.Random(f"payment {seed} {number}")
    route = ROUTES[number] if number < len(ROUTES) else chance.choice(ROUTES)
    least = LEAST_BY_RTGS if route.rail == "RTGS" else LEAST
    manner = chance.random()
    return Payment(
        reference=f"F{seed:x}-{number:05d}",
        route=route,
        amount=f"{least + number}.00",
        twins=2 if manner < 0.1 else 1,
        is_async=0.1 <= manner < 0.2,
        cancels=0.17 <= manner < 0.2,
        asks=0.2 <= manner < 0.35,
        looks=0.35 <= manner < 0.4,
    )
