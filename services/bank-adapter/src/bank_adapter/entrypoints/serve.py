"""`serve`: the RPCs of the bank-adapter."""

from __future__ import annotations

import asyncio
import contextlib

from gerbang.bank_adapter.v1 import (
    account_service_pb2,
    approval_service_pb2,
    bank_notification_service_pb2,
    hold_service_pb2,
    operator_service_pb2,
    reconciliation_service_pb2,
    transfer_service_pb2,
)
from servicekit.log import get_logger
from servicekit.registration import DocumentRule
from servicekit.server import GRPCServer, Registration

from bank_adapter.application.steps import Reached, nowhere
from bank_adapter.bootstrap import House, open_house
from bank_adapter.config import BankAdapterSettings
from bank_adapter.entrypoints.account_servicer import AccountServicer
from bank_adapter.entrypoints.api_record import APIRecorder
from bank_adapter.entrypoints.approval_servicer import ApprovalServicer
from bank_adapter.entrypoints.bank_notification_servicer import BankNotificationServicer
from bank_adapter.entrypoints.hold_servicer import HoldServicer
from bank_adapter.entrypoints.operator_servicer import OperatorServicer
from bank_adapter.entrypoints.reconciliation_servicer import ReconciliationServicer
from bank_adapter.entrypoints.transfer_servicer import TransferServicer
from bank_adapter.rpc_policy import policy

log = get_logger()
_SERVER_GRACE_S = 3.0


async def serve(settings: BankAdapterSettings, *, reached: Reached = nowhere) -> None:
    """Serves until cancelled; then ends what is under way and gives its lease back."""
    async with open_house(settings, reached=reached) as house:
        recorder = APIRecorder(
            ledger=house.ledger, identifiers=house.identifiers, clock=house.clock
        )
        server = build_server(house, recorder)
        await house.ownership.take()
        keeping = asyncio.create_task(house.ownership.keep(), name="lease")
        try:
            await server.start()
            await server.set_serving(True)
            log.info("bank-adapter serves", port=server.bound_port)
            await asyncio.Event().wait()
        finally:
            await server.stop(_SERVER_GRACE_S)
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(settings.drain_s):
                    await house.create.drain()
                    await recorder.drain()
            keeping.cancel()
            if not house.create.under_way:
                await house.ownership.release()
            log.info("bank-adapter stopped", under_way=house.create.under_way)


def build_server(house: House, recorder: APIRecorder) -> GRPCServer:
    """The server with its servicers; not started."""
    settings = house.settings
    longest_s = max(bank.bank_timeout_s for bank in settings.banks.values())
    transfers = TransferServicer(
        create=house.create,
        read=house.read,
        inquire=house.inquire,
        cancel=house.cancel,
        recorder=recorder,
        default_bank=settings.default_bank,
        bank_wait_s=settings.bank_wait_s,
    )
    accounts = AccountServicer(ask=house.ask, recorder=recorder, clock=house.clock)
    operators = OperatorServicer(
        evidence=house.evidence,
        resolve=house.resolve,
        probe_key=house.probe_key,
        recorder=recorder,
    )
    reconciliations = ReconciliationServicer(
        reads=house.reconciliations, reconcile=house.reconcile, banks=house.banks, recorder=recorder
    )
    callbacks = bank_notification_service_pb2.DESCRIPTOR.services_by_name["BankNotificationService"]
    return GRPCServer(
        listen=settings.listen,
        tls=settings.tls,
        policy=policy(bank_wait_s=settings.bank_wait_s, bank_timeout_s=longest_s),
        registrations=[
            Registration(
                transfer_service_pb2.DESCRIPTOR.services_by_name["TransferService"], transfers
            ),
            Registration(
                account_service_pb2.DESCRIPTOR.services_by_name["AccountService"], accounts
            ),
            Registration(
                operator_service_pb2.DESCRIPTOR.services_by_name["OperatorService"], operators
            ),
            Registration(
                approval_service_pb2.DESCRIPTOR.services_by_name["ApprovalService"],
                ApprovalServicer(approve=house.approve, recorder=recorder),
            ),
            Registration(
                hold_service_pb2.DESCRIPTOR.services_by_name["HoldService"],
                HoldServicer(holds=house.holds, recorder=recorder),
            ),
            Registration(
                reconciliation_service_pb2.DESCRIPTOR.services_by_name["ReconciliationService"],
                reconciliations,
            ),
            Registration(
                callbacks,
                BankNotificationServicer(
                    issue=house.issue_bank_token,
                    receive=house.receive_notification,
                    clock=house.clock,
                ),
                {method.name: DocumentRule.RAW for method in callbacks.methods},
            ),
        ],
        internal_clients={client.spiffe_id: client for client in settings.internal_clients},
        clock=house.clock,
    )
