"""What a profile file may say of a SNAP bank.

Widths are characters, limits minor units. Everything is checked when the
driver is made: a capability without its service, or a service without its
capability, stops the start.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from bank_adapter.domain.rail import Capability, Rail
from bank_adapter.domain.verdict import Verdict
from bank_adapter.snap.party import Party

# Conflict and throttling: the earlier message may have been executed.
_NEVER_FAILED = frozenset({202, 408, 409, 425, 429})
_SIGNAL = re.compile(r"([0-9]{3})/([0-9]{2})", re.ASCII)


class StatusReference(StrEnum):
    """Which reference asks about a transfer."""

    EXTERNAL_ID = "EXTERNAL_ID"
    PARTNER_REFERENCE = "PARTNER_REFERENCE"
    BOTH = "BOTH"


@dataclass(frozen=True, slots=True, kw_only=True)
class TransferSpec:
    """One rail. `service_code` is 17, 18, 22 or 23 and decides the fields.

    `additional_info` is sent as it stands. `limit_minor` 0 is no limit;
    `account_digits` 0 is any width up to `account_characters`.
    """

    service_code: str
    path: str
    limit_minor: int = 0
    account_digits: int = 0
    account_characters: int = 34
    send_remark: bool = True
    additional_info: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class GenericProfile(Party):
    """One company's access to one SNAP bank.

    Empty paths are services that the bank does not offer. `signals` lays rows
    over the standard's table: service code -> "403/14" -> verdict.
    """

    name: str
    proven: bool
    capabilities: frozenset[str]
    token_path: str
    status_path: str
    transfers: Mapping[str, TransferSpec]

    balance_path: str = ""
    statement_path: str = ""
    internal_inquiry_path: str = ""
    external_inquiry_path: str = ""

    status_reference: StatusReference = StatusReference.BOTH
    currencies: frozenset[str] = frozenset({"IDR"})

    source_account_characters: int = 19
    inquiry_account_characters: int = 34
    name_characters: int = 100
    address_characters: int = 100
    email_characters: int = 50
    remark_characters: int = 50
    statement_days: int = 31
    statement_lines: int = 9_000

    signals: Mapping[str, Mapping[str, str]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        # Not super(): a slotted dataclass is a new class, which super() misses.
        Party.__post_init__(self)
        offered = {Capability.TRANSFER_STATUS.value} | {
            capability.value for capability, path in self._questions().items() if path
        }
        offered |= {Capability.for_rail(Rail(rail)).value for rail in self.transfers}
        if offered != self.capabilities:
            differing = ", ".join(sorted(offered ^ self.capabilities))
            raise ValueError(f"capabilities differ from the services described: {differing}")
        self.overlay()

    def overlay(self) -> dict[str, dict[tuple[int, str], Verdict]]:
        """The rows of `signals`. Raises ValueError naming the row."""
        return {
            service: {
                _signal(service, row): _verdict(row, verdict) for row, verdict in rows.items()
            }
            for service, rows in self.signals.items()
        }

    def _questions(self) -> dict[Capability, str]:
        return {
            Capability.BALANCE: self.balance_path,
            Capability.STATEMENT: self.statement_path,
            Capability.INQUIRY_INTERNAL: self.internal_inquiry_path,
            Capability.INQUIRY_EXTERNAL: self.external_inquiry_path,
        }


def _signal(service: str, row: str) -> tuple[int, str]:
    found = _SIGNAL.fullmatch(row)
    if found is None:
        raise ValueError(f"signals.{service}: {row} is not HTTP status / case code")
    return int(found[1]), found[2]


def _verdict(row: str, verdict: str) -> Verdict:
    http = int(row[:3])
    # A configuration file must not be able to settle or reject on a fault.
    if http >= 500 and verdict != Verdict.UNKNOWN:  # noqa: PLR2004  HTTP's server faults
        raise ValueError(f"signals: {row} is a fault of the server and stays UNKNOWN")
    if http in _NEVER_FAILED and verdict == Verdict.REJECTED:
        raise ValueError(f"signals: {row} does not say that the payment failed")
    if verdict == Verdict.SETTLED and http != 200:  # noqa: PLR2004  HTTP's success
        raise ValueError(f"signals: {row} is no success and cannot settle")
    return Verdict(verdict)
