"""The use cases over a real database, a fake bank and a clock that stands still."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from typing import Any

from bank_adapter.adapters.random_identifiers import RandomIdentifiers
from bank_adapter.adapters.sql_circuits import SQLCircuitStore
from bank_adapter.adapters.sql_holds import SQLHoldStore
from bank_adapter.adapters.sql_inbound import SQLInboundStore
from bank_adapter.adapters.sql_ledger import SQLLedger
from bank_adapter.adapters.sql_limits import SQLLimitBook
from bank_adapter.adapters.sql_reader import SQLReader
from bank_adapter.adapters.sql_reconciliations import SQLReconciliationStore
from bank_adapter.adapters.sql_tokens import SQLTokenStore
from bank_adapter.application.ask_about_accounts import AskAboutAccounts
from bank_adapter.application.bank import Bank, Banks
from bank_adapter.application.check_name import CheckName
from bank_adapter.application.circuits import Circuits
from bank_adapter.application.clock_watch import ClockWatch
from bank_adapter.application.converse import Converser
from bank_adapter.application.create_transfer import CreateTransfer
from bank_adapter.application.heed_notifications import HeedNotifications
from bank_adapter.application.holds import Holds
from bank_adapter.application.inquire_transfer import InquireTransfer
from bank_adapter.application.prove_absence import ProveAbsence
from bank_adapter.application.read_transfers import ReadTransfers
from bank_adapter.application.reconcile_account import ReconcileAccount
from bank_adapter.application.reconcile_daily import ReconcileDaily
from bank_adapter.application.recover import Recover
from bank_adapter.application.send_payment import SendPayment
from bank_adapter.application.spending_limits import SpendingLimits
from bank_adapter.application.tokens import Tokens
from bank_adapter.application.transfer_request import TransferRequest
from bank_adapter.application.work import Work
from bank_adapter.bootstrap import MIGRATIONS
from bank_adapter.domain.approving import ApprovalRule
from bank_adapter.domain.money import Money
from bank_adapter.domain.reconciliation import ReconciliationPolicy
from bank_adapter.domain.spending_limit import SpendingLimit
from bank_adapter.domain.transfer import Transfer
from bank_adapter.drivers.registry import open_driver
from fake_bank import FakeBank, FakeSigner
from servicekit.config import DatabaseSettings
from servicekit.database import migrate, open_engine
from servicekit.group_commit import GroupCommit
from servicekit.secret import Secret
from servicekit.testing import FakeClock

PROFILE = {
    "bank_id": "bca",
    "client_id": "gw-demo-client-0001",
    "partner_id": "KBBDEMO001",
    "token_key_id": "bca-token",
    "transaction_key_id": "bca-transaction",
}


_SENDING_ONLY = frozenset({"ownership", "circuits"})


class FakeOwnership:
    """A lease that holds until told otherwise."""

    owner_id = "01OWNER0000000000000000000"

    def __init__(self) -> None:
        self.held = True

    def holds(self) -> bool:
        return self.held


@dataclass
class UseCases:
    clock: FakeClock
    bank: FakeBank
    signer: FakeSigner
    ownership: FakeOwnership
    writer: GroupCommit
    ledger: SQLLedger
    store: SQLTokenStore
    inbound: SQLInboundStore
    tokens: Tokens
    send: SendPayment
    create: CreateTransfer
    inquire: InquireTransfer
    recover: Recover
    read: ReadTransfers
    work: Work
    circuits: Circuits
    banks: Banks
    ask: AskAboutAccounts
    statements: SQLReconciliationStore
    reconcile: ReconcileDaily
    holds: Holds

    async def pay(self, reference: str = "INV-1", *, wait_s: float = 5.0) -> Transfer:
        created = await self.create.execute(request(reference), wait_s=wait_s)
        return created.transfer

    async def work_once(self) -> None:
        """One worker pass, to its end."""
        await self.work.execute()
        await self.work.drain()


def request(reference: str = "INV-1", **changes: object) -> TransferRequest:
    fields: dict[str, object] = {
        "client_id": "erp",
        "allowed_accounts": frozenset({"bca:1234567890"}),
        "idempotency_key": reference,
        "partner_reference_no": reference,
        "bank": "bca",
        "amount": Money(125_000_000, "IDR"),
        "source_account_no": "1234567890",
        "beneficiary_account_no": "8010001575",
        "beneficiary_account_name": "YORIES YOLANDA",
        "beneficiary_bank_code": "",
        "beneficiary_email": "",
        "remark": "INV 1",
        "rail": None,
        "trace_id": "trace-1",
        **changes,
    }
    return TransferRequest(**fields)  # type: ignore[arg-type]


def make_tables(database_url: str) -> None:
    engine = open_engine(DatabaseSettings(url=database_url))
    migrate(engine, MIGRATIONS)
    engine.dispose()


@contextlib.asynccontextmanager
async def open_use_cases(
    database_url: str,
    *,
    limits: Sequence[SpendingLimit] = (),
    approvals: Sequence[ApprovalRule] = (),
    bank: FakeBank | None = None,
    clock: FakeClock | None = None,
) -> AsyncIterator[UseCases]:
    """Over a database that has its tables."""
    engine = open_engine(DatabaseSettings(url=database_url))
    writer, reader = GroupCommit(engine), SQLReader(engine)
    writer.start()
    try:
        spending = SpendingLimits(limits, SQLLimitBook(writer, reader))
        joined = join(
            writer,
            reader,
            bank or FakeBank(),
            clock or FakeClock(),
            limits=spending,
            approvals=approvals,
        )
        yield joined
        await joined.create.drain()
        await joined.work.drain()
    finally:
        writer.close()
        reader.close()
        engine.dispose()


def only_bca(bank: FakeBank) -> Banks:
    bca = Bank(
        bank_id="bca",
        identity="bca/gw-demo-client-0001",
        driver=open_driver("bca_snap", PROFILE),
        wire=bank,
        reconciliation=ReconciliationPolicy(),
    )
    return Banks(by_id={"bca": bca}, default_id="bca")


def join(
    writer: GroupCommit, reader: SQLReader, bank: FakeBank, clock: FakeClock, **policies: Any
) -> UseCases:
    """The use cases as bootstrap.py joins them, with fakes around them."""
    signer, ownership = FakeSigner(), FakeOwnership()
    identifiers, ledger = RandomIdentifiers(clock), SQLLedger(writer, reader)
    inbound, statements = SQLInboundStore(writer, reader), SQLReconciliationStore(writer, reader)
    store = SQLTokenStore(writer, reader, key=Secret(b"k" * 32))
    converser, banks = Converser(signer), only_bca(bank)
    watch = ClockWatch(clock=clock, allowed_s=120)
    shared: dict[str, Any] = {"ledger": ledger, "identifiers": identifiers, "clock": clock}
    holds = Holds(
        store=SQLHoldStore(writer, reader), bank_ids=["bca"], identifiers=identifiers, clock=clock
    )
    circuits = Circuits(store=SQLCircuitStore(writer, reader), holds=holds, **shared)
    tokens = Tokens(
        clock_watch=watch, store=store, converser=converser, holder=ownership.owner_id, **shared
    )
    talking: dict[str, Any] = {
        "banks": banks,
        **shared,
        "converser": converser,
        "tokens": tokens,
        "ownership": ownership,
        "circuits": circuits,
        "clock_watch": watch,
    }
    asking = {name: talking[name] for name in talking if name not in _SENDING_ONLY}
    ask = AskAboutAccounts(**asking)
    send = SendPayment(ask=ask, **talking)
    inquire = InquireTransfer(prove_absence=ProveAbsence(ask=ask, clock=clock), **talking)
    guards = {"circuits": circuits, "check_name": CheckName(ask), **policies}
    create = CreateTransfer(send_payment=send, banks=banks, **guards, **shared)
    work = Work(
        banks=banks,
        circuits=circuits,
        ledger=ledger,
        send_payment=send,
        inquire=inquire,
        recover=Recover(banks=banks, holds=holds, **shared),
        heed=HeedNotifications(store=inbound, ledger=ledger, clock=clock),
        clock=clock,
    )
    return UseCases(
        clock=clock,
        bank=bank,
        signer=signer,
        ownership=ownership,
        writer=writer,
        ledger=ledger,
        store=store,
        inbound=inbound,
        tokens=tokens,
        send=send,
        create=create,
        inquire=inquire,
        recover=work._recover,
        read=ReadTransfers(ledger=ledger, clock=clock),
        work=work,
        circuits=circuits,
        banks=banks,
        ask=ask,
        statements=statements,
        reconcile=reconciler(banks, circuits, ask, statements, shared),
        holds=holds,
    )


def reconciler(
    banks: Banks,
    circuits: Circuits,
    ask: AskAboutAccounts,
    statements: SQLReconciliationStore,
    shared: dict[str, Any],
) -> ReconcileDaily:
    return ReconcileDaily(
        banks=banks,
        circuits=circuits,
        store=statements,
        account=ReconcileAccount(ask=ask, store=statements, holds=circuits._holds, **shared),
        identifiers=shared["identifiers"],
        clock=shared["clock"],
    )
