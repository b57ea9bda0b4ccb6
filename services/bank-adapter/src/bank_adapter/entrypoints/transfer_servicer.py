"""gerbang.bank_adapter.v1.TransferService: REST through the edge, gRPC inside."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

from gerbang.bank_adapter.v1.transfer_pb2 import Transfer as TransferMessage
from gerbang.bank_adapter.v1.transfer_service_pb2 import (
    CancelTransferRequest,
    CreateTransferRequest,
    GetTransferRequest,
    InquireTransferRequest,
    ListTransfersRequest,
    ListTransfersResponse,
)
from servicekit.call import Call
from servicekit.errors import ServiceError

from bank_adapter.application.cancel_transfer import CancelTransfer
from bank_adapter.application.create_transfer import (
    CreateTransfer,
    KeyUsedError,
    PossibleDuplicateError,
)
from bank_adapter.application.inquire_transfer import InquireTransfer
from bank_adapter.application.ports.ledger import OvertakenError, PagePosition, TransferFilter
from bank_adapter.application.read_transfers import ReadTransfers
from bank_adapter.domain.transfer import Transfer
from bank_adapter.entrypoints import contract
from bank_adapter.entrypoints.api_record import APIRecorder
from bank_adapter.entrypoints.errors import as_service_errors

_ACCEPTED = 202


class TransferServicer:
    """Converts, calls one use case, converts back."""

    def __init__(
        self,
        *,
        create: CreateTransfer,
        read: ReadTransfers,
        inquire: InquireTransfer,
        cancel: CancelTransfer,
        recorder: APIRecorder,
        default_bank: str,
        bank_wait_s: float,
    ) -> None:
        self._create = create
        self._read = read
        self._inquire = inquire
        self._cancel = cancel
        self._recorder = recorder
        self._default_bank = default_bank
        self._bank_wait_s = bank_wait_s

    async def CreateTransfer(  # noqa: N802  the contract's name
        self, request: CreateTransferRequest, call: Call
    ) -> TransferMessage:
        received = self._recorder.received(
            call, method="POST", target="/v1/transfers", request=request
        )
        respond_async = _prefers_async(call)
        wait_s = 0.0 if respond_async else self._bank_wait_s
        try:
            with as_service_errors():
                wanted = contract.to_request(request, call, default_bank=self._default_bank)
                created = await self._create.execute(wanted, wait_s=wait_s, received=received)
        except ServiceError as error:
            existing = error.__cause__
            named = (
                existing.transfer.transfer_id
                if isinstance(existing, KeyUsedError | PossibleDuplicateError)
                else ""
            )
            self._recorder.answered(
                call,
                received,
                error,
                transfer_id=named,
                partner_reference_no=request.partner_reference_no[:64],
            )
            raise
        answer = contract.to_message(created.transfer, replayed=created.replayed)
        if respond_async:
            call.set_http_status(_ACCEPTED)
        self._recorder.answered(
            call,
            received,
            answer,
            transfer_id=answer.transfer_id,
            partner_reference_no=answer.partner_reference_no,
        )
        return answer

    async def GetTransfer(  # noqa: N802  the contract's name
        self, request: GetTransferRequest, call: Call
    ) -> TransferMessage:
        with as_service_errors():
            history = await self._read.history(
                request.transfer_id, client_id=call.caller.client_id or ""
            )
        return contract.to_message(
            history.transfer, attempts=history.attempts, events=history.events
        )

    async def ListTransfers(  # noqa: N802  the contract's name
        self, request: ListTransfersRequest, call: Call
    ) -> ListTransfersResponse:
        with as_service_errors():
            wanted = TransferFilter(
                client_id=call.caller.client_id or "",
                partner_reference_no=request.partner_reference_no,
                states=contract.internal_states(request.state),
                bank=request.bank,
                created_after_us=contract.from_timestamp(request.created_after, "createdAfter"),
                created_before_us=contract.from_timestamp(request.created_before, "createdBefore"),
            )
            limit = contract.page_size(request.page_size)
            if request.HasField("updated_after"):
                kind = "changed"
                start_us = contract.from_timestamp(request.updated_after, "updatedAfter")
                position = contract.from_page_token(request.page_token, kind)
                page = await self._read.changed(
                    wanted,
                    after=position or PagePosition(at_us=start_us, transfer_id="\x7f"),
                    limit=limit,
                )
            else:
                kind = "newest"
                position = contract.from_page_token(request.page_token, kind)
                page = await self._read.newest(wanted, after=position, limit=limit)
        return ListTransfersResponse(
            transfers=[contract.to_message(transfer) for transfer in page.transfers],
            next_page_token=contract.to_page_token(page.next, kind) if page.next else "",
        )

    async def CancelTransfer(  # noqa: N802  the contract's name
        self, request: CancelTransferRequest, call: Call
    ) -> TransferMessage:
        client_id = call.caller.client_id or ""

        async def cancel() -> Transfer:
            transfer = await self._read.one(request.transfer_id, client_id=client_id)
            return await self._cancel.execute(transfer, actor=client_id)

        return await self._recorded(call, request, "cancel", cancel)

    async def InquireTransfer(  # noqa: N802  the contract's name
        self, request: InquireTransferRequest, call: Call
    ) -> TransferMessage:
        client_id = call.caller.client_id or ""

        async def inquire() -> Transfer:
            transfer = await self._read.one(request.transfer_id, client_id=client_id)
            try:
                return await self._inquire.execute(transfer)
            except OvertakenError:
                # Somebody else is asking or has an answer: that one stands.
                return await self._read.one(request.transfer_id, client_id=client_id)

        return await self._recorded(call, request, "inquire", inquire)

    async def _recorded(
        self,
        call: Call,
        request: CancelTransferRequest | InquireTransferRequest,
        verb: str,
        do: Callable[[], Awaitable[Transfer]],
    ) -> TransferMessage:
        """Does a verb on one transfer, and records the call and its answer."""

        async def to_its_end() -> TransferMessage:
            # What was begun ends, whether the client waits for it or not.
            return contract.to_message(await asyncio.shield(asyncio.ensure_future(do())))

        return await self._recorder.around(
            call,
            request,
            to_its_end,
            method="POST",
            target=f"/v1/transfers/{{id}}:{verb}",
            transfer_id=request.transfer_id,
        )


def _prefers_async(call: Call) -> bool:
    """RFC 7240: preferences are a comma-separated list."""
    wanted = call.metadata.get("prefer", "").lower()
    return "respond-async" in {part.split(";")[0].strip() for part in wanted.split(",")}
