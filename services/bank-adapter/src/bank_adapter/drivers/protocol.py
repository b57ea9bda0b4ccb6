"""What every bank driver offers.

A driver is pure: it renders messages, speaks conversations and reads answers.
It does no I/O, reads no clock and draws no random number; timestamps, ids and
tokens arrive as arguments. The same driver runs in unit tests, in the
conformance suite and in production.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from bank_adapter.domain.conversation import Conversation, WireMessage
from bank_adapter.domain.money import Money
from bank_adapter.domain.order import PaymentOrder, SentOrder
from bank_adapter.domain.rail import Capability
from bank_adapter.domain.verdict import Reading


@dataclass(frozen=True, slots=True, kw_only=True)
class Envelope:
    """What changes with every message: its id, its token and its moment.

    `at` is an aware instant; the driver writes it in the bank's own form.
    """

    external_id: str
    access_token: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class TokenReading:
    """A token answer, read. `access_token` is empty unless the bank gave one."""

    reading: Reading
    access_token: str = ""
    expires_in_s: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class BalanceReading:
    """A balance answer, read. Amounts are None where the bank gave none."""

    reading: Reading
    account_name: str = ""
    amount: Money | None = None
    available: Money | None = None
    hold: Money | None = None
    floating: Money | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountReading:
    """An account inquiry, read."""

    reading: Reading
    account_name: str = ""


class InvalidOrderError(ValueError):
    """The order cannot be rendered for this bank.

    `field` is the contract's JSON path, for example "beneficiaryAccountNo".
    """

    def __init__(self, field: str, message: str) -> None:
        super().__init__(message)
        self.field = field


class Driver(Protocol):
    """One bank's dialect."""

    @property
    def capabilities(self) -> frozenset[Capability]: ...

    def token(self, *, at: datetime) -> Conversation[TokenReading]:
        """Asks for an access token (SNAP 73)."""
        ...

    def check(self, order: PaymentOrder) -> None:
        """Raises InvalidOrderError when the bank would refuse the fields."""
        ...

    def render_transfer(self, order: PaymentOrder, *, at: datetime) -> WireMessage:
        """The transfer's bytes, final. Raises InvalidOrderError."""
        ...

    def transfer(
        self, order: PaymentOrder, message: WireMessage, envelope: Envelope
    ) -> Conversation[Reading]:
        """Sends a rendered transfer and reads the answer, echoes compared."""
        ...

    def render_inquiry(self, sent: SentOrder, *, at: datetime) -> WireMessage:
        """The question about one sent message (SNAP 36)."""
        ...

    def inquiry(
        self, sent: SentOrder, message: WireMessage, envelope: Envelope
    ) -> Conversation[Reading]:
        """Asks, and reads a verdict only from an answer that echoes our order."""
        ...

    def render_balance(
        self, *, account_no: str, reference_no: str, at: datetime
    ) -> WireMessage: ...

    def balance(self, message: WireMessage, envelope: Envelope) -> Conversation[BalanceReading]: ...

    def render_account_inquiry(
        self, *, account_no: str, bank_code: str, reference_no: str, at: datetime
    ) -> WireMessage: ...

    def account_inquiry(
        self, message: WireMessage, envelope: Envelope
    ) -> Conversation[AccountReading]: ...
