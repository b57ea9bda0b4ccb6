"""Every RPC of every service against every identity, on the real servers.

The table is written by hand: it is the second opinion about the policies.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import grpc
import pytest
from grpc_status import rpc_status
from localstack.configs import INTERNAL_CALLER
from localstack.stack import Stack

EDGE = frozenset({"edge"})
# Whom a prefix admits; what such a caller may see is decided by its scopes.
CLIENTS = frozenset({"edge", INTERNAL_CALLER, "client/stranger"})
OPERATORS = frozenset({"operator/alice"})
ADMITTED = {
    "/gerbang.auth.v1.TokenService/IssueToken": EDGE,
    "/gerbang.auth.v1.TokenService/GetJwks": EDGE,
    "/gerbang.auth.v1.LoginService/GetLoginPage": EDGE,
    "/gerbang.auth.v1.LoginService/SubmitLogin": EDGE,
    "/gerbang.auth.v1.LoginService/Logout": EDGE,
    "/gerbang.signer.v1.SigningService/Sign": {"bank-adapter"},
    "/gerbang.signer.v1.SigningService/SignBatches": {"bank-adapter"},
    "/gerbang.signer.v1.VerificationService/Verify": {"bank-adapter"},
    "/gerbang.signer.v1.ProbeService/SignProbeCall": {"bank-adapter"},
    "/gerbang.signer.v1.ProbeService/ReportProbeAnswer": {"bank-adapter"},
    "/gerbang.signer.v1.KeyAdminService/ListKeys": OPERATORS,
    "/gerbang.signer.v1.KeyAdminService/GenerateKey": OPERATORS,
    "/gerbang.signer.v1.KeyAdminService/ImportKey": OPERATORS,
    "/gerbang.signer.v1.KeyAdminService/ExportPublicKey": OPERATORS,
    "/gerbang.signer.v1.KeyAdminService/SignProbe": OPERATORS,
    "/gerbang.signer.v1.KeyAdminService/RecordProbe": OPERATORS,
    "/gerbang.signer.v1.KeyAdminService/PromoteKey": OPERATORS,
    "/gerbang.signer.v1.KeyAdminService/RetireKey": OPERATORS,
    "/gerbang.signer.v1.KeyAdminService/ScheduleDestruction": OPERATORS,
    "/gerbang.signer.v1.KeyAdminService/ConfirmDestruction": OPERATORS,
    "/gerbang.signer.v1.KeyAdminService/CancelDestruction": OPERATORS,
    "/gerbang.signer.v1.KeyAdminService/ListJournalEntries": OPERATORS,
    "/gerbang.bank_adapter.v1.TransferService/CreateTransfer": CLIENTS,
    "/gerbang.bank_adapter.v1.TransferService/GetTransfer": CLIENTS,
    "/gerbang.bank_adapter.v1.TransferService/ListTransfers": CLIENTS,
    "/gerbang.bank_adapter.v1.TransferService/InquireTransfer": CLIENTS,
    "/gerbang.bank_adapter.v1.TransferService/CancelTransfer": CLIENTS,
    "/gerbang.bank_adapter.v1.AccountService/GetBalance": CLIENTS,
    "/gerbang.bank_adapter.v1.AccountService/GetStatement": CLIENTS,
    "/gerbang.bank_adapter.v1.AccountService/InquireAccount": CLIENTS,
    "/gerbang.bank_adapter.v1.OperatorService/ListWaitingTransfers": OPERATORS,
    "/gerbang.bank_adapter.v1.OperatorService/GetTransferEvidence": OPERATORS,
    "/gerbang.bank_adapter.v1.OperatorService/ListAttempts": OPERATORS,
    "/gerbang.bank_adapter.v1.OperatorService/ResolveTransfer": OPERATORS,
    "/gerbang.bank_adapter.v1.OperatorService/ProbeSigningKey": OPERATORS,
    "/gerbang.bank_adapter.v1.HoldService/ListHolds": OPERATORS,
    "/gerbang.bank_adapter.v1.HoldService/PlaceHold": OPERATORS,
    "/gerbang.bank_adapter.v1.HoldService/ReleaseHold": OPERATORS,
    "/gerbang.bank_adapter.v1.ApprovalService/ListTransfersToApprove": OPERATORS,
    "/gerbang.bank_adapter.v1.ApprovalService/ApproveTransfer": OPERATORS,
    "/gerbang.bank_adapter.v1.ApprovalService/DeclineTransfer": OPERATORS,
    "/gerbang.bank_adapter.v1.ReconciliationService/ListReconciliations": OPERATORS,
    "/gerbang.bank_adapter.v1.ReconciliationService/ListStatementLines": OPERATORS,
    "/gerbang.bank_adapter.v1.ReconciliationService/ListUnmatchedTransfers": OPERATORS,
    "/gerbang.bank_adapter.v1.ReconciliationService/ReconcileAccount": OPERATORS,
    "/gerbang.bank_adapter.v1.BankNotificationService/IssueBankToken": EDGE,
    "/gerbang.bank_adapter.v1.BankNotificationService/NotifyRtgs": EDGE,
    "/gerbang.bank_adapter.v1.BankNotificationService/NotifySkn": EDGE,
    "/gerbang.audit.v1.IngestService/IngestEvents": {"auth", "signer", "bank-adapter"},
    "/gerbang.audit.v1.QueryService/ListEvents": CLIENTS | OPERATORS,
    "/gerbang.audit.v1.QueryService/GetEvent": CLIENTS | OPERATORS,
    "/gerbang.audit.v1.QueryService/ExportEvents": CLIENTS | OPERATORS,
    "/gerbang.audit.v1.QueryService/VerifyChain": CLIENTS | OPERATORS,
}
IDENTITIES = (
    "edge",
    "auth",
    "signer",
    "bank-adapter",
    "audit",
    "simulator",
    INTERNAL_CALLER,
    "client/stranger",
    "operator/alice",
)
NOT_ADMITTED = "CALLER_NOT_ALLOWED"


Connect = Callable[[str, str], grpc.Channel]


@pytest.fixture(scope="module")
def connect(stack: Stack) -> Iterator[Connect]:
    """Gives the connection to a service under an identity; one each for all tests here."""
    opened: dict[tuple[str, str], grpc.Channel] = {}
    ports = {
        "auth": stack.settings.auth_port,
        "signer": stack.settings.signer_port,
        "audit": stack.settings.audit_port,
        "bank-adapter": stack.settings.bank_adapter_port,
    }

    def channel(name: str, service: str) -> grpc.Channel:
        if (name, service) not in opened:
            identity = stack.identity(name)
            credentials = grpc.ssl_channel_credentials(
                identity.ca_file.read_bytes(),
                identity.private_key_file.read_bytes(),
                identity.certificate_file.read_bytes(),
            )
            options = [("grpc.ssl_target_name_override", f"{service}.gerbang.internal")]
            target = f"127.0.0.1:{ports[service]}"
            opened[name, service] = grpc.secure_channel(target, credentials, options)
        return opened[name, service]

    yield channel
    for one in opened.values():
        one.close()


def is_admitted(opened: grpc.Channel, method: str) -> bool:
    """Whether an empty request gets past the question who calls."""
    stream: Any = opened.stream_stream(method)
    unary: Any = opened.unary_unary(method)
    try:
        if method.endswith("SignBatches"):
            list(stream(iter([b""]), timeout=10))
        else:
            unary(b"", timeout=10)
    except grpc.RpcError as error:
        status = rpc_status.from_call(error)  # type: ignore[no-untyped-call]
        return status is None or NOT_ADMITTED not in str(status.details)
    return True


def test_the_table_has_every_rpc(every_rpc: list[str]) -> None:
    assert set(ADMITTED) == set(every_rpc)


@pytest.mark.parametrize("name", IDENTITIES)
@pytest.mark.parametrize("method", sorted(ADMITTED))
def test_an_rpc_admits_only_whom_the_table_names(connect: Connect, method: str, name: str) -> None:
    service = method.split(".")[1].replace("_", "-")

    assert is_admitted(connect(name, service), method) == (name in ADMITTED[method])
