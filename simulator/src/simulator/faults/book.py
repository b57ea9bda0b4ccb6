"""The faults that are switched on, and the choice of one for a request.

Choice is seeded: the same faults and the same order of requests give the same hits.
"""

import random
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from simulator.faults.kinds import plan_of
from simulator.faults.magic import magic
from simulator.faults.order import ANY_SERVICE, FaultOrder
from simulator.faults.plan import Plan
from simulator.instructions import Order

# How the dialects name a beneficiary's account and a payment.
_ACCOUNTS = (
    "beneficiaryAccountNo",
    "beneficiaryAccountNumber",
    "BeneficiaryAccountNumber",
    "beneficiary_account_number",
    "virtualAccountNo",
)
_REFERENCES = (
    "partnerReferenceNo",
    "originalPartnerReferenceNo",
    "TransactionID",
    "transaction_id",
)


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
        self._magic_amounts = magic_amounts
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

    def choose(
        self, service: str, document: dict[str, Any], order: Callable[[], Order] | None
    ) -> Plan | None:
        """The plan for an admitted request, mostly none.

        `order` reads the payment that the request is; an inquiry has none, and no magic amount.
        """
        for armed in self._armed:
            if armed.takes(service, document):
                return armed.plan
        wanted = magic(order().amount_minor) if self._magic_amounts and order else None
        return plan_of(wanted) if wanted is not None else None


def _concerns(order: FaultOrder, document: dict[str, Any]) -> bool:
    account, reference = order.beneficiary_account, order.partner_reference_no
    return (account is None or account in {document.get(name) for name in _ACCOUNTS}) and (
        reference is None or reference in {document.get(name) for name in _REFERENCES}
    )
