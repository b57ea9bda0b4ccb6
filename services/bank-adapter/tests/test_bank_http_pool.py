"""What one message to the bank leaves for the next: connections, cookies, places."""

from __future__ import annotations

import asyncio

import pytest
from bank_adapter.adapters.bank_http import BankHTTP, BankHTTPSettings
from bank_adapter.application.ports.bank_wire import Lost, NotSent
from bank_adapter.domain.conversation import Answer, Send
from bank_servers import JSON_REPLY, STEP, allowed, read_request, replying, send_to, served, wire


async def test_cookie_of_the_bank_is_not_sent_back():
    received: list[bytes] = []

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while True:
            received.append(await read_request(reader))
            writer.write(b"HTTP/1.1 200 OK\r\nSet-Cookie: a=b\r\nContent-Length: 2\r\n\r\n{}")

    async with served(talk) as server, wire(server.port) as bank:
        for _ in range(2):
            await bank.send(STEP, timeout_s=5, before_first_byte=allowed)

    assert len(received) == 2
    assert b"cookie" not in received[1].lower()


async def test_proxy_of_the_environment_is_not_used(monkeypatch: pytest.MonkeyPatch):
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:1")
    assert isinstance(await send_to(replying(JSON_REPLY)), Answer)


async def test_connection_is_used_again():
    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while True:
            await read_request(reader)
            writer.write(JSON_REPLY)

    async with served(talk) as server, wire(server.port) as bank:
        for _ in range(3):
            assert isinstance(await bank.send(STEP, timeout_s=5, before_first_byte=allowed), Answer)

    assert server.connections == 1


async def test_kept_connection_closed_by_the_bank_is_not_written_to():
    async with served(replying(JSON_REPLY)) as server, wire(server.port) as bank:
        first = await bank.send(STEP, timeout_s=5, before_first_byte=allowed)
        await server.ended.wait()
        await asyncio.sleep(0.05)  # the close is on its way through the loopback
        second = await bank.send(STEP, timeout_s=5, before_first_byte=allowed)

    assert isinstance(first, Answer)
    assert isinstance(second, Answer)
    assert server.connections == 2


@pytest.mark.parametrize("method", ["GET", "POST", "PUT"])
async def test_kept_connection_closed_on_our_second_message_is_lost_and_not_retried(method: str):
    received: list[bytes] = []

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        received.append(await read_request(reader))
        writer.write(JSON_REPLY)
        received.append(await read_request(reader))

    step = Send(method=method, path="/x", headers=(), body=b"" if method == "GET" else b"{}")
    async with served(talk) as server, wire(server.port) as bank:
        await bank.send(step, timeout_s=5, before_first_byte=allowed)
        second = await bank.send(step, timeout_s=5, before_first_byte=allowed)

    assert isinstance(second, Lost)
    assert len(received) == 2
    assert server.connections == 1


@pytest.mark.parametrize("together", [True, False], ids=["with the answer", "after the answer"])
async def test_unasked_bytes_on_a_kept_connection_are_never_our_answer(together: bool):  # noqa: FBT001  parameter of the table
    foreign = b'HTTP/1.1 200 OK\r\nContent-Length: 30\r\n\r\n{"responseCode":"2001700"     }'
    connections = 0
    answered = asyncio.Event()
    spoken = asyncio.Event()

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal connections
        connections += 1
        first = connections == 1
        await read_request(reader)
        writer.write(JSON_REPLY + foreign if first and together else JSON_REPLY)
        await writer.drain()
        if first and not together:
            await answered.wait()
            writer.write(foreign)
            await writer.drain()
        spoken.set()
        await reader.read()

    async with served(talk) as server, wire(server.port) as bank:
        await bank.send(STEP, timeout_s=5, before_first_byte=allowed)
        answered.set()
        await spoken.wait()
        await asyncio.sleep(0.05)  # the bytes are on their way through the loopback
        second = await bank.send(STEP, timeout_s=5, before_first_byte=allowed)

    assert isinstance(second, NotSent) or second == Answer(
        status=200, headers={"content-length": "2", "x-timestamp": "t"}, body=b"{}"
    )


async def test_full_pool_is_not_sent():
    async def talk(reader: asyncio.StreamReader, _writer: asyncio.StreamWriter) -> None:
        await reader.read()

    async with (
        served(talk) as server,
        wire(server.port, max_connections=1, pool_timeout_s=0.1) as bank,
    ):
        reached = asyncio.Event()
        first = asyncio.create_task(bank.send(STEP, timeout_s=5, before_first_byte=reached.set))
        await reached.wait()
        second = await bank.send(STEP, timeout_s=5, before_first_byte=allowed)
        first.cancel()
        await asyncio.gather(first, return_exceptions=True)

    assert second == NotSent("POOL_TIMEOUT")


async def test_cancelled_after_the_first_byte_is_cancelled_and_never_not_sent():
    received = asyncio.Event()

    async def talk(reader: asyncio.StreamReader, _writer: asyncio.StreamWriter) -> None:
        await read_request(reader)
        received.set()
        await reader.read()

    async with served(talk) as server, wire(server.port) as bank:
        sending = asyncio.create_task(bank.send(STEP, timeout_s=5, before_first_byte=allowed))
        await received.wait()
        sending.cancel()
        with pytest.raises(asyncio.CancelledError):
            await sending


async def test_not_started_is_not_sent():
    bank = BankHTTP(BankHTTPSettings(base_url="http://127.0.0.1:1"))
    assert await bank.send(STEP, timeout_s=1, before_first_byte=allowed) == NotSent("NOT_STARTED")


@pytest.mark.parametrize(
    "base_url",
    [
        "https://bank.example/openapi",
        "ftp://bank.example",
        "bank.example",
        "https://u:p@bank.example",
    ],
)
def test_base_url_is_an_origin(base_url: str):
    with pytest.raises(ValueError, match="base_url"):
        BankHTTP(BankHTTPSettings(base_url=base_url))
