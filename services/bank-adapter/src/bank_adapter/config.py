"""The configuration file of the bank-adapter, both of `serve` and of `worker`."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any, Self

import pydantic
from servicekit.config import (
    DatabaseSettings,
    InternalClient,
    ListenSettings,
    LogSettings,
    MetricsSettings,
    Mode,
    PeerSettings,
    Settings,
    TLSSettings,
)

from bank_adapter.domain.daily_window import DailyWindow
from bank_adapter.domain.inquiry_schedule import InquirySchedule
from bank_adapter.domain.rail import Rail
from bank_adapter.domain.rail_rule import PREFERENCE
from bank_adapter.limits import (
    CIRCUIT_FAILURES,
    CIRCUIT_OPEN_S,
    CIRCUIT_REFUSED_S,
    FIRST_BYTE_AFTER_COMMIT_S,
    LIMITS_MOST,
)
from bank_adapter.policy_settings import (
    ApprovalSettings,
    LimitSettings,
    NameCheckSettings,
    RailSettings,
    ReconciliationSettings,
)


class SignerSettings(PeerSettings):
    """The signer, and how long a signature may take."""

    timeout_s: float = pydantic.Field(default=3.0, gt=0, le=8)


class LeaseSettings(Settings):
    """The right of one process to send.

    It must outlive a signature and the bank's timeout together.
    """

    length_s: float = pydantic.Field(default=90.0, gt=0)


class WorkerSettings(Settings):
    """The worker's own listener (health only), its pace, and figures for Prometheus."""

    listen: ListenSettings = ListenSettings(port=9105)
    metrics: MetricsSettings | None = None
    interval_s: float = pydantic.Field(default=0.5, gt=0)


class InquirySettings(Settings):
    """When the bank is asked again; see domain/inquiry_schedule.py."""

    first_s: tuple[float, ...] = (30.0, 60.0, 120.0, 300.0, 600.0)
    repeat_s: float = pydantic.Field(default=600.0, gt=0)
    repeat_until_s: float = pydantic.Field(default=7200.0, ge=0)
    late_s: float = pydantic.Field(default=3600.0, gt=0)
    give_up_s: float = pydantic.Field(default=86400.0, gt=0)


class RetrySettings(Settings):
    """Waits before another attempt when no money can have moved."""

    not_sent_first_s: float = pydantic.Field(default=1.0, gt=0)
    not_sent_most_s: float = pydantic.Field(default=60.0, gt=0)
    refused_s: float = pydantic.Field(default=60.0, gt=0)


class CircuitSettings(Settings):
    """When the bank is left alone, and for how long; see application/circuits.py."""

    failures: int = pydantic.Field(default=CIRCUIT_FAILURES, ge=1)
    open_s: float = pydantic.Field(default=CIRCUIT_OPEN_S, gt=0)
    refused_s: float = pydantic.Field(default=CIRCUIT_REFUSED_S, gt=0)


class InboundSettings(Settings):
    """The bank as a caller: it tells us of late rejections (docs/inbound.md)."""

    enabled: bool = True
    # What the bank calls itself (X-CLIENT-KEY), as agreed with it.
    client_key: str = pydantic.Field(min_length=1, max_length=64)
    # The bank's RSA public key in the signer, for its token requests.
    verify_token_key_id: str
    # The HMAC secret we gave the bank, for its notifications.
    verify_transaction_key_id: str
    # How far its X-TIMESTAMP may be from our clock, either way.
    clock_skew_s: float = pydantic.Field(default=300.0, gt=0, le=900)


class OperationSettings(Settings):
    """When a bank works and how much it takes; a profile file may say it too."""

    inquiry: InquirySettings = InquirySettings()
    # What differs for single rails; the rest is as in `inquiry`.
    inquiry_by_rail: dict[Rail, InquirySettings] = pydantic.Field(default_factory=dict)
    # When nothing is asked, "21:00-01:00", Jakarta time.
    end_of_day: tuple[str, ...] = ()
    rails: dict[Rail, RailSettings] = pydantic.Field(default_factory=dict)
    # The order in which AUTO tries the rails to other banks.
    rail_preference: tuple[Rail, ...] = PREFERENCE

    def schedule(self, rail: Rail | None) -> InquirySchedule:
        """Raises ValueError for hours that cannot be meant."""
        wanted = {name: getattr(self.inquiry, name) for name in InquirySettings.model_fields}
        if rail is not None and (own := self.inquiry_by_rail.get(rail)) is not None:
            wanted |= {name: getattr(own, name) for name in own.model_fields_set}
        pauses = tuple(DailyWindow.parse(text) for text in self.end_of_day)
        return InquirySchedule(**wanted, pauses=pauses)

    @pydantic.model_validator(mode="after")
    def _can_be_asked(self) -> Self:
        self.schedule(None)
        return self

    @pydantic.field_validator("rail_preference", mode="after")
    @classmethod
    def _reaches_other_banks(cls, value: tuple[Rail, ...]) -> tuple[Rail, ...]:
        if len(set(value)) != len(value) or not set(value) <= set(PREFERENCE):
            names = ", ".join(rail.value for rail in PREFERENCE)
            raise ValueError(f"may name each of {names} once")
        return value


