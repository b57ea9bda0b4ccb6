"""The signing load: a process that sends batches over one stream to the signer.

The stream is that of the bank-adapter (SignBatches, mTLS, its identity). The
requests of a batch are bytes made beforehand; every answer is parsed and every
result counted.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from pathlib import Path
from time import perf_counter
from typing import Any

import grpc.aio
import uvloop
from gerbang.signer.v1.signing_service_pb2 import (
    SignBatchesRequest,
    SignBatchesResponse,
    SignRequest,
)
from load_job import SigningJob, SigningLoad
from load_process import cpu_s, give, percentile, take, wait_for_go
from servicekit.channel import open_channel
from servicekit.config import TLSSettings

METHOD = "/gerbang.signer.v1.SigningService/SignBatches"
# Batches that may wait when the signer cannot hold the pace.
LATE_BATCHES = 4_096


class Signatures:
    """Counts what the stream answers, and when each batch should have left."""

    def __init__(self, job: SigningJob) -> None:
        self.job = job
        self._due: dict[int, float] = {}
        self._latencies: list[float] = []
        self._errors: Counter[str] = Counter()
        self._signed = self._timed = 0
        self._sample = ""
        self._timed_from = self._timed_until = 0.0
        self.room = asyncio.Semaphore(LATE_BATCHES if job.batches_per_s else job.in_flight)

    def begin(self) -> float:
        now = perf_counter()
        self._timed_from = now + self.job.warm_up_s
        self._timed_until = self._timed_from + self.job.timed_s
        return now

    @property
    def over(self) -> bool:
        return perf_counter() >= self._timed_until

    def sent(self, batch_id: int, due: float) -> None:
        self._due[batch_id] = due

    @property
    def all_answered(self) -> bool:
        return not self._due

    def answered(self, answer: SignBatchesResponse) -> None:
        self.room.release()
        now = perf_counter()
        due = self._due.pop(answer.batch_id)
        good = 0
        for result in answer.results:
            if result.HasField("response"):
                good += 1
            else:
                self._errors[result.error.message] += 1
        self._signed += good
        if self._timed_from <= now < self._timed_until:
            self._timed += good
            self._latencies.append(now - due)
        if good and not self._sample:
            self._sample = answer.results[0].response.signature

    def result(self, cpu_s: float) -> SigningLoad:
        latencies = sorted(self._latencies)
        return SigningLoad(
            signed=self._signed,
            timed=self._timed,
            p50_ms=percentile(latencies, 0.50) * 1000,
            p99_ms=percentile(latencies, 0.99) * 1000,
            max_ms=percentile(latencies, 1.0) * 1000,
            errors=dict(self._errors),
            sample=self._sample,
            cpu_s=cpu_s,
        )


async def sign(job: SigningJob) -> SigningLoad:
    tls = TLSSettings(
        certificate_file=Path(job.certificate_file),
        private_key_file=Path(job.private_key_file),
        ca_file=Path(job.ca_file),
    )
    request = SignRequest.FromString(bytes.fromhex(job.request_hex))
    requests = SignBatchesRequest(requests=[request] * job.batch).SerializeToString()
    async with open_channel(job.target, tls, job.server_name) as channel:
        await channel.channel_ready()
        stream: Any = channel.stream_stream(
            METHOD, request_serializer=bytes, response_deserializer=SignBatchesResponse.FromString
        )()
        wait_for_go()
        before_s = cpu_s()
        counted = Signatures(job)
        reader = asyncio.create_task(read(stream, counted))
        await write(stream, counted, requests)
        await reader
        return counted.result(cpu_s() - before_s)


async def write(
    stream: grpc.aio.StreamStreamCall[Any, Any], counted: Signatures, requests: bytes
) -> None:
    pace = counted.job.batches_per_s
    started = counted.begin()
    batch_id = 0
    while not counted.over:
        batch_id += 1
        due = started + batch_id / pace if pace else 0.0
        if due > perf_counter():
            await asyncio.sleep(due - perf_counter())
        await counted.room.acquire()
        # Lateness of our own counts as the signer's: nobody else is there to be late.
        counted.sent(batch_id, due or perf_counter())
        # Two serialised messages end to end are one message with the fields of both.
        await stream.write(SignBatchesRequest(batch_id=batch_id).SerializeToString() + requests)
    await stream.done_writing()


async def read(stream: grpc.aio.StreamStreamCall[Any, Any], counted: Signatures) -> None:
    async for answer in stream:
        counted.answered(answer)
    if not counted.all_answered:
        raise RuntimeError("the stream ended before every batch was answered")


def main() -> None:
    job = take(SigningJob)
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        give(runner.run(sign(job)))


if __name__ == "__main__":
    main()
