"""The faults that are switched on, and the choice of one for a request.

Choice is seeded: the same faults and the same order of requests give the same hits.
"""

import random
from dataclasses import dataclass
from typing import Any

from simulator.faults.kinds import plan_of
from simulator.faults.magic import MAGIC_AMOUNTS
from simulator.faults.order import ANY_SERVICE, FaultOrder
from simulator.faults.plan import Plan


@dataclass(slots=True)
class Armed:
    """A fault in force and its counts."""

    number: int
    order: FaultOrder
    plan: Plan
    chance: random.Random
    matched: int = 0
    hit: int = 0

    def takes(self, service: str, document: dict[str, Any]) -> bool:
        """Whether this request is hit; counts it when it matches."""
        order = self.order
        if order.service not in {ANY_SERVICE, service}:
            return False
        if order.count is not None and self.hit >= order.count:
            return False
        if not _concerns(order, document):
            return False
        self.matched += 1
        if self.matched <= order.skip:
            return False
        if order.probability < 1.0 and self.chance.random() >= order.probability:
            return False
        self.hit += 1
        return True


class FaultBook:
    """Armed faults in the order they were asked for; the first that takes a request wins."""

    def __init__(self, *, magic_amounts: bool) -> None:
        self._magic = (
            {amount: (order.service, plan_of(order)) for amount, order in MAGIC_AMOUNTS.items()}
            if magic_amounts
            else {}
        )
        self._armed: list[Armed] = []
        self._numbers = 0

    def arm(self, order: FaultOrder) -> Armed:
        """Switch a fault on. Raises ValueError for an unknown kind."""
        plan = plan_of(order)
        self._numbers += 1
        chance = random.Random(order.seed)  # noqa: S311 - repeatable on purpose, no secret
        armed = Armed(self._numbers, order, plan, chance)
        self._armed.append(armed)
        return armed

    def armed(self) -> list[Armed]:
        return list(self._armed)

    def disarm(self, number: int | None = None) -> int:
        """Switch one fault off, or all; answers how many were."""
        kept = [armed for armed in self._armed if number is not None and armed.number != number]
        gone = len(self._armed) - len(kept)
        self._armed = kept
        return gone

    def choose(self, service: str, document: dict[str, Any], *, is_payment: bool) -> Plan | None:
        """The plan for an admitted request, mostly none. Magic amounts work on payments alone."""
        for armed in self._armed:
            if armed.takes(service, document):
                return armed.plan
        if self._magic and is_payment:
            return self._magic_plan(service, document)
        return None

    def _magic_plan(self, service: str, document: dict[str, Any]) -> Plan | None:
        amount = document.get("amount") or document.get("paidAmount")
        value = amount.get("value") if type(amount) is dict else document.get("Amount")
        if type(value) is not str:
            return None
        wanted, plan = self._magic.get(value, ("", None))
        return plan if wanted in {ANY_SERVICE, service} else None


def _concerns(order: FaultOrder, document: dict[str, Any]) -> bool:
    account = order.beneficiary_account
    if account is not None and account not in {
        document.get("beneficiaryAccountNo"),
        document.get("beneficiaryAccountNumber"),
        document.get("BeneficiaryAccountNumber"),
        document.get("virtualAccountNo"),
    }:
        return False
    reference = order.partner_reference_no
    return reference is None or reference in {
        document.get("partnerReferenceNo"),
        document.get("originalPartnerReferenceNo"),
        document.get("TransactionID"),
    }