class BankSettings(OperationSettings):
    """One bank: where it is, how long it may take, and its profile.

    `profile` goes to the driver, which knows its keys.
    """

    driver: str
    base_url: str
    ca_file: Path | None = None
    allow_tls_1_2: bool = False
    connect_timeout_s: float = pydantic.Field(default=5.0, gt=0)
    keep_alive_s: float = pydantic.Field(default=15.0, gt=0)
    max_connections: int = pydantic.Field(default=32, ge=1)
    bank_timeout_s: float = pydantic.Field(default=60.0, gt=0)
    attempt_margin_s: float = pydantic.Field(default=30.0, gt=0)
    token_timeout_s: float = pydantic.Field(default=10.0, gt=0)
    not_found_grace_s: float = pydantic.Field(default=3600.0, gt=0)
    retry: RetrySettings = RetrySettings()
    circuit: CircuitSettings = CircuitSettings()
    name_check: NameCheckSettings = NameCheckSettings()
    reconciliation: ReconciliationSettings = ReconciliationSettings()
    # Without it the bank cannot call us.
    inbound: InboundSettings | None = None
    # For `snap_generic`: a packaged profile ("bni") or a file of the company's own.
    profile_name: str = ""
    profile_file: Path | None = None
    # The company's own values, laid over the profile's.
    profile: dict[str, Any]

    @pydantic.model_validator(mode="after")
    def _profile_is_for_a_plain_bank(self) -> Self:
        given = bool(self.profile_name) + (self.profile_file is not None)
        if given > 1 or (given and self.driver != "snap_generic"):
            raise ValueError("one of profile_name and profile_file, for driver snap_generic only")
        return self


class BankAdapterSettings(Settings):
    """The whole file."""

    mode: Mode = Mode.DEVELOPMENT
    listen: ListenSettings = ListenSettings(port=9102)
    tls: TLSSettings
    database: DatabaseSettings
    log: LogSettings = LogSettings()
    signer: SignerSettings
    audit: PeerSettings
    lease: LeaseSettings = LeaseSettings()
    worker: WorkerSettings = WorkerSettings()
    # 32 bytes that encrypt the banks' access tokens in the database.
    token_key_file: Path
    default_bank: str
    # How long an answer waits for the bank; below the edge's route timeout.
    bank_wait_s: float = pydantic.Field(default=10.0, ge=0, le=90)
    # How long a stop waits for payments under way.
    drain_s: float = pydantic.Field(default=75.0, ge=0)
    # How far our clock may be from a bank's before nothing more is sent.
    clock_skew_s: float = pydantic.Field(default=120.0, gt=0)
    # Days on which rails with opening hours are closed, 2026-12-25.
    holidays: frozenset[date] = frozenset()
    # What may be paid, per client, account, rail and day.
    limits: tuple[LimitSettings, ...] = pydantic.Field(default=(), max_length=LIMITS_MOST)
    # Which payments a person must approve.
    approvals: tuple[ApprovalSettings, ...] = pydantic.Field(default=(), max_length=LIMITS_MOST)
    banks: dict[str, BankSettings]
    internal_clients: tuple[InternalClient, ...] = ()

    @pydantic.model_validator(mode="after")
    def _limits_have_names_of_their_own(self) -> Self:
        names = [limit.name for limit in self.limits]
        if len(names) != len(set(names)):
            raise ValueError("two limits have the same name")
        return self

    @pydantic.model_validator(mode="after")
    def _default_is_configured(self) -> Self:
        if self.default_bank not in self.banks:
            raise ValueError("default_bank names no bank under [banks]")
        return self

    @pydantic.model_validator(mode="after")
    def _banks_that_call_have_names_of_their_own(self) -> Self:
        names = [bank.inbound.client_key for bank in self.banks.values() if bank.inbound]
        if len(names) != len(set(names)):
            raise ValueError("two banks have the same inbound.client_key")
        return self

    @pydantic.model_validator(mode="after")
    def _lease_outlives_an_attempt(self) -> Self:
        for name, bank in self.banks.items():
            needed_s = (
                FIRST_BYTE_AFTER_COMMIT_S if bank.bank_timeout_s >= FIRST_BYTE_AFTER_COMMIT_S else 0
            ) + bank.bank_timeout_s
            if self.lease.length_s <= needed_s:
                raise ValueError(
                    f"lease.length_s must be more than {needed_s:g} s, which an attempt at "
                    f"banks.{name} can take"
                )
            if bank.not_found_grace_s <= self.lease.length_s:
                raise ValueError(
                    f"banks.{name}.not_found_grace_s must be more than lease.length_s: "
                    "a frozen sender may still be on its way until then"
                )
        return self
