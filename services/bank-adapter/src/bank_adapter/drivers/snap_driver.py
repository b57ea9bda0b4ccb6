"""The protocol of drivers over SNAP services: what every SNAP bank shares.

A bank's driver composes its own services (the files of its folder) into a
`Services`; this class looks the service up, speaks the exchange and reads the
answer. It decides nothing about fields or money.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Protocol, TypeVar

from bank_adapter.domain.bank_code import is_one_of
from bank_adapter.domain.conversation import Answer, Conversation, WireMessage, read_by
from bank_adapter.domain.money import Money
from bank_adapter.domain.order import PaymentOrder, SentOrder
from bank_adapter.domain.rail import Capability, Rail
from bank_adapter.domain.verdict import Reading
from bank_adapter.drivers.protocol import Envelope, InvalidOrderError, UnsupportedServiceError
from bank_adapter.snap import account, balance, body, statement, status, token, transfer
from bank_adapter.snap.account import AccountQuestion, AccountReading
from bank_adapter.snap.balance import BalanceReading
from bank_adapter.snap.echo import Echo
from bank_adapter.snap.exchange import exchange
from bank_adapter.snap.party import Party, Signing
from bank_adapter.snap.signals import Tables
from bank_adapter.snap.statement import StatementReading
from bank_adapter.snap.token import TokenReading

ResultT = TypeVar("ResultT")


class TransferService(Protocol):
    """One rail of one bank."""

    def check(self, order: PaymentOrder) -> None: ...
    def render(self, order: PaymentOrder, *, at: datetime) -> WireMessage: ...
    def echoes(self, order: PaymentOrder) -> tuple[Echo, ...]: ...


class StatusService(Protocol):
    """How one bank is asked about a transfer."""

    def render(self, sent: SentOrder) -> WireMessage: ...
    def echoes(self, sent: SentOrder) -> tuple[Echo, ...]: ...


class BalanceService(Protocol):
    def render(self, *, account_no: str, reference_no: str) -> WireMessage: ...


class AccountService(Protocol):
    def render(self, question: AccountQuestion) -> WireMessage: ...


class StatementService(Protocol):
    @property
    def most_lines(self) -> int: ...
    def render(
        self, *, account_no: str, reference_no: str, first_day: date, last_day: date
    ) -> WireMessage: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Services:
    """What one bank offers. None is a service that it does not offer."""

    transfers: Mapping[Rail, TransferService]
    status: StatusService
    balance: BalanceService | None = None
    internal_inquiry: AccountService | None = None
    external_inquiry: AccountService | None = None
    virtual_account_inquiry: AccountService | None = None
    statement: StatementService | None = None
    wants_inquiry_session: bool = False


class SNAPDriver:
    """Implements drivers.protocol.Driver for a SNAP bank."""

    def __init__(
        self,
        *,
        party: Party,
        token_path: str,
        capabilities: frozenset[Capability],
        services: Services,
        tables: Tables,
    ) -> None:
        self._party = party
        self._token_path = token_path
        self._capabilities = capabilities
        self._services = services
        self._tables = tables

    @property
    def capabilities(self) -> frozenset[Capability]:
        return self._capabilities

    @property
    def needs_token(self) -> bool:
        """An asymmetric signature proves the sender by itself."""
        return self._party.signing is Signing.SYMMETRIC

    @property
    def own_bank_codes(self) -> frozenset[str]:
        return self._party.own_bank_codes

    @property
    def reference_digits(self) -> int:
        return self._party.reference_digits

    @property
    def wants_inquiry_session(self) -> bool:
        return self._services.wants_inquiry_session

    def external_id_digits(self, service_code: str) -> int:
        return self._party.external_id_digits_of(service_code)

    def token(self, *, at: datetime) -> Conversation[TokenReading]:
        return token.ask(party=self._party, path=self._token_path, at=at, tables=self._tables)

    def check(self, order: PaymentOrder) -> None:
        self._transfer(order).check(self._told(order))

    def render_transfer(self, order: PaymentOrder, *, at: datetime) -> WireMessage:
        return self._transfer(order).render(self._told(order), at=at)

    def transfer(
        self, order: PaymentOrder, message: WireMessage, envelope: Envelope
    ) -> Conversation[Reading]:
        echoes = self._transfer(order).echoes(self._told_once(order))
        return self._ask(
            message,
            envelope,
            lambda answer: transfer.read(
                answer, service_code=message.service_code, tables=self._tables, echoes=echoes
            ),
        )

    def render_inquiry(self, sent: SentOrder, *, at: datetime) -> WireMessage:  # noqa: ARG002  the protocol's
        return self._services.status.render(sent)

    def inquiry(
        self, sent: SentOrder, message: WireMessage, envelope: Envelope
    ) -> Conversation[Reading]:
        echoes = self._services.status.echoes(replace(sent, order=self._told_once(sent.order)))
        return self._ask(
            message,
            envelope,
            lambda answer: status.read(
                answer, service_code=message.service_code, echoes=echoes, tables=self._tables
            ),
        )

    def render_balance(self, *, account_no: str, reference_no: str, at: datetime) -> WireMessage:  # noqa: ARG002  the protocol's
        service = _offered(self._services.balance, Capability.BALANCE)
        return service.render(account_no=account_no, reference_no=reference_no)

    def balance(self, message: WireMessage, envelope: Envelope) -> Conversation[BalanceReading]:
        account_no = body.asked(message.body, "accountNo")
        return self._ask(
            message,
            envelope,
            lambda answer: balance.read(answer, account_no=account_no, tables=self._tables),
        )

    def render_account_inquiry(
        self,
        *,
        account_no: str,
        bank_code: str,
        reference_no: str,
        at: datetime,  # noqa: ARG002  the protocol's
        amount: Money | None = None,
        source_account_no: str = "",
        rail: Rail | None = None,
    ) -> WireMessage:
        services = self._services
        if rail is Rail.VIRTUAL_ACCOUNT:
            service = _offered(
                services.virtual_account_inquiry, Capability.TRANSFER_VIRTUAL_ACCOUNT
            )
        elif not bank_code or is_one_of(bank_code, self._party.own_bank_codes):
            service = _offered(services.internal_inquiry, Capability.INQUIRY_INTERNAL)
        else:
            service = _offered(services.external_inquiry, Capability.INQUIRY_EXTERNAL)
        question = AccountQuestion(
            account_no=account_no,
            reference_no=reference_no,
            bank_code=self._party.bank_codes.write(bank_code) if bank_code else "",
            amount=amount,
            source_account_no=source_account_no,
            rail=rail,
        )
        return service.render(question)

    def account_inquiry(
        self, message: WireMessage, envelope: Envelope
    ) -> Conversation[AccountReading]:
        account_no = body.asked(
            message.body, "beneficiaryAccountNo", "beneficiaryAccountNumber", "virtualAccountNo"
        )
        return self._ask(
            message,
            envelope,
            lambda answer: account.read(
                answer,
                service_code=message.service_code,
                account_no=account_no,
                tables=self._tables,
            ),
        )

    def render_statement(
        self,
        *,
        account_no: str,
        reference_no: str,
        first_day: date,
        last_day: date,
        at: datetime,  # noqa: ARG002  the protocol's
    ) -> WireMessage:
        service = _offered(self._services.statement, Capability.STATEMENT)
        return service.render(
            account_no=account_no,
            reference_no=reference_no,
            first_day=first_day,
            last_day=last_day,
        )

    def statement(self, message: WireMessage, envelope: Envelope) -> Conversation[StatementReading]:
        service = _offered(self._services.statement, Capability.STATEMENT)
        return self._ask(
            message,
            envelope,
            lambda answer: statement.read(
                answer, tables=self._tables, most_lines=service.most_lines
            ),
        )

    def _told(self, order: PaymentOrder) -> PaymentOrder:
        """The order with the beneficiary's bank named as this bank names it."""
        code = order.beneficiary_bank_code
        if not code:
            return order
        return replace(order, beneficiary_bank_code=self._party.bank_codes.write(code))

    def _told_once(self, order: PaymentOrder) -> PaymentOrder:
        """As it was told; a table that has lost a code since hides no answer."""
        try:
            return self._told(order)
        except InvalidOrderError:
            return order

    def _transfer(self, order: PaymentOrder) -> TransferService:
        service = self._services.transfers.get(order.rail)
        return _offered(service, Capability.for_rail(order.rail))

    def _ask(
        self, message: WireMessage, envelope: Envelope, read: Callable[[Answer], ResultT]
    ) -> Conversation[ResultT]:
        talk = exchange(
            message,
            party=self._party,
            external_id=envelope.external_id,
            access_token=envelope.access_token,
            at=envelope.at,
        )
        return read_by(talk, read)


def _offered(service: ResultT | None, capability: Capability) -> ResultT:
    if service is None:
        raise UnsupportedServiceError(capability)
    return service
