"""Chooses the implementations and joins them; the only place that knows all."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

import grpc.aio
from servicekit.audit_shipper import AuditShipper
from servicekit.channel import open_channel
from servicekit.clock import Clock, SystemClock
from servicekit.config import Mode
from servicekit.database import check_durability, check_migrated, open_engine, open_reading_engine
from servicekit.group_commit import GroupCommit
from servicekit.ids import new_ulid
from servicekit.outbox import OutboxRelay
from servicekit.secret import read_secret_file
from sqlalchemy import Engine

from bank_adapter.adapters.bank_http import BankHTTP, BankHTTPSettings
from bank_adapter.adapters.random_identifiers import RandomIdentifiers, new_bank_token
from bank_adapter.adapters.signature_verifier import SignatureVerifier
from bank_adapter.adapters.signer_probes import SignerProbes
from bank_adapter.adapters.signer_stream import SignerStream
from bank_adapter.adapters.sql_circuits import SQLCircuitStore
from bank_adapter.adapters.sql_figures import SQLFigures
from bank_adapter.adapters.sql_holds import SQLHoldStore
from bank_adapter.adapters.sql_inbound import SQLInboundStore
from bank_adapter.adapters.sql_ledger import SQLLedger
from bank_adapter.adapters.sql_limits import SQLLimitBook
from bank_adapter.adapters.sql_operator_reads import SQLOperatorReads
from bank_adapter.adapters.sql_ownership import SQLOwnership
from bank_adapter.adapters.sql_reader import SQLReader
from bank_adapter.adapters.sql_reconciliations import SQLReconciliationStore
from bank_adapter.adapters.sql_tables import outbox
from bank_adapter.adapters.sql_tokens import SQLTokenStore
from bank_adapter.application.approve_transfer import ApproveTransfer
from bank_adapter.application.ask_about_accounts import AskAboutAccounts
from bank_adapter.application.bank import Bank, Banks
from bank_adapter.application.cancel_transfer import CancelTransfer
from bank_adapter.application.check_name import CheckName
from bank_adapter.application.circuits import Circuits
from bank_adapter.application.clock_watch import ClockWatch
from bank_adapter.application.converse import Converser
from bank_adapter.application.create_transfer import CreateTransfer
from bank_adapter.application.gather_evidence import GatherEvidence
from bank_adapter.application.heed_notifications import HeedNotifications
from bank_adapter.application.holds import Holds
from bank_adapter.application.inbound_banks import InboundBank, InboundBanks
from bank_adapter.application.inbound_call import Refusals
from bank_adapter.application.inquire_transfer import InquireTransfer
from bank_adapter.application.issue_bank_token import IssueBankToken
from bank_adapter.application.probe_signing_key import ProbeSigningKey
from bank_adapter.application.prove_absence import ProveAbsence
from bank_adapter.application.read_reconciliations import ReadReconciliations
from bank_adapter.application.read_transfers import ReadTransfers
from bank_adapter.application.receive_notification import ReceiveNotification
from bank_adapter.application.reconcile_account import ReconcileAccount
from bank_adapter.application.reconcile_daily import ReconcileDaily
from bank_adapter.application.recover import Recover
from bank_adapter.application.resolve_transfer import ResolveTransfer
from bank_adapter.application.send_payment import SendPayment
from bank_adapter.application.spending_limits import SpendingLimits
from bank_adapter.application.steps import Reached, nowhere
from bank_adapter.application.tokens import Tokens
from bank_adapter.application.work import Work
from bank_adapter.build_bank import build_bank
from bank_adapter.config import BankAdapterSettings

MIGRATIONS = "bank_adapter:migrations"


@dataclass(frozen=True, slots=True, kw_only=True)
class House:
    """Everything a process of this service needs, joined and started."""

    settings: BankAdapterSettings
    clock: Clock
    identifiers: RandomIdentifiers
    banks: Banks
    ledger: SQLLedger
    ownership: SQLOwnership
    create: CreateTransfer
    read: ReadTransfers
    inquire: InquireTransfer
    cancel: CancelTransfer
    ask: AskAboutAccounts
    evidence: GatherEvidence
    resolve: ResolveTransfer
    probe_key: ProbeSigningKey
    approve: ApproveTransfer
    holds: Holds
    issue_bank_token: IssueBankToken
    receive_notification: ReceiveNotification
    reconcile: ReconcileDaily
    reconciliations: ReadReconciliations
    work: Work
    relay: OutboxRelay
    figures: SQLFigures


@contextlib.asynccontextmanager
async def open_house(
    settings: BankAdapterSettings, *, reached: Reached = nowhere
) -> AsyncIterator[House]:
    """Opens database, signer, audit and banks; closes them in reverse.

    `reached` is told about named durable steps; tests that kill the process
    there pass their own, production has none.
    """
    async with contextlib.AsyncExitStack() as stack:
        yield _furnish(await _open_ground(stack, settings, reached))


@dataclass(frozen=True, slots=True, kw_only=True)
class _Ground:
    """What the use cases stand on: what was opened, and what all of them share."""

    settings: BankAdapterSettings
    reached: Reached
    clock: Clock
    engine: Engine
    reader: SQLReader
    writer: GroupCommit
    audit_channel: grpc.aio.Channel
    signer_channel: grpc.aio.Channel
    identifiers: RandomIdentifiers
    ledger: SQLLedger
    ownership: SQLOwnership
    banks: Banks
    converser: Converser
    clock_watch: ClockWatch
    circuits: Circuits
    holds: Holds
    tokens: Tokens


async def _open_ground(
    stack: contextlib.AsyncExitStack, settings: BankAdapterSettings, reached: Reached
) -> _Ground:
    clock = SystemClock()
    engine = open_engine(settings.database, mode=settings.mode)
    stack.callback(engine.dispose)
    check_migrated(engine, MIGRATIONS)
    if settings.mode is Mode.PRODUCTION:
        check_durability(engine)
    reading_engine = open_reading_engine(settings.database, mode=settings.mode)
    stack.callback(reading_engine.dispose)
    reader = SQLReader(reading_engine)
    stack.callback(reader.close)
    writer = GroupCommit(engine)
    writer.start()
    stack.callback(writer.close)
    signer_channel = await _channel(stack, settings, settings.signer.target, "signer")
    audit_channel = await _channel(stack, settings, settings.audit.target, "audit")
    signer = SignerStream(signer_channel, timeout_s=settings.signer.timeout_s)
    signer.start()
    stack.push_async_callback(signer.close)

    ledger, identifiers = SQLLedger(writer, reader), RandomIdentifiers(clock)
    shared: dict[str, Any] = {"ledger": ledger, "identifiers": identifiers, "clock": clock}
    ownership = SQLOwnership(
        writer, owner_id=new_ulid(clock), length_s=settings.lease.length_s, clock=clock
    )
    holds = Holds(
        store=SQLHoldStore(writer, reader),
        bank_ids=settings.banks,
        identifiers=identifiers,
        clock=clock,
    )
    converser = Converser(signer)
    clock_watch = ClockWatch(clock=clock, allowed_s=settings.clock_skew_s)
    key = read_secret_file(settings.token_key_file, settings.mode)
    return _Ground(
        settings=settings,
        reached=reached,
        engine=engine,
        reader=reader,
        writer=writer,
        audit_channel=audit_channel,
        signer_channel=signer_channel,
        ownership=ownership,
        banks=await _banks(stack, settings),
        converser=converser,
        clock_watch=clock_watch,
        holds=holds,
        circuits=Circuits(store=SQLCircuitStore(writer, reader), holds=holds, **shared),
        tokens=Tokens(
            store=SQLTokenStore(writer, reader, key=key),
            converser=converser,
            clock_watch=clock_watch,
            holder=ownership.owner_id,
            **shared,
        ),
        **shared,
    )


def _furnish(on: _Ground) -> House:
    """The use cases, joined to what they stand on."""
    settings, clock, circuits = on.settings, on.clock, on.circuits
    shared: dict[str, Any] = {
        "ledger": on.ledger,
        "identifiers": on.identifiers,
        "clock": clock,
    }
    talking: dict[str, Any] = {
        "banks": on.banks,
        "converser": on.converser,
        "tokens": on.tokens,
        "clock_watch": on.clock_watch,
        **shared,
    }
    sending: dict[str, Any] = {
        "ownership": on.ownership,
        "circuits": circuits,
        "reached": on.reached,
        **talking,
    }
    ask = AskAboutAccounts(**talking)
    send_payment = SendPayment(ask=ask, **sending)
    inquire = InquireTransfer(prove_absence=ProveAbsence(ask=ask, clock=clock), **sending)
    inbound_store = SQLInboundStore(on.writer, on.reader)
    calling: dict[str, Any] = {
        "banks": inbound_banks(settings, on.banks),
        "store": inbound_store,
        "signatures": SignatureVerifier(on.signer_channel, timeout_s=settings.signer.timeout_s),
        "refusals": Refusals(**shared),
        "identifiers": on.identifiers,
        "clock": clock,
    }
    return House(
        settings=settings,
        banks=on.banks,
        ownership=on.ownership,
        create=CreateTransfer(
            banks=on.banks,
            send_payment=send_payment,
            circuits=circuits,
            check_name=CheckName(ask),
            limits=_limits(on),
            approvals=[approval.rule() for approval in settings.approvals],
            reached=on.reached,
            **shared,
        ),
        read=ReadTransfers(ledger=on.ledger, clock=clock),
        inquire=inquire,
        cancel=CancelTransfer(holds=on.holds, **shared),
        ask=ask,
        issue_bank_token=IssueBankToken(new_token=new_bank_token, **calling),
        receive_notification=ReceiveNotification(**calling),
        work=Work(
            banks=on.banks,
            circuits=circuits,
            ledger=on.ledger,
            send_payment=send_payment,
            inquire=inquire,
            recover=Recover(banks=on.banks, holds=on.holds, reached=on.reached, **shared),
            heed=HeedNotifications(store=inbound_store, ledger=on.ledger, clock=clock),
            clock=clock,
        ),
        relay=_relay(on),
        figures=SQLFigures(on.reader, on.clock),
        **_for_operators(on, ask, shared),
        **shared,
    )


def _for_operators(on: _Ground, ask: AskAboutAccounts, shared: dict[str, Any]) -> dict[str, Any]:
    """What people and their morning's job use, by its name in the house."""
    statements = SQLReconciliationStore(on.writer, on.reader)
    reads = SQLOperatorReads(on.reader)
    return {
        "holds": on.holds,
        "approve": ApproveTransfer(reads=reads, holds=on.holds, **shared),
        "evidence": GatherEvidence(ledger=on.ledger, reads=reads, ask=ask, clock=on.clock),
        "resolve": ResolveTransfer(**shared),
        "probe_key": ProbeSigningKey(
            banks=on.banks,
            keys=SignerProbes(on.signer_channel, timeout_s=on.settings.signer.timeout_s),
            tokens=on.tokens,
            **shared,
        ),
        "reconcile": ReconcileDaily(
            banks=on.banks,
            circuits=on.circuits,
            store=statements,
            account=ReconcileAccount(ask=ask, store=statements, holds=on.holds, **shared),
            identifiers=on.identifiers,
            clock=on.clock,
        ),
        "reconciliations": ReadReconciliations(store=statements, banks=on.banks, clock=on.clock),
    }


