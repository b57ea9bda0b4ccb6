"""The older BCA's driver: the services of this folder behind the one protocol."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date, datetime
from typing import TypeVar

from bank_adapter.domain.bank_code import is_one_of
from bank_adapter.domain.conversation import Answer, Conversation, WireMessage, read_by
from bank_adapter.domain.money import Money
from bank_adapter.domain.order import PaymentOrder, SentOrder
from bank_adapter.domain.rail import Capability, Rail
from bank_adapter.domain.verdict import Reading
from bank_adapter.drivers.bca_legacy import balance, inquiry, statement, status, token
from bank_adapter.drivers.bca_legacy.capabilities import CAPABILITIES
from bank_adapter.drivers.bca_legacy.exchange import exchange
from bank_adapter.drivers.bca_legacy.interbank import Interbank
from bank_adapter.drivers.bca_legacy.intrabank import Intrabank
from bank_adapter.drivers.bca_legacy.profile import BCALegacyProfile
from bank_adapter.drivers.protocol import Envelope, UnsupportedServiceError
from bank_adapter.snap.account import AccountReading
from bank_adapter.snap.balance import BalanceReading
from bank_adapter.snap.external_id import MAX_DIGITS
from bank_adapter.snap.statement import StatementReading
from bank_adapter.snap.token import TokenReading

ResultT = TypeVar("ResultT")


class BCALegacyDriver:
    """Implements drivers.protocol.Driver for BCA's older API."""

    def __init__(self, profile: BCALegacyProfile) -> None:
        self._profile = profile
        elsewhere = Interbank(profile)
        self._transfers: Mapping[Rail, Intrabank | Interbank] = {
            Rail.INTRABANK: Intrabank(profile),
            Rail.ONLINE: elsewhere,
            Rail.SKN: elsewhere,
            Rail.RTGS: elsewhere,
        }

    @property
    def capabilities(self) -> frozenset[Capability]:
        return CAPABILITIES

    @property
    def needs_token(self) -> bool:
        return True

    @property
    def own_bank_codes(self) -> frozenset[str]:
        return self._profile.own_bank_codes

    @property
    def reference_digits(self) -> int:
        return self._profile.reference_digits

    @property
    def wants_inquiry_session(self) -> bool:
        return False

    def external_id_digits(self, service_code: str) -> int:  # noqa: ARG002  none is sent
        return MAX_DIGITS

    def token(self, *, at: datetime) -> Conversation[TokenReading]:  # noqa: ARG002  not signed, not dated
        return token.ask(self._profile)

    def check(self, order: PaymentOrder) -> None:
        self._transfer(order).check(order)

    def render_transfer(self, order: PaymentOrder, *, at: datetime) -> WireMessage:
        return self._transfer(order).render(order, at=at)

    def transfer(
        self, order: PaymentOrder, message: WireMessage, envelope: Envelope
    ) -> Conversation[Reading]:
        service = self._transfer(order)
        return self._ask(message, envelope, lambda answer: service.read(answer, order))

    def render_inquiry(self, sent: SentOrder, *, at: datetime) -> WireMessage:  # noqa: ARG002  the protocol's
        return status.render(self._profile, sent)

    def inquiry(
        self, sent: SentOrder, message: WireMessage, envelope: Envelope
    ) -> Conversation[Reading]:
        return self._ask(message, envelope, lambda answer: status.read(self._profile, answer, sent))

    def render_balance(self, *, account_no: str, reference_no: str, at: datetime) -> WireMessage:  # noqa: ARG002  the protocol's
        return balance.render(self._profile, account_no=account_no)

    def balance(self, message: WireMessage, envelope: Envelope) -> Conversation[BalanceReading]:
        account_no = message.path.rpartition("/")[2]
        return self._ask(
            message, envelope, lambda answer: balance.read(answer, account_no=account_no)
        )

    def render_account_inquiry(
        self,
        *,
        account_no: str,
        bank_code: str,
        reference_no: str,  # noqa: ARG002  the protocol's
        at: datetime,  # noqa: ARG002  the protocol's
        amount: Money | None = None,  # noqa: ARG002  the protocol's
        source_account_no: str = "",  # noqa: ARG002  the protocol's
        rail: Rail | None = None,
    ) -> WireMessage:
        if rail is Rail.VIRTUAL_ACCOUNT:
            raise UnsupportedServiceError(Capability.TRANSFER_VIRTUAL_ACCOUNT)
        if not bank_code or is_one_of(bank_code, self._profile.own_bank_codes):
            raise UnsupportedServiceError(Capability.INQUIRY_INTERNAL)
        return inquiry.render(self._profile, account_no=account_no, bank_code=bank_code)

    def account_inquiry(
        self, message: WireMessage, envelope: Envelope
    ) -> Conversation[AccountReading]:
        account_no = message.path.rpartition("/")[2]
        return self._ask(
            message, envelope, lambda answer: inquiry.read(answer, account_no=account_no)
        )

    def render_statement(
        self,
        *,
        account_no: str,
        reference_no: str,  # noqa: ARG002  the protocol's
        first_day: date,
        last_day: date,
        at: datetime,  # noqa: ARG002  the protocol's
    ) -> WireMessage:
        return statement.render(
            self._profile, account_no=account_no, first_day=first_day, last_day=last_day
        )

    def statement(self, message: WireMessage, envelope: Envelope) -> Conversation[StatementReading]:
        return self._ask(message, envelope, statement.read)

    def _transfer(self, order: PaymentOrder) -> Intrabank | Interbank:
        service = self._transfers.get(order.rail)
        if service is None:
            raise UnsupportedServiceError(Capability.for_rail(order.rail))
        return service

    def _ask(
        self, message: WireMessage, envelope: Envelope, read: Callable[[Answer], ResultT]
    ) -> Conversation[ResultT]:
        return read_by(exchange(message, profile=self._profile, envelope=envelope), read)
