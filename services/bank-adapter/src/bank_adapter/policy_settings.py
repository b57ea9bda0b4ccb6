"""The part of the configuration that says which payments a bank is given."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Literal, Self

import pydantic
from servicekit.config import Settings

from bank_adapter.domain.approving import ApprovalRule
from bank_adapter.domain.daily_window import DailyWindow
from bank_adapter.domain.money import Money
from bank_adapter.domain.name_check import NameCheckMode, NamePolicy
from bank_adapter.domain.opening_hours import WEEKDAYS, OpeningHours
from bank_adapter.domain.rail import Rail
from bank_adapter.domain.rail_rule import STANDARD, RailRule, RailRules
from bank_adapter.domain.reconciliation import RETURN_WORDS, ReconciliationPolicy
from bank_adapter.domain.spending_limit import SpendingLimit
from bank_adapter.domain.statement_match import squeezed
from bank_adapter.limits import LEAST_WORD_CHARACTERS, RECONCILED_ACCOUNTS_MOST

Weekday = Literal["MON", "TUE", "WED", "THU", "FRI", "SAT", "SUN"]


def minor(value: str | None) -> int | None:
    """A decimal amount of rupiah in minor units. Raises ValueError."""
    return Money.parse(value, "IDR").minor if value else None


class NameCheckSettings(Settings):
    """Whether the beneficiary's name is compared with the bank's; see domain/name_check.py."""

    mode: NameCheckMode = NameCheckMode.OFF
    by_client: dict[str, NameCheckMode] = pydantic.Field(default_factory=dict)
    least_similarity: float = pydantic.Field(default=0.8, gt=0, le=1)
    timeout_s: float = pydantic.Field(default=5.0, gt=0, le=8)

    def policy(self) -> NamePolicy:
        return NamePolicy(
            mode=self.mode,
            by_client=self.by_client,
            least_similarity=self.least_similarity,
            timeout_s=self.timeout_s,
        )


class SelectionSettings(Settings):
    """Which payments a policy speaks of. Without a selector: all of them."""

    client_id: str = ""
    # "bank:account", as in a token's claim.
    source_account: str = pydantic.Field(default="", pattern=r"^$|^[a-z0-9_-]+:[0-9]+$")
    rail: Rail | None = None


class ApprovalSettings(SelectionSettings):
    """Payments that wait for a person's approval; see docs/rails-and-limits.md."""

    # The least amount that waits, "50000000.00"; empty is every amount.
    from_amount: str = ""

    @pydantic.field_validator("from_amount", mode="after")
    @classmethod
    def _can_be_read(cls, value: str) -> str:
        minor(value)
        return value

    def rule(self) -> ApprovalRule:
        return ApprovalRule(
            client_id=self.client_id,
            source_account=self.source_account,
            rail=self.rail,
            from_minor=minor(self.from_amount) or 0,
        )


class LimitSettings(SelectionSettings):
    """One limit; see docs/rails-and-limits.md.

    `name` is the counter's: another name starts at zero.
    """

    name: str = pydantic.Field(pattern=r"^[a-z0-9][a-z0-9-]{0,31}$")
    per_transfer: str = ""
    per_day_amount: str = ""
    per_day_count: int = pydantic.Field(default=0, ge=0)

    @pydantic.model_validator(mode="after")
    def _limits_something(self) -> Self:
        if not (minor(self.per_transfer) or minor(self.per_day_amount) or self.per_day_count):
            raise ValueError("limits nothing: give per_transfer, per_day_amount or per_day_count")
        return self

    def limit(self) -> SpendingLimit:
        return SpendingLimit(
            name=self.name,
            client_id=self.client_id,
            source_account=self.source_account,
            rail=self.rail,
            per_transfer_minor=minor(self.per_transfer) or 0,
            per_day_minor=minor(self.per_day_amount) or 0,
            per_day_count=self.per_day_count,
        )


