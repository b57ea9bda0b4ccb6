"""gerbang.bank_adapter.v1.OperatorService: for people with a certificate of their own."""

from __future__ import annotations

from gerbang.bank_adapter.v1 import operator_service_pb2 as pb
from gerbang.bank_adapter.v1.transfer_pb2 import Transfer as TransferMessage
from servicekit.call import Call
from servicekit.errors import permission_denied

from bank_adapter.application.gather_evidence import GatherEvidence
from bank_adapter.application.ports.staged_key import StagedKey
from bank_adapter.application.probe_signing_key import ProbeSigningKey
from bank_adapter.application.resolve_transfer import ResolveTransfer
from bank_adapter.domain.resolving import Decision
from bank_adapter.entrypoints import contract, operator_contract
from bank_adapter.entrypoints.api_record import APIRecorder
from bank_adapter.entrypoints.errors import as_service_errors

_RESOLVE = "/gerbang.bank_adapter.v1.OperatorService/ResolveTransfer"
_WAITING_PAGES = "waiting"
_ID_CHARACTERS = 26


class OperatorServicer:
    """Converts, calls one use case, converts back."""

    def __init__(
        self,
        *,
        evidence: GatherEvidence,
        resolve: ResolveTransfer,
        probe_key: ProbeSigningKey,
        recorder: APIRecorder,
    ) -> None:
        self._evidence = evidence
        self._resolve = resolve
        self._probe_key = probe_key
        self._recorder = recorder

    async def ListWaitingTransfers(  # noqa: N802  the contract's name
        self, request: pb.ListWaitingTransfersRequest, call: Call
    ) -> pb.ListWaitingTransfersResponse:
        del call
        with as_service_errors():
            page = await self._evidence.waiting(
                after=contract.from_page_token(request.page_token, _WAITING_PAGES),
                limit=contract.page_size(request.page_size),
            )
        return pb.ListWaitingTransfersResponse(
            transfers=[operator_contract.to_waiting(transfer) for transfer in page.transfers],
            next_page_token=contract.to_page_token(page.next, _WAITING_PAGES) if page.next else "",
        )

    async def GetTransferEvidence(  # noqa: N802  the contract's name
        self, request: pb.GetTransferEvidenceRequest, call: Call
    ) -> pb.TransferEvidence:
        operator = operator_of(call)
        with as_service_errors():
            evidence = await self._evidence.about(
                request.transfer_id,
                ask_statement=request.ask_statement,
                operator=operator,
                trace_id=call.trace_id[:64],
            )
        return operator_contract.to_evidence(evidence)

    async def ResolveTransfer(  # noqa: N802  the contract's name
        self, request: pb.ResolveTransferRequest, call: Call
    ) -> TransferMessage:
        operator = operator_of(call)

        async def resolve() -> TransferMessage:
            decision = Decision(
                resolution=operator_contract.to_resolution(request.resolution),
                operator=operator,
                reason=request.reason.strip(),
                seen_sequence=request.seen_sequence,
            )
            transfer = await self._resolve.execute(
                request.transfer_id, decision, trace_id=call.trace_id[:64]
            )
            return contract.to_message(transfer)

        return await self._recorder.around(
            call, request, resolve, target=_RESOLVE, transfer_id=request.transfer_id
        )

    async def ListAttempts(  # noqa: N802  the contract's name
        self, request: pb.ListAttemptsRequest, call: Call
    ) -> pb.ListAttemptsResponse:
        del call
        with as_service_errors():
            attempts, last_id = await self._evidence.attempts(
                after_us=contract.from_timestamp(request.started_after, "startedAfter"),
                before_us=contract.from_timestamp(request.started_before, "startedBefore"),
                after_id=operator_contract.from_attempt_token(request.page_token),
                limit=operator_contract.attempt_page_size(request.page_size),
            )
        return pb.ListAttemptsResponse(
            attempts=[operator_contract.to_attempt(attempt) for attempt in attempts],
            next_page_token=operator_contract.to_attempt_token(last_id),
        )

    async def ProbeSigningKey(  # noqa: N802  the contract's name
        self, request: pb.ProbeSigningKeyRequest, call: Call
    ) -> pb.ProbeSigningKeyResponse:
        key = StagedKey(key_id=request.key_id, version=request.version, operator=operator_of(call))
        with as_service_errors():
            result = await self._probe_key.execute(
                key,
                bank_id=request.bank,
                account_no=request.source_account_no,
                trace_id=call.trace_id[:64],
            )
        return pb.ProbeSigningKeyResponse(
            accepted=result.accepted,
            response_code=result.reading.response_code,
            response_message=result.reading.response_message,
            service_code=result.service_code,
        )


def operator_of(call: Call) -> str:
    """The name in the person's certificate; the policy lets nobody else in."""
    if not call.caller.operator:
        raise permission_denied("CALLER_NOT_ALLOWED", "an operator's certificate is needed")
    return call.caller.operator
