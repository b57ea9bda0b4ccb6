"""The signer over one long-lived stream: what waits at once goes as one batch.

Everything the wire or the signer does becomes a NotSigned, never an exception.
A broken stream fails what is pending and is opened again for the next
signature; nothing is asked twice.
"""

from __future__ import annotations

import asyncio
import contextlib
from typing import Final

import grpc
import grpc.aio
from gerbang.signer.v1 import scheme_pb2
from gerbang.signer.v1.signing_service_pb2 import (
    SignBatchesRequest,
    SignBatchesResponse,
    SignRequest,
    SignResult,
)
from gerbang.signer.v1.signing_service_pb2_grpc import SigningServiceStub
from google.rpc.error_details_pb2 import ErrorInfo
from servicekit.log import get_logger

from bank_adapter.application.ports.signer import NotSigned, SignStep
from bank_adapter.domain.conversation import (
    AuthorizeClient,
    Signature,
    SignLegacy,
    SignToken,
    SignTransaction,
)

_BATCH_MOST: Final = 64
_REOPEN_S: Final = 0.2
# The signer said no to this request; asking again would not help.
_REFUSALS: Final = frozenset(
    code.value[0]
    for code in (
        grpc.StatusCode.PERMISSION_DENIED,
        grpc.StatusCode.NOT_FOUND,
        grpc.StatusCode.FAILED_PRECONDITION,
        grpc.StatusCode.INVALID_ARGUMENT,
    )
)
_Call = grpc.aio.StreamStreamCall[SignBatchesRequest, SignBatchesResponse]
log = get_logger()


class SignerStream:
    """Implements the port application.ports.signer.Signer."""

    def __init__(self, channel: grpc.aio.Channel, *, timeout_s: float) -> None:
        self._stub = SigningServiceStub(channel)
        self._timeout_s = timeout_s
        self._waiting: list[tuple[SignRequest, asyncio.Future[SignResult | None]]] = []
        self._sent: dict[int, list[asyncio.Future[SignResult | None]]] = {}
        self._work = asyncio.Event()
        self._next_batch = 1
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Starts the stream's task; the stream opens with the first signature."""
        self._task = asyncio.create_task(self._run(), name="signer-stream")

    async def close(self) -> None:
        if self._task is not None:
            self._task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._task

    async def sign(self, step: SignStep, *, attempt_id: str) -> Signature | NotSigned:
        future: asyncio.Future[SignResult | None] = asyncio.get_running_loop().create_future()
        self._waiting.append((sign_request(step, attempt_id), future))
        self._work.set()
        try:
            async with asyncio.timeout(self._timeout_s):
                result = await future
        except TimeoutError:
            return NotSigned(reason="SIGNER_TIMEOUT", refused=False)
        if result is None:
            return NotSigned(reason="SIGNER_UNAVAILABLE", refused=False)
        if result.HasField("response"):
            return Signature(result.response.signature)
        return _refusal(result)

    async def _run(self) -> None:
        while True:
            await self._work.wait()
            call: _Call = self._stub.SignBatches()
            tasks = [
                asyncio.create_task(self._write(call)),
                asyncio.create_task(self._read(call)),
            ]
            try:
                await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
            finally:
                for task in tasks:
                    task.cancel()
                await asyncio.gather(*tasks, return_exceptions=True)
                call.cancel()
                self._fail_pending()
            log.warning("signer stream ended")
            await asyncio.sleep(_REOPEN_S)

    async def _write(self, call: _Call) -> None:
        while True:
            await self._work.wait()
            self._work.clear()
            while self._waiting:
                batch = self._waiting[:_BATCH_MOST]
                del self._waiting[:_BATCH_MOST]
                wanted = [(request, future) for request, future in batch if not future.done()]
                if not wanted:
                    continue
                batch_id = self._next_batch
                self._next_batch += 1
                self._sent[batch_id] = [future for _, future in wanted]
                requests = [request for request, _ in wanted]
                await call.write(SignBatchesRequest(batch_id=batch_id, requests=requests))

    async def _read(self, call: _Call) -> None:
        async for answer in call:
            futures = self._sent.pop(answer.batch_id, [])
            # A caller that gave up has cancelled its future; the stream lives on.
            for future, result in zip(futures, answer.results, strict=True):
                if not future.done():
                    future.set_result(result)

    def _fail_pending(self) -> None:
        pending = [future for futures in self._sent.values() for future in futures]
        pending += [future for _, future in self._waiting]
        self._sent.clear()
        self._waiting.clear()
        self._work.clear()
        for future in pending:
            if not future.done():
                future.set_result(None)


def sign_request(step: SignStep, attempt_id: str) -> SignRequest:
    """The signer's scheme of the same meaning."""
    if isinstance(step, SignToken):
        return SignRequest(
            key_id=step.key_id,
            attempt_id=attempt_id,
            snap_token_asymmetric=scheme_pb2.SnapTokenAsymmetric(
                client_key=step.client_key, timestamp=step.timestamp
            ),
        )
    if isinstance(step, AuthorizeClient):
        return SignRequest(
            key_id=step.key_id,
            attempt_id=attempt_id,
            basic_client_credentials=scheme_pb2.BasicClientCredentials(client_id=step.client_id),
        )
    if isinstance(step, SignLegacy):
        return SignRequest(
            key_id=step.key_id,
            attempt_id=attempt_id,
            bca_legacy_symmetric=scheme_pb2.BcaLegacySymmetric(
                method=step.method,
                path=step.path,
                access_token=step.access_token,
                body_sha256=step.body_sha256,
                timestamp=step.timestamp,
            ),
        )
    if isinstance(step, SignTransaction):
        return SignRequest(
            key_id=step.key_id,
            attempt_id=attempt_id,
            snap_transaction_symmetric=scheme_pb2.SnapTransactionSymmetric(
                method=step.method,
                path=step.path,
                access_token=step.access_token,
                body_sha256=step.body_sha256,
                timestamp=step.timestamp,
            ),
        )
    return SignRequest(
        key_id=step.key_id,
        attempt_id=attempt_id,
        snap_transaction_asymmetric=scheme_pb2.SnapTransactionAsymmetric(
            method=step.method,
            path=step.path,
            body_sha256=step.body_sha256,
            timestamp=step.timestamp,
        ),
    )


def _refusal(result: SignResult) -> NotSigned:
    reason = "SIGNER_FAILED"
    for detail in result.error.details:
        info = ErrorInfo()
        if detail.Unpack(info):
            reason = f"SIGNER_{info.reason}"
    return NotSigned(reason=reason, refused=result.error.code in _REFUSALS)
