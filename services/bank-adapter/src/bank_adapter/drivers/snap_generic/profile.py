"""What a profile file may say of a SNAP bank.

Widths are characters, limits minor units. Everything is checked when the
driver is made: a capability without its service, or a service without its
capability, stops the start.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from bank_adapter.domain.rail import Capability, Rail
from bank_adapter.domain.verdict import Verdict
from bank_adapter.snap.party import Party


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
    capabilities: frozenset[Capability]
    token_path: str
    status_path: str
    transfers: Mapping[Rail, TransferSpec]

    balance_path: str = ""
    statement_path: str = ""
    internal_inquiry_path: str = ""
    external_inquiry_path: str = ""

    status_service_code: str = "36"
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

    signals: Mapping[str, Mapping[str, Verdict]] = field(default_factory=dict)
