"""Calls to the services with the operator's certificate. Nothing is retried."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeVar

import grpc.aio
from gerbang.audit.v1.query_service_pb2_grpc import QueryServiceStub
from gerbang.bank_adapter.v1.approval_service_pb2_grpc import ApprovalServiceStub
from gerbang.bank_adapter.v1.hold_service_pb2_grpc import HoldServiceStub
from gerbang.bank_adapter.v1.operator_service_pb2_grpc import OperatorServiceStub
from gerbang.bank_adapter.v1.reconciliation_service_pb2_grpc import ReconciliationServiceStub
from gerbang.signer.v1.key_admin_service_pb2_grpc import KeyAdminServiceStub
from servicekit.channel import call_metadata, open_channel
from servicekit.errors import from_rpc_error

from gerbang_ops.config import OpsSettings
from gerbang_ops.outcomes import ExitCode, OpsError, said_by

if TYPE_CHECKING:  # these names exist for the type checker only
    from gerbang.audit.v1.query_service_pb2_grpc import QueryServiceAsyncStub
    from gerbang.bank_adapter.v1.approval_service_pb2_grpc import ApprovalServiceAsyncStub
    from gerbang.bank_adapter.v1.hold_service_pb2_grpc import HoldServiceAsyncStub
    from gerbang.bank_adapter.v1.operator_service_pb2_grpc import OperatorServiceAsyncStub
    from gerbang.bank_adapter.v1.reconciliation_service_pb2_grpc import (
        ReconciliationServiceAsyncStub,
    )
    from gerbang.signer.v1.key_admin_service_pb2_grpc import KeyAdminServiceAsyncStub

T = TypeVar("T")

USUAL_S = 20.0
# The bank is asked on the way.
BANK_S = 100.0
# The bank is asked for the statement of every day.
RECONCILE_S = 900.0
BANK_ADAPTER, SIGNER, AUDIT = "bank-adapter", "signer", "audit"


@dataclass(frozen=True, slots=True, kw_only=True)
class Service:
    """One service behind an open channel."""

    name: str
    target: str
    channel: grpc.aio.Channel

    async def ask(
        self, method: Callable[..., Awaitable[T]], request: Any, *, timeout_s: float = USUAL_S
    ) -> T:
        """One call. Raises OpsError."""
        metadata = call_metadata(secrets.token_hex(16))
        try:
            return await method(request, timeout=timeout_s, metadata=metadata)
        except grpc.aio.AioRpcError as error:
            known = from_rpc_error(error)
            details = error.details() or ""
            if known.reason == "UNAVAILABLE" and details != known.message:
                raise self._unreachable(details) from None
            raise said_by(self.name, known) from None

    def operators(self) -> OperatorServiceAsyncStub:
        return OperatorServiceStub(self.channel)

    def approvals(self) -> ApprovalServiceAsyncStub:
        return ApprovalServiceStub(self.channel)

    def holds(self) -> HoldServiceAsyncStub:
        return HoldServiceStub(self.channel)

    def reconciliations(self) -> ReconciliationServiceAsyncStub:
        return ReconciliationServiceStub(self.channel)

    def keys(self) -> KeyAdminServiceAsyncStub:
        return KeyAdminServiceStub(self.channel)

    def events(self) -> QueryServiceAsyncStub:
        return QueryServiceStub(self.channel)

    def _unreachable(self, details: str) -> OpsError:
        hint = (
            "its certificate or ours is not of the same authority"
            if "handshak" in details.lower() or "certificate" in details.lower()
            else "is it running, and is the address right?"
        )
        return OpsError(
            f"{self.name} at {self.target} cannot be reached: {hint}", ExitCode.UNREACHABLE
        )


@asynccontextmanager
async def reach(settings: OpsSettings, name: str) -> AsyncIterator[Service]:
    """Opens a channel to a service; connects when first used. Raises OpsError."""
    peer = settings.peer(name)
    try:
        channel = open_channel(peer.target, settings.identity, peer.server_name)
    except OSError as error:
        raise OpsError(f"the identity file {error.filename}: {error.strerror}") from None
    async with channel:
        yield Service(name=name, target=peer.target, channel=channel)


def run(work: Coroutine[Any, Any, T]) -> T:
    """Runs a command's calls to their end."""
    return asyncio.run(work)
