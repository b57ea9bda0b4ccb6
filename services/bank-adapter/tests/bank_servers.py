"""Raw servers for the tests of the wire, and a wire toward them."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

from bank_adapter.adapters.bank_http import BankHTTP, BankHTTPSettings
from bank_adapter.application.ports.bank_wire import Lost, NotSent
from bank_adapter.domain.conversation import Answer, Send

Talk = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]

STEP = Send(
    method="POST",
    path="/openapi/v1.0/transfer-intrabank",
    headers=(
        ("Content-Type", "application/json"),
        ("X-TIMESTAMP", "2026-11-21T10:30:05+07:00"),
        ("CHANNEL-ID", "95051"),
    ),
    body=b'{"remark":"caf\xc3\xa9"}',
)
JSON_REPLY = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nX-TIMESTAMP: t\r\n\r\n{}"


def allowed() -> str | None:
    return None


async def read_request(reader: asyncio.StreamReader) -> bytes:
    head = await reader.readuntil(b"\r\n\r\n")
    length = next(
        (
            int(line.split(b":")[1])
            for line in head.split(b"\r\n")
            if line.lower().startswith(b"content-length")
        ),
        0,
    )
    return head + await reader.readexactly(length)


class Server:
    """A raw TCP server that counts connections and keeps what it was sent."""

    def __init__(self, talk: Talk) -> None:
        self._talk = talk
        self.connections = 0
        self.requests: list[bytes] = []
        self.port = 0
        self.ended = asyncio.Event()

    async def __call__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        try:
            await self._talk(reader, writer)
        except (ConnectionError, asyncio.IncompleteReadError):
            pass
        finally:
            writer.close()
            self.ended.set()


@asynccontextmanager
async def served(talk: Talk) -> AsyncIterator[Server]:
    handler = Server(talk)
    server = await asyncio.start_server(handler, "127.0.0.1", 0)
    handler.port = server.sockets[0].getsockname()[1]
    try:
        yield handler
    finally:
        server.close()


@asynccontextmanager
async def wire(port: int, **settings: float) -> AsyncIterator[BankHTTP]:
    bank = BankHTTP(BankHTTPSettings(base_url=f"http://127.0.0.1:{port}", **settings))
    await bank.start()
    try:
        yield bank
    finally:
        await bank.close()


async def send_to(
    talk: Talk, *, timeout_s: float = 5.0, **settings: float
) -> Answer | NotSent | Lost:
    async with served(talk) as server, wire(server.port, **settings) as bank:
        return await bank.send(STEP, timeout_s=timeout_s, before_first_byte=allowed)


def replying(reply: bytes) -> Talk:
    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await read_request(reader)
        writer.write(reply)
        await writer.drain()

    return talk