def _limits(on: _Ground) -> SpendingLimits:
    limits = [limit.limit() for limit in on.settings.limits]
    return SpendingLimits(limits, SQLLimitBook(on.writer, on.reader))


def _relay(on: _Ground) -> OutboxRelay:
    shipper = AuditShipper(on.audit_channel, lambda: on.reached("events_shipped"))
    return OutboxRelay(on.engine, outbox, shipper.ship, on.clock, writer=on.writer)


async def _channel(
    stack: contextlib.AsyncExitStack, settings: BankAdapterSettings, target: str, service: str
) -> grpc.aio.Channel:
    peer = settings.signer if service == "signer" else settings.audit
    channel = open_channel(target, settings.tls, peer.server_name)
    stack.push_async_callback(channel.close)
    return channel


async def _banks(stack: contextlib.AsyncExitStack, settings: BankAdapterSettings) -> Banks:
    by_id: dict[str, Bank] = {}
    for bank_id, wanted in settings.banks.items():
        wire = BankHTTP(
            BankHTTPSettings(
                base_url=wanted.base_url,
                ca_file=wanted.ca_file,
                allow_tls_1_2=wanted.allow_tls_1_2,
                connect_timeout_s=wanted.connect_timeout_s,
                keep_alive_s=wanted.keep_alive_s,
                max_connections=wanted.max_connections,
            )
        )
        await wire.start()
        stack.push_async_callback(wire.close)
        by_id[bank_id] = build_bank(bank_id, wanted, wire, holidays=settings.holidays)
    return Banks(by_id=by_id, default_id=settings.default_bank)


def inbound_banks(settings: BankAdapterSettings, banks: Banks) -> InboundBanks:
    """The banks that may call us."""
    return InboundBanks(
        [
            InboundBank(
                bank_id=bank_id,
                bank_identity=banks.find(bank_id).identity,
                client_key=wanted.inbound.client_key,
                token_key_id=wanted.inbound.verify_token_key_id,
                transaction_key_id=wanted.inbound.verify_transaction_key_id,
                clock_skew_s=wanted.inbound.clock_skew_s,
            )
            for bank_id, wanted in settings.banks.items()
            if wanted.inbound is not None and wanted.inbound.enabled
        ]
    )
