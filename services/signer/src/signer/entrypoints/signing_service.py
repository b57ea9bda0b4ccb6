"""gRPC SigningService: one call, or batches over a long-lived stream."""

import asyncio
from collections.abc import AsyncIterator, Sequence

from gerbang.signer.v1 import signing_service_pb2 as pb
from servicekit.call import Call
from servicekit.errors import to_status

from signer.application.asking import Asking
from signer.application.sign_calls import SignCalls, Signed
from signer.domain.refusal import Refusal, invalid
from signer.entrypoints.orders import sign_order
from signer.entrypoints.refusals import as_service_errors, service_error
from signer.limits import BATCH_MAX_REQUESTS, STREAM_MAX_BATCHES


class SigningServicer:
    def __init__(self, sign: SignCalls, *, closing: asyncio.Event) -> None:
        """`closing` ends the streams, so that a stop does not wait for their callers."""
        self._sign = sign
        self._closing = closing

    async def Sign(self, request: pb.SignRequest, call: Call) -> pb.SignResponse:  # noqa: N802 - the RPC's name
        with as_service_errors():
            signed = await self._sign.one(asking_of(call), sign_order(request))
        return pb.SignResponse(signature=signed.signature, key_version=signed.key_version)

    async def SignBatches(  # noqa: N802 - the RPC's name
        self, requests: AsyncIterator[pb.SignBatchesRequest], call: Call
    ) -> AsyncIterator[pb.SignBatchesResponse]:
        """Answers batches as they are ready; a slow one does not hold up the next."""
        asking = asking_of(call)
        answers: asyncio.Queue[pb.SignBatchesResponse | Exception | None] = asyncio.Queue()
        room = asyncio.Semaphore(STREAM_MAX_BATCHES)
        under_way: set[asyncio.Task[None]] = set()

        async def answer(batch: pb.SignBatchesRequest) -> None:
            try:
                answers.put_nowait(await self._batch(asking, batch))
            except Exception as error:  # noqa: BLE001 - a batch without an answer ends the stream
                answers.put_nowait(error)
            finally:
                room.release()

        async def take() -> None:
            try:
                async for batch in requests:
                    await room.acquire()
                    task = asyncio.create_task(answer(batch))
                    under_way.add(task)
                    task.add_done_callback(under_way.discard)
                await asyncio.gather(*under_way)
                answers.put_nowait(None)
            except Exception as error:  # noqa: BLE001 - told to whoever reads the answers
                answers.put_nowait(error)

        async def close() -> None:
            await self._closing.wait()
            answers.put_nowait(None)

        reader = asyncio.create_task(take())
        closer = asyncio.create_task(close())
        try:
            while (ready := await answers.get()) is not None:
                if isinstance(ready, Exception):
                    raise ready
                yield ready
        finally:
            reader.cancel()
            closer.cancel()
            for task in under_way:
                task.cancel()

    async def _batch(self, asking: Asking, batch: pb.SignBatchesRequest) -> pb.SignBatchesResponse:
        """Never raises a Refusal: one that concerns the whole batch is each one's result."""
        results: list[Signed | Refusal]
        if len(batch.requests) > BATCH_MAX_REQUESTS:
            refusal = invalid("requests", f"must be at most {BATCH_MAX_REQUESTS}")
            results = [refusal] * len(batch.requests)
        else:
            try:
                results = await self._sign.batch(
                    asking, [sign_order(request) for request in batch.requests]
                )
            except Refusal as refusal_of_all:
                results = [refusal_of_all] * len(batch.requests)
        return _answer(batch.batch_id, results)


def asking_of(call: Call) -> Asking:
    return Asking(caller=call.caller.spiffe_id, trace_id=call.trace_id)


def _answer(batch_id: int, results: Sequence[Signed | Refusal]) -> pb.SignBatchesResponse:
    """Filled in place: a message made apart is copied when it is put in."""
    answer = pb.SignBatchesResponse(batch_id=batch_id)
    for result in results:
        place = answer.results.add()
        if isinstance(result, Refusal):
            place.error.CopyFrom(to_status(service_error(result)))
        else:
            place.response.signature = result.signature
            place.response.key_version = result.key_version
    return answer
