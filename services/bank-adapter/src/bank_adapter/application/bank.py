"""A bank as configured: its driver, its wire and its times."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from bank_adapter.application.ports.bank_wire import BankWire
from bank_adapter.domain.inquiry_schedule import InquirySchedule
from bank_adapter.domain.name_check import NamePolicy
from bank_adapter.domain.rail import Rail
from bank_adapter.domain.rail_choice import RailOffer
from bank_adapter.domain.rail_rule import RailRules
from bank_adapter.domain.reconciliation import ReconciliationPolicy
from bank_adapter.domain.sending import RetryPolicy
from bank_adapter.drivers.protocol import Driver
from bank_adapter.limits import CIRCUIT_FAILURES, CIRCUIT_OPEN_S, CIRCUIT_REFUSED_S


@dataclass(frozen=True, slots=True, kw_only=True)
class CircuitPolicy:
    """When a bank is left alone, and for how many seconds.

    After `failures` messages in a row that could not be sent, for `open_s`;
    after a refusal of us, for `refused_s`.
    """

    failures: int = CIRCUIT_FAILURES
    open_s: float = CIRCUIT_OPEN_S
    refused_s: float = CIRCUIT_REFUSED_S


@dataclass(frozen=True, slots=True, kw_only=True)
class Bank:
    """One bank identity. All clients share its references and its token.

    `identity` names the account at the bank's API (client id at the bank);
    times are in seconds.
    """

    bank_id: str
    identity: str
    driver: Driver
    wire: BankWire
    bank_timeout_s: float = 60.0
    # How long after its deadline an attempt may still be concluded.
    attempt_margin_s: float = 30.0
    token_timeout_s: float = 10.0
    # "Not found" is not weighed before this; it outlives every lease.
    not_found_grace_s: float = 3600.0
    schedule: InquirySchedule = field(default_factory=InquirySchedule)
    schedule_by_rail: Mapping[Rail, InquirySchedule] = field(default_factory=dict)
    retry: RetryPolicy = field(default_factory=RetryPolicy)
    circuit: CircuitPolicy = field(default_factory=CircuitPolicy)
    rails: RailRules = field(default_factory=RailRules)
    name_check: NamePolicy = field(default_factory=NamePolicy)
    # None where the bank gives no statement, or is not to be asked for it.
    reconciliation: ReconciliationPolicy | None = None

    def schedule_of(self, rail: Rail) -> InquirySchedule:
        """When it is asked again about payments over a rail."""
        return self.schedule_by_rail.get(rail, self.schedule)

    def claim_s(self, messages: int) -> float:
        """How long a round that asks about so many messages may take.

        One more than there are questions: a statement may have to be read.
        """
        return (messages + 1) * (self.bank_timeout_s + self.attempt_margin_s)

    @property
    def offer(self) -> RailOffer:
        """What it offers, for the choice of a rail."""
        return RailOffer(
            capabilities=self.driver.capabilities,
            own_bank_codes=self.driver.own_bank_codes,
            rules=self.rails,
        )


class UnknownBankError(Exception):
    """No bank of that id is configured."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Banks:
    """Every configured bank, and the one used when a request names none."""

    by_id: dict[str, Bank]
    default_id: str

    def find(self, bank_id: str) -> Bank:
        """Raises UnknownBankError. Empty means the default."""
        try:
            return self.by_id[bank_id or self.default_id]
        except KeyError:
            raise UnknownBankError(bank_id) from None

    @property
    def names(self) -> list[str]:
        return sorted(self.by_id)
