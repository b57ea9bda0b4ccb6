"""OperatorService over real mutual TLS: who may ask, and what the answers say."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable
from pathlib import Path
from typing import Any

import grpc
import pytest
from bank_adapter.adapters.sql_operator_reads import SQLOperatorReads
from bank_adapter.application.ask_about_accounts import AskAboutAccounts
from bank_adapter.application.converse import Converser
from bank_adapter.application.gather_evidence import GatherEvidence
from bank_adapter.application.probe_signing_key import ProbeSigningKey
from bank_adapter.application.resolve_transfer import ResolveTransfer
from bank_adapter.domain.states import State
from bank_adapter.domain.transfer import Transfer
from bank_adapter.entrypoints.api_record import APIRecorder
from bank_adapter.entrypoints.operator_servicer import OperatorServicer
from bank_adapter.rpc_policy import policy
from fake_staged_keys import FakeStagedKeys
from gerbang.bank_adapter.v1 import operator_service_pb2 as pb
from gerbang.bank_adapter.v1 import transfer_pb2
from gerbang.bank_adapter.v1.operator_service_pb2_grpc import OperatorServiceStub
from servicekit.channel import open_channel
from servicekit.config import InternalClient, ListenSettings, TLSSettings
from servicekit.errors import ServiceError, from_rpc_error
from servicekit.server import GRPCServer, Registration
from servicekit.testing import issue_test_pki
from use_cases import UseCases, open_use_cases

NAMES = ("bank-adapter", "operator/jane", "operator/mallory", "client/payroll", "edge", "signer")
DAY_S = 24 * 3600 + 1


@pytest.fixture(scope="module")
def pki(tmp_path_factory: pytest.TempPathFactory) -> dict[str, TLSSettings]:
    return issue_test_pki(tmp_path_factory.mktemp("pki"), NAMES)


@pytest.fixture
async def house(sqlite_url: str) -> AsyncIterator[UseCases]:
    async with open_use_cases(sqlite_url) as opened:
        yield opened


@pytest.fixture
async def port(house: UseCases, pki: dict[str, TLSSettings], tmp_path: Path) -> AsyncIterator[int]:
    identifiers = house.create._identifiers
    recorder = APIRecorder(ledger=house.ledger, identifiers=identifiers, clock=house.clock)
    ask = AskAboutAccounts(
        banks=house.banks,
        ledger=house.ledger,
        converser=Converser(house.signer),
        tokens=house.tokens,
        identifiers=identifiers,
        clock=house.clock,
        clock_watch=house.ask._clock_watch,
    )
    servicer = OperatorServicer(
        evidence=GatherEvidence(
            ledger=house.ledger,
            reads=SQLOperatorReads(house.ledger._reader),
            ask=ask,
            clock=house.clock,
        ),
        resolve=ResolveTransfer(ledger=house.ledger, identifiers=identifiers, clock=house.clock),
        probe_key=ProbeSigningKey(
            banks=house.banks,
            keys=FakeStagedKeys(),
            ledger=house.ledger,
            tokens=house.tokens,
            identifiers=identifiers,
            clock=house.clock,
        ),
        recorder=recorder,
    )
    everything = policy(bank_wait_s=10, bank_timeout_s=60)

    def client(name: str, *scopes: str) -> InternalClient:
        return InternalClient(
            spiffe_id=f"spiffe://gerbang/{name}",
            client_id=name.replace("/", "-"),
            scopes=frozenset(scopes),
        )

    clients = [
        client("operator/jane", "transfers.operate"),
        client("client/payroll", "transfers.operate"),
    ]
    server = GRPCServer(
        listen=ListenSettings(port=0),
        tls=pki["bank-adapter"],
        policy={name: rule for name, rule in everything.items() if "OperatorService" in name},
        registrations=[Registration(pb.DESCRIPTOR.services_by_name["OperatorService"], servicer)],
        internal_clients={one.spiffe_id: one for one in clients},
        clock=house.clock,
    )
    await server.start()
    await server.set_serving(True)
    yield server.bound_port
    await server.stop(0)
    await recorder.drain()


@pytest.fixture
async def jane(port: int, pki: dict[str, TLSSettings]) -> AsyncIterator[OperatorServiceStub]:
    target = f"127.0.0.1:{port}"
    async with open_channel(
        target, pki["operator/jane"], "bank-adapter.gerbang.internal"
    ) as opened:
        yield OperatorServiceStub(opened)


async def failure(call: Awaitable[Any]) -> ServiceError:
    with pytest.raises(grpc.aio.AioRpcError) as caught:
        await call
    return from_rpc_error(caught.value)


async def waiting(house: UseCases) -> Transfer:
    house.bank.script.append("lost")
    house.bank.status_script.extend(["lost"] * 9)
    transfer = await house.pay()
    house.clock.advance(DAY_S)
    await house.work_once()
    found = await house.ledger.get(transfer.transfer_id)
    assert found is not None
    assert found.state is State.NEEDS_OPERATOR
    return found


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("operator/mallory", "SCOPE_MISSING"),
        ("client/payroll", "CALLER_NOT_ALLOWED"),
        ("edge", "CALLER_NOT_ALLOWED"),
        ("signer", "CALLER_NOT_ALLOWED"),
    ],
)
@pytest.mark.parametrize(
    ("method", "request_"),
    [
        ("ListWaitingTransfers", pb.ListWaitingTransfersRequest()),
        ("GetTransferEvidence", pb.GetTransferEvidenceRequest()),
        ("ResolveTransfer", pb.ResolveTransferRequest()),
        ("ListAttempts", pb.ListAttemptsRequest()),
    ],
)
async def test_only_an_operator_with_the_scope_is_let_in(  # noqa: PLR0917  fixtures and cases
    port: int, pki: dict[str, TLSSettings], name: str, reason: str, method: str, request_: Any
) -> None:
    target = f"127.0.0.1:{port}"
    async with open_channel(target, pki[name], "bank-adapter.gerbang.internal") as channel:
        refused = await failure(getattr(OperatorServiceStub(channel), method)(request_))

    assert (refused.code, refused.reason) == (grpc.StatusCode.PERMISSION_DENIED, reason)


async def test_what_waits_is_listed_with_its_client_and_since_when(
    house: UseCases, jane: OperatorServiceStub
) -> None:
    transfer = await waiting(house)

    answer = await jane.ListWaitingTransfers(pb.ListWaitingTransfersRequest())

    (found,) = answer.transfers
    assert (found.transfer.transfer_id, found.client_id) == (transfer.transfer_id, "erp")
    assert found.wait_start_time.ToMicroseconds() == transfer.updated_us
    assert answer.next_page_token == ""


async def test_evidence_shows_attempts_replies_events_and_what_is_allowed(
    house: UseCases, jane: OperatorServiceStub
) -> None:
    house.bank.status_script.append("03")
    transfer = await waiting(house)

    evidence = await jane.GetTransferEvidence(
        pb.GetTransferEvidenceRequest(transfer_id=transfer.transfer_id, ask_statement=True)
    )

    kinds = [one.attempt.kind for one in evidence.attempts]
    assert kinds == [transfer_pb2.Attempt.TRANSFER, transfer_pb2.Attempt.INQUIRY]
    assert evidence.attempts[0].reason == "TIMEOUT"
    assert "8010001575" not in evidence.attempts[1].reply
    assert '"latestTransactionStatus": "03"' in evidence.attempts[1].reply
    assert evidence.transfer.events[-1].sequence == transfer.event_count
    assert (evidence.internal_state, evidence.exposed_count) == ("NEEDS_OPERATOR", 1)
    assert list(evidence.allowed_resolutions) == [pb.SETTLED, pb.REJECTED, pb.RESUMED]
    assert evidence.statement.first_day == "2026-01-01"
    assert evidence.statement.complete


async def test_resolution_is_taken_once(house: UseCases, jane: OperatorServiceStub) -> None:
    transfer = await waiting(house)
    request = pb.ResolveTransferRequest(
        transfer_id=transfer.transfer_id,
        resolution=pb.SETTLED,
        reason="seen on the statement of today",
        seen_sequence=transfer.event_count,
    )

    answer = await jane.ResolveTransfer(request)
    again = await failure(jane.ResolveTransfer(request))

    assert answer.state == transfer_pb2.Transfer.SETTLED
    assert (again.code, again.reason) == (grpc.StatusCode.ABORTED, "TRANSFER_STATE")
    assert again.metadata["state"] == "SETTLED"
    evidence = await jane.GetTransferEvidence(
        pb.GetTransferEvidenceRequest(transfer_id=transfer.transfer_id)
    )
    assert [one.operator for one in evidence.decisions] == ["jane"]
    assert not evidence.allowed_resolutions


@pytest.mark.parametrize(
    ("changes", "code", "reason", "field"),
    [
        ({"transfer_id": "01NONE"}, grpc.StatusCode.NOT_FOUND, "NOT_FOUND", None),
        ({"resolution": 0}, grpc.StatusCode.INVALID_ARGUMENT, "MISSING_FIELD", "resolution"),
        ({"resolution": 9}, grpc.StatusCode.INVALID_ARGUMENT, "INVALID_FIELD", "resolution"),
        ({"reason": ""}, grpc.StatusCode.INVALID_ARGUMENT, "MISSING_FIELD", "reason"),
        ({"reason": " short "}, grpc.StatusCode.INVALID_ARGUMENT, "INVALID_FIELD", "reason"),
        ({"seen_sequence": 0}, grpc.StatusCode.INVALID_ARGUMENT, "MISSING_FIELD", "seenSequence"),
        ({"seen_sequence": 1}, grpc.StatusCode.ABORTED, "TRANSFER_STATE", None),
    ],
)
async def test_refused_resolution_says_why_and_changes_nothing(
    *,
    house: UseCases,
    jane: OperatorServiceStub,
    changes: dict[str, Any],
    code: grpc.StatusCode,
    reason: str,
    field: str | None,
) -> None:
    transfer = await waiting(house)
    fields: dict[str, Any] = {
        "transfer_id": transfer.transfer_id,
        "resolution": pb.REJECTED,
        "reason": "the bank confirmed it in writing",
        "seen_sequence": transfer.event_count,
    }

    refused = await failure(jane.ResolveTransfer(pb.ResolveTransferRequest(**(fields | changes))))

    assert (refused.code, refused.reason, refused.field) == (code, reason, field)
    assert await house.ledger.get(transfer.transfer_id) == transfer


async def test_attempts_are_listed_with_what_the_reconciliation_compares(
    house: UseCases, jane: OperatorServiceStub
) -> None:
    await house.pay("INV-1")
    house.clock.advance(1)
    await house.pay("INV-2")

    first = await jane.ListAttempts(pb.ListAttemptsRequest(page_size=1))
    second = await jane.ListAttempts(
        pb.ListAttemptsRequest(page_size=1, page_token=first.next_page_token)
    )

    ids = [one.transfer_id for one in (*first.attempts, *second.attempts)]
    assert len(set(ids)) == 2
    assert len(first.attempts[0].body_sha256) == 64
    assert second.next_page_token == ""


async def test_token_of_another_list_is_refused(house: UseCases, jane: OperatorServiceStub) -> None:
    await house.pay("INV-1")
    house.clock.advance(1)
    await house.pay("INV-2")
    page = await jane.ListAttempts(pb.ListAttemptsRequest(page_size=1))

    refused = await failure(
        jane.ListWaitingTransfers(pb.ListWaitingTransfersRequest(page_token=page.next_page_token))
    )

    assert refused.reason == "INVALID_PAGE_TOKEN"


async def test_a_staged_key_is_probed_under_the_operators_name(
    house: UseCases, jane: OperatorServiceStub
) -> None:
    asked = pb.ProbeSigningKeyRequest(key_id="bca-token", version=2)
    accepted = await jane.ProbeSigningKey(asked)
    house.bank.token_script.append("refused")
    refused = await jane.ProbeSigningKey(asked)
    asked.bank = "bni"
    unknown = await failure(jane.ProbeSigningKey(asked))

    assert (accepted.accepted, accepted.response_code) == (True, "2007300")
    assert (refused.accepted, refused.response_code) == (False, "4017300")
    assert (unknown.reason, unknown.field) == ("INVALID_FIELD", "bank")
