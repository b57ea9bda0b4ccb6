"""BCA's driver: the services of this folder behind the one protocol."""

from __future__ import annotations

from datetime import datetime

from bank_adapter.domain.conversation import Answer, Conversation, WireMessage
from bank_adapter.domain.order import PaymentOrder, SentOrder
from bank_adapter.domain.rail import Capability
from bank_adapter.domain.verdict import Reading
from bank_adapter.drivers.bca_snap import balance, inquiry, intrabank, status, token
from bank_adapter.drivers.bca_snap.capabilities import CAPABILITIES
from bank_adapter.drivers.bca_snap.profile import BCASnapProfile
from bank_adapter.drivers.bca_snap.signals import TABLES
from bank_adapter.drivers.protocol import Envelope, UnsupportedServiceError
from bank_adapter.snap import account as snap_account
from bank_adapter.snap import balance as snap_balance
from bank_adapter.snap import body
from bank_adapter.snap import status as snap_status
from bank_adapter.snap.exchange import exchange
from bank_adapter.snap.token import TokenReading


class BCASnapDriver:
    """Implements drivers.protocol.Driver for BCA."""

    def __init__(self, profile: BCASnapProfile) -> None:
        self._profile = profile

    @property
    def capabilities(self) -> frozenset[Capability]:
        return CAPABILITIES

    @property
    def own_bank_codes(self) -> frozenset[str]:
        return self._profile.own_bank_codes

    def token(self, *, at: datetime) -> Conversation[TokenReading]:
        return token.ask(self._profile, at=at)

    def check(self, order: PaymentOrder) -> None:
        _require(Capability.for_rail(order.rail))
        intrabank.check(self._profile, order)

    def render_transfer(self, order: PaymentOrder, *, at: datetime) -> WireMessage:
        _require(Capability.for_rail(order.rail))
        return intrabank.render(self._profile, order, at=at)

    def transfer(
        self, order: PaymentOrder, message: WireMessage, envelope: Envelope
    ) -> Conversation[Reading]:
        talk = self._exchange(message, envelope)
        return _read_transfer(talk, order)

    def render_inquiry(self, sent: SentOrder, *, at: datetime) -> WireMessage:  # noqa: ARG002  the protocol's
        return status.render(self._profile, sent)

    def inquiry(
        self, sent: SentOrder, message: WireMessage, envelope: Envelope
    ) -> Conversation[Reading]:
        talk = self._exchange(message, envelope)
        return _read_status(talk, sent)

    def render_balance(self, *, account_no: str, reference_no: str, at: datetime) -> WireMessage:  # noqa: ARG002  the protocol's
        return balance.render(self._profile, account_no=account_no, reference_no=reference_no)

    def balance(
        self, message: WireMessage, envelope: Envelope
    ) -> Conversation[snap_balance.BalanceReading]:
        talk = self._exchange(message, envelope)
        return _read_balance(talk, body.asked(message.body, "accountNo"))

    def render_account_inquiry(
        self,
        *,
        account_no: str,
        bank_code: str,
        reference_no: str,
        at: datetime,  # noqa: ARG002  the protocol's
    ) -> WireMessage:
        if bank_code and bank_code not in self._profile.own_bank_codes:
            raise UnsupportedServiceError(Capability.INQUIRY_EXTERNAL)
        return inquiry.render_internal(
            self._profile, account_no=account_no, reference_no=reference_no
        )

    def account_inquiry(
        self, message: WireMessage, envelope: Envelope
    ) -> Conversation[snap_account.AccountReading]:
        talk = self._exchange(message, envelope)
        return _read_account(talk, message)

    def _exchange(self, message: WireMessage, envelope: Envelope) -> Conversation[Answer]:
        return exchange(
            message,
            party=self._profile,
            external_id=envelope.external_id,
            access_token=envelope.access_token,
            at=envelope.at,
        )


def _require(capability: Capability) -> None:
    if capability not in CAPABILITIES:
        raise UnsupportedServiceError(capability)


def _read_transfer(talk: Conversation[Answer], order: PaymentOrder) -> Conversation[Reading]:
    answer = yield from talk
    return intrabank.read(answer, order)


def _read_status(talk: Conversation[Answer], sent: SentOrder) -> Conversation[Reading]:
    answer = yield from talk
    return snap_status.read(answer, sent=sent, tables=TABLES)


def _read_balance(
    talk: Conversation[Answer], account_no: str
) -> Conversation[snap_balance.BalanceReading]:
    answer = yield from talk
    return snap_balance.read(answer, account_no=account_no, tables=TABLES)


def _read_account(
    talk: Conversation[Answer], message: WireMessage
) -> Conversation[snap_account.AccountReading]:
    answer = yield from talk
    return snap_account.read(
        answer,
        service_code=message.service_code,
        account_no=body.asked(message.body, "beneficiaryAccountNo"),
        tables=TABLES,
    )
