"""What every bank driver offers.

A driver is pure: it renders messages, speaks conversations and reads answers.
It does no I/O, reads no clock and draws no random number; timestamps, ids and
tokens arrive as arguments. The same driver runs in unit tests, in the
conformance suite and in production.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Protocol

from bank_adapter.domain.conversation import Conversation, WireMessage
from bank_adapter.domain.money import Money
from bank_adapter.domain.order import PaymentOrder, SentOrder
from bank_adapter.domain.rail import Capability, Rail
from bank_adapter.domain.statement_line import StatementLine
from bank_adapter.domain.verdict import Reading
from bank_adapter.snap.account import AccountReading
from bank_adapter.snap.balance import BalanceReading
from bank_adapter.snap.statement import StatementReading
from bank_adapter.snap.text import InvalidOrderError
from bank_adapter.snap.token import TokenReading

__all__ = [
    "AccountReading",
    "BalanceReading",
    "Driver",
    "Envelope",
    "InvalidOrderError",
    "StatementLine",
    "StatementReading",
    "TokenReading",
    "UnsupportedServiceError",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class Envelope:
    """What changes with every message: its id, its token and its moment.

    `at` is an aware instant; the driver writes it in the bank's own form.
    """

    external_id: str
    access_token: str
    at: datetime


class UnsupportedServiceError(ValueError):
    """The bank does not offer this service; nothing was rendered."""

    def __init__(self, capability: Capability) -> None:
        super().__init__(f"this bank does not offer {capability.value}")
        self.capability = capability


class Driver(Protocol):
    """One bank's dialect.

    Render methods raise InvalidOrderError for fields the bank would refuse and
    UnsupportedServiceError for a service it does not offer. Conversations raise
    ValueError when they are made with an envelope that cannot be sent (before
    their first step), and never because of what a bank answers. Where an answer
    moves no money (token, balance, account inquiry), ACCEPTED means answered.
    """

    @property
    def capabilities(self) -> frozenset[Capability]: ...

    @property
    def needs_token(self) -> bool:
        """Whether its messages carry an access token."""
        ...

    @property
    def own_bank_codes(self) -> frozenset[str]:
        """The codes by which this bank is named as a beneficiary's own."""
        ...

    @property
    def reference_digits(self) -> int:
        """How wide a reference of ours may be at this bank."""
        ...

    @property
    def wants_inquiry_session(self) -> bool:
        """Whether a transfer must name the account inquiry that went before it."""
        ...

    def external_id_digits(self, service_code: str) -> int:
        """How wide an X-EXTERNAL-ID may be for one service of this bank."""
        ...

    def token(self, *, at: datetime) -> Conversation[TokenReading]:
        """Asks for an access token (SNAP 73); only where one is needed."""
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
        self,
        *,
        account_no: str,
        bank_code: str,
        reference_no: str,
        at: datetime,
        amount: Money | None = None,
        source_account_no: str = "",
        rail: Rail | None = None,
    ) -> WireMessage:
        """The question for a name; amount and source where a bank wants them.

        The rail VIRTUAL_ACCOUNT asks for a virtual account and its bill;
        otherwise the bank code says whether it is one of the bank's own.
        """
        ...

    def account_inquiry(
        self, message: WireMessage, envelope: Envelope
    ) -> Conversation[AccountReading]: ...

    def render_statement(
        self, *, account_no: str, reference_no: str, first_day: date, last_day: date, at: datetime
    ) -> WireMessage:
        """The question for the movements of whole Jakarta days, both included."""
        ...

    def statement(
        self, message: WireMessage, envelope: Envelope
    ) -> Conversation[StatementReading]: ...