class RailSettings(Settings):
    """One rail of one bank. What is left out stays as domain/rail_rule.py has it.

    Amounts are decimal texts, "250000000.00"; `hours` are Jakarta's,
    "08:00-15:30". An empty text takes a bound or the hours away.
    """

    min: str | None = None
    max: str | None = None
    hours: str | None = None
    weekdays: tuple[Weekday, ...] | None = None

    @pydantic.model_validator(mode="after")
    def _can_be_read(self) -> Self:
        least, most = minor(self.min), minor(self.max)
        if least is not None and most is not None and least > most:
            raise ValueError("min must not be more than max")
        if self.hours and DailyWindow.parse(self.hours).runs_past_midnight:
            raise ValueError("hours must end on the day they begin")
        return self

    def rule(self, standard: RailRule, holidays: frozenset[date]) -> RailRule:
        least, most = minor(self.min), minor(self.max)
        return RailRule(
            min_minor=standard.min_minor if self.min is None else least or 0,
            max_minor=standard.max_minor if self.max is None else most or 0,
            hours=self._hours(standard.hours, holidays),
        )

    def _hours(
        self, standard: OpeningHours | None, holidays: frozenset[date]
    ) -> OpeningHours | None:
        if self.hours is None:
            window = standard.window if standard is not None else None
        else:
            window = DailyWindow.parse(self.hours) if self.hours else None
        if window is None:
            return None
        if self.weekdays is not None:
            weekdays = frozenset(WEEKDAYS.index(name) for name in self.weekdays)
            return OpeningHours(window=window, weekdays=weekdays, holidays=holidays)
        return OpeningHours(window=window, holidays=holidays)


class ReconciliationSettings(Settings):
    """When and how a bank's statements are compared with the ledger.

    Only where the bank gives statements; see docs/operations.md.
    """

    enabled: bool = True
    # Jakarta time at which the day before is over at the bank, "06:00".
    at: str = pydantic.Field(default="06:00", pattern=r"^([01][0-9]|2[0-3]):[0-5][0-9]$")
    # How many days every run reads.
    days: int = pydantic.Field(default=5, ge=2, le=30)
    # After how many days on no statement a settled payment needs a person.
    missing_days: int = pydantic.Field(default=3, ge=1)
    # Compared also when no payment of theirs is known here.
    accounts: tuple[str, ...] = pydantic.Field(default=(), max_length=RECONCILED_ACCOUNTS_MOST)
    # Whether amount and day alone join a line and a payment.
    by_amount: bool = False
    # What the bank writes beside money that comes back; only letters and digits count.
    return_words: tuple[str, ...] = RETURN_WORDS
    # What it writes beside its own debits, fees and taxes: no alarm for them.
    expected_words: tuple[str, ...] = ()
    retry_s: float = pydantic.Field(default=900.0, gt=0)

    @pydantic.field_validator("return_words", "expected_words", mode="after")
    @classmethod
    def _say_something(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        if not all(len(squeezed(word)) >= LEAST_WORD_CHARACTERS for word in value):
            raise ValueError(f"a word has at least {LEAST_WORD_CHARACTERS} letters or digits")
        return value

    @property
    def at_minute(self) -> int:
        hours, minutes = self.at.split(":")
        return int(hours) * 60 + int(minutes)

    @pydantic.model_validator(mode="after")
    def _reads_what_it_judges(self) -> Self:
        if self.missing_days >= self.days:
            raise ValueError("missing_days must be less than days")
        return self

    def policy(self) -> ReconciliationPolicy | None:
        if not self.enabled:
            return None
        return ReconciliationPolicy(
            at_minute=self.at_minute,
            days=self.days,
            missing_days=self.missing_days,
            accounts=self.accounts,
            by_amount=self.by_amount,
            return_words=tuple(map(squeezed, self.return_words)),
            expected_words=tuple(map(squeezed, self.expected_words)),
            retry_s=self.retry_s,
        )


_UNCHANGED = RailSettings()


def rail_rules(
    rails: Mapping[Rail, RailSettings], preference: tuple[Rail, ...], holidays: frozenset[date]
) -> RailRules:
    """Every rail's rule: the standard's with the bank's own laid over it."""
    return RailRules(
        by_rail={
            rail: rails.get(rail, _UNCHANGED).rule(standard, holidays)
            for rail, standard in STANDARD.items()
        },
        preference=preference,
    )
