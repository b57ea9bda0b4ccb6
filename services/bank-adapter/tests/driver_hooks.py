"""What a bank gives to its conformance suite, and how the suite talks to its driver."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any, ClassVar

import pytest
from bank_adapter.domain.conversation import Answer, WireMessage
from bank_adapter.domain.order import PaymentOrder, SentOrder
from bank_adapter.domain.rail import Capability
from bank_adapter.domain.verdict import Reading, Verdict
from bank_adapter.drivers.protocol import (
    AccountReading,
    BalanceReading,
    Driver,
    Envelope,
    StatementReading,
)
from driver_talk import AT, ENVELOPE, EXTERNAL_ID, OTHER_ACCOUNT, Talk, play


class DriverHooks:
    """The facts of one bank; a subclass fills them in."""

    driver: ClassVar[Driver]
    # One order per rail that the driver offers.
    orders: ClassVar[Sequence[PaymentOrder]]
    # Service code -> what the bank's plain success means for the money.
    success: ClassVar[Mapping[str, Verdict]]
    # Names of the free-text fields (of PaymentOrder) that reach the bank.
    free_texts: ClassVar[Sequence[str]] = ("remark", "beneficiary_account_name")

    # Whether the bank wants one form of bank codes; else it is told what the ERP wrote.
    translates_bank_codes: ClassVar[bool] = True
    # A bank of another name, for the external inquiry.
    other_bank_code: ClassVar[str] = "BRINIDJA"

    # How this bank answers. ------------------------------------------------

    def transfer_answer(self, order: PaymentOrder, message: WireMessage, **changes: Any) -> Answer:
        """A plain success that echoes the order, with fields changed or added."""
        raise NotImplementedError

    def status_answer(self, sent: SentOrder, status: str, **changes: Any) -> Answer:
        """The answer to an inquiry; `status` is one of SNAP's two digits."""
        raise NotImplementedError

    def not_found_answer(self, sent: SentOrder) -> Answer:
        raise NotImplementedError

    def token_answer(self, lifetime: str | int = "900", **changes: Any) -> Answer:
        """A token "token-1" that lives so many seconds."""
        raise NotImplementedError

    def balance_answer(self, account_no: str, *, as_object: bool = False, **changes: Any) -> Answer:
        """1000.00, of which 900.00 are available; `as_object` where the table says a list."""
        raise NotImplementedError

    def name_answer(self, account_no: str, **changes: Any) -> Answer:
        """YORIES YOLANDA, at another bank."""
        raise NotImplementedError

    def statement_answer(self, **changes: Any) -> Answer:
        """One debit of 10000.00."""
        raise NotImplementedError

    # Helpers ---------------------------------------------------------------

    def pytest_generate_tests(self, metafunc: pytest.Metafunc) -> None:
        if "order" in metafunc.fixturenames:
            metafunc.parametrize("order", self.orders, ids=[o.rail.value for o in self.orders])

    def sent(self, order: PaymentOrder) -> SentOrder:
        message = self.driver.render_transfer(order, at=AT)
        return SentOrder(
            order=order,
            service_code=message.service_code,
            external_id=EXTERNAL_ID,
            transaction_date=message.transaction_date,
        )

    def transferred(self, order: PaymentOrder, answer: Answer) -> Talk:
        message = self.driver.render_transfer(order, at=AT)
        return play(self.driver.transfer(order, message, ENVELOPE), answer)

    def asked(self, order: PaymentOrder, answer: Answer) -> Reading:
        sent = self.sent(order)
        message = self.driver.render_inquiry(sent, at=AT)
        return play(self.driver.inquiry(sent, message, ENVELOPE), answer).result

    def balance(self, **changes: Any) -> BalanceReading:
        account_no = self.orders[0].source_account_no
        message = self.questions()[Capability.BALANCE]()
        answer = self.balance_answer(account_no, **changes)
        return play(self.driver.balance(message, self.envelope(message)), answer).result

    def name(self, **changes: Any) -> AccountReading:
        message = self.questions()[Capability.INQUIRY_EXTERNAL]()
        answer = self.name_answer(OTHER_ACCOUNT, **changes)
        return play(self.driver.account_inquiry(message, self.envelope(message)), answer).result

    def statement(self, **changes: Any) -> StatementReading:
        message = self.questions()[Capability.STATEMENT]()
        answer = self.statement_answer(**changes)
        return play(self.driver.statement(message, self.envelope(message)), answer).result

    def envelope(self, message: WireMessage) -> Envelope:
        """As wide an external id as the service takes."""
        digits = self.driver.external_id_digits(message.service_code)
        return replace(ENVELOPE, external_id=EXTERNAL_ID[-digits:])

    def questions(self) -> dict[Capability, Callable[[], WireMessage]]:
        """A question for each service; rendering it raises where it is not offered."""
        driver, day = self.driver, AT.date()
        account = self.orders[0].source_account_no
        return {
            Capability.BALANCE: lambda: driver.render_balance(
                account_no=account, reference_no="1", at=AT
            ),
            Capability.INQUIRY_INTERNAL: lambda: driver.render_account_inquiry(
                account_no="8010001575", bank_code="", reference_no="1", at=AT
            ),
            Capability.INQUIRY_EXTERNAL: lambda: driver.render_account_inquiry(
                account_no=OTHER_ACCOUNT,
                bank_code=self.other_bank_code,
                reference_no="1",
                at=AT,
            ),
            Capability.STATEMENT: lambda: driver.render_statement(
                account_no=account, reference_no="1", first_day=day, last_day=day, at=AT
            ),
        }
