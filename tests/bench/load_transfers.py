"""The load generator: a process that asks for payments over keep-alive TLS.

As light as Python allows: uvloop, bytes made beforehand, no HTTP library. Only
reference and amount differ between requests. Every answer is looked at for its
status and its state; one in 50 is parsed and compared with its request.
"""

from __future__ import annotations

import asyncio
import gc
import json
import ssl
from collections import Counter
from time import perf_counter
from typing import cast

import uvloop
from load_job import TransferJob, TransferLoad
from load_process import cpu_s, give, percentile, take, wait_for_go

FIRST_AMOUNT = 10_000_000
SAMPLE_EVERY = 50
END_OF_HEAD = b"\r\n\r\n"
LENGTH = b"\r\ncontent-length: "
BANK_REFERENCE = b'"bankPartnerReferenceNo":"'
SETTLED = b'"state":"SETTLED"'
WRONG_SHOWN = 10


class Load:
    """One run: the next request, and what became of all of them."""

    def __init__(self, job: TransferJob) -> None:
        self.job = job
        self._next = job.first_number
        self._head, self._middle, self._tail = template(job)
        self._timed_from = self._timed_until = 0.0
        self._latencies: list[float] = []
        self._settled: dict[str, str] = {}
        self._errors: Counter[str] = Counter()
        self._wrong: list[str] = []
        self._busy = 0
        self.ended = asyncio.Event()

    def begin(self) -> None:
        # Not the loop's own clock: uvloop's has milliseconds only.
        self._timed_from = perf_counter() + self.job.warm_up_s
        self._timed_until = self._timed_from + self.job.timed_s
        self._busy = self.job.connections

    def next_request(self) -> tuple[int, bytes] | None:
        """The number and the bytes of another request, while there is time."""
        if perf_counter() >= self._timed_until:
            self.leave()
            return None
        number = self._next
        self._next += 1
        amount = FIRST_AMOUNT + number
        return number, b"%b%08d%b%d%b" % (self._head, number, self._middle, amount, self._tail)

    def leave(self) -> None:
        """A connection asks no more."""
        self._busy -= 1
        if not self._busy:
            self.ended.set()

    def answered(self, number: int, asked_at: float, status: bytes, body: bytes) -> None:
        now = perf_counter()
        if status != b"200":
            self._errors[f"HTTP {status.decode()}"] += 1
            return
        if SETTLED not in body:
            self._errors[str(json.loads(body).get("state"))] += 1
            return
        # A refusal is quick; only what was done counts as speed.
        if self._timed_from <= now < self._timed_until:
            self._latencies.append(now - asked_at)
        if self.job.answers_are_real:
            self._settle(number, body)

    def failed(self, name: str) -> None:
        self._errors[name] += 1

    def result(self, cpu_s: float) -> TransferLoad:
        latencies = sorted(self._latencies)
        return TransferLoad(
            asked=self._next - self.job.first_number,
            timed=len(latencies),
            p50_ms=percentile(latencies, 0.50) * 1000,
            p99_ms=percentile(latencies, 0.99) * 1000,
            max_ms=percentile(latencies, 1.0) * 1000,
            settled=self._settled,
            errors=dict(self._errors),
            wrong=self._wrong[:WRONG_SHOWN],
            cpu_s=cpu_s,
        )

    def _settle(self, number: int, body: bytes) -> None:
        begin = body.index(BANK_REFERENCE) + len(BANK_REFERENCE)
        self._settled[str(number)] = body[begin : body.index(b'"', begin)].decode()
        if number % SAMPLE_EVERY == 0:
            told = json.loads(body)
            wanted = (f"{self.job.prefix}{number:08d}", f"{FIRST_AMOUNT + number}.00", "SETTLED")
            found = (told["partnerReferenceNo"], told["amount"]["value"], told["state"])
            if found != wanted or told.get("replayed"):
                self._wrong.append(f"asked for {wanted}, was told {found}")


class Payer(asyncio.Protocol):
    """One keep-alive connection: asks, reads the whole answer, asks again."""

    def __init__(self, load: Load) -> None:
        self._load = load
        self._transport: asyncio.Transport
        self._received = b""
        self._number = -1
        self._asked_at = 0.0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        # uvloop's transports are no subclasses.
        self._transport = cast("asyncio.Transport", transport)

    def ask(self) -> None:
        request = self._load.next_request()
        if request is None:
            self._number = -1
            return
        self._number, asked = request
        self._asked_at = perf_counter()
        self._transport.write(asked)

    def data_received(self, data: bytes) -> None:
        self._received = received = self._received + data
        end = received.find(END_OF_HEAD)
        if end < 0:
            return
        head = received[: end + 2].lower()
        place = head.find(LENGTH)
        if place < 0:
            self._load.failed("answer without a length")
            self._transport.abort()
            return
        begin = end + len(END_OF_HEAD)
        length = int(head[place + len(LENGTH) : head.index(b"\r", place + 2)])
        if len(received) < begin + length:
            return
        self._received = received[begin + length :]
        self._load.answered(self._number, self._asked_at, head[9:12], received[begin:])
        self.ask()

    def connection_lost(self, exc: Exception | None) -> None:
        if self._number >= 0:
            self._load.failed("connection lost")
            self._number = -1
            self._load.leave()

    def close(self) -> None:
        self._transport.abort()


def template(job: TransferJob) -> tuple[bytes, bytes, bytes]:
    """The request around its number and its amount, both of constant width."""
    order = {
        "partnerReferenceNo": job.prefix + "#" * 8,
        "amount": {"value": f"{'@' * 8}.00", "currency": "IDR"},
        "sourceAccountNo": job.source_account,
        "beneficiaryAccountNo": job.beneficiary_account,
        "beneficiaryAccountName": job.beneficiary_name,
        "remark": "Invoice 4711",
    }
    body = json.dumps(order).encode()
    head = (
        "POST /v1/transfers HTTP/1.1\r\n"
        f"Host: {job.host}:{job.port}\r\n"
        f"Origin: {job.origin}\r\n"
        f"Authorization: Bearer {job.token}\r\n"
        "Content-Type: application/json\r\n"
        f"Content-Length: {len(body)}\r\n\r\n"
    ).encode()
    before, _, rest = (head + body).partition(b"#" * 8)
    middle, _, tail = rest.partition(b"@" * 8)
    return before, middle, tail


async def pay(job: TransferJob) -> TransferLoad:
    load = Load(job)
    loop = asyncio.get_running_loop()
    context = ssl.create_default_context(cafile=job.ca_file)
    payers = []
    for _ in range(job.connections):
        _transport, payer = await loop.create_connection(
            lambda: Payer(load), job.host, job.port, ssl=context, server_hostname=job.host
        )
        payers.append(payer)
    wait_for_go()
    before_s = cpu_s()
    load.begin()
    for payer in payers:
        payer.ask()
    await load.ended.wait()
    result = load.result(cpu_s() - before_s)
    for payer in payers:
        payer.close()
    return result


def main() -> None:
    job = take(TransferJob)
    # Nothing here makes cycles; a collection would be a pause in the latencies.
    gc.disable()
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        give(runner.run(pay(job)))


if __name__ == "__main__":
    main()
