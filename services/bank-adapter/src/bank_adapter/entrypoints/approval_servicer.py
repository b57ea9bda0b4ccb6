"""gerbang.bank_adapter.v1.ApprovalService: a person's word before a payment is sent."""

from __future__ import annotations

from gerbang.bank_adapter.v1 import approval_service_pb2 as pb
from gerbang.bank_adapter.v1.transfer_pb2 import Transfer as TransferMessage
from servicekit.call import Call

from bank_adapter.application.approve_transfer import ApproveTransfer
from bank_adapter.domain.approving import Word
from bank_adapter.entrypoints import contract, operator_contract
from bank_adapter.entrypoints.api_record import APIRecorder
from bank_adapter.entrypoints.errors import as_service_errors
from bank_adapter.entrypoints.operator_servicer import operator_of

_METHODS = "/gerbang.bank_adapter.v1.ApprovalService/"
_PAGES = "approvals"


class ApprovalServicer:
    """Converts, calls one use case, converts back."""

    def __init__(self, *, approve: ApproveTransfer, recorder: APIRecorder) -> None:
        self._approve = approve
        self._recorder = recorder

    async def ListTransfersToApprove(  # noqa: N802  the contract's name
        self, request: pb.ListTransfersToApproveRequest, call: Call
    ) -> pb.ListTransfersToApproveResponse:
        del call
        with as_service_errors():
            page = await self._approve.waiting(
                after=contract.from_page_token(request.page_token, _PAGES),
                limit=contract.page_size(request.page_size),
            )
        return pb.ListTransfersToApproveResponse(
            transfers=[operator_contract.to_waiting(transfer) for transfer in page.transfers],
            next_page_token=contract.to_page_token(page.next, _PAGES) if page.next else "",
        )

    async def ApproveTransfer(  # noqa: N802  the contract's name
        self, request: pb.ApproveTransferRequest, call: Call
    ) -> TransferMessage:
        return await self._decide(request, call, approved=True)

    async def DeclineTransfer(  # noqa: N802  the contract's name
        self, request: pb.DeclineTransferRequest, call: Call
    ) -> TransferMessage:
        return await self._decide(request, call, approved=False)

    async def _decide(
        self,
        request: pb.ApproveTransferRequest | pb.DeclineTransferRequest,
        call: Call,
        *,
        approved: bool,
    ) -> TransferMessage:
        word = Word(approved=approved, operator=operator_of(call), reason=request.reason.strip())

        async def decide() -> TransferMessage:
            transfer = await self._approve.execute(
                request.transfer_id, word, trace_id=call.trace_id[:64]
            )
            return contract.to_message(transfer)

        return await self._recorder.around(
            call,
            request,
            decide,
            target=f"{_METHODS}{'ApproveTransfer' if approved else 'DeclineTransfer'}",
            transfer_id=request.transfer_id,
        )
