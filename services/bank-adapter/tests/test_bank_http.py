"""The wire to the bank against servers that misbehave at every phase.

Rule (transfer-rules section 3): only the connect phase is NOT_SENT; whatever
follows the first byte and is no complete answer is lost.
"""

from __future__ import annotations

import asyncio
import socket

import pytest
from bank_adapter.adapters.bank_http import BankHTTP, BankHTTPSettings
from bank_adapter.application.ports.bank_wire import Lost, NotSent
from bank_adapter.domain.conversation import Answer, Send
from bank_servers import JSON_REPLY, STEP, allowed, read_request, replying, send_to, served, wire


async def test_complete_answer_is_returned_with_lower_case_headers():
    answer = await send_to(replying(JSON_REPLY))
    assert answer == Answer(
        status=200, headers={"content-length": "2", "x-timestamp": "t"}, body=b"{}"
    )


async def test_bytes_on_the_wire_are_ours_and_nothing_is_added():
    seen: list[bytes] = []

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        seen.append(await read_request(reader))
        writer.write(JSON_REPLY)

    async with served(talk) as server, wire(server.port) as bank:
        await bank.send(STEP, timeout_s=5, before_first_byte=allowed)

    head, body = seen[0].split(b"\r\n\r\n")
    lines = head.decode().split("\r\n")
    assert lines[0] == "POST /openapi/v1.0/transfer-intrabank HTTP/1.1"
    assert sorted(lines[1:]) == sorted(
        [
            f"Host: 127.0.0.1:{server.port}",
            "Content-Type: application/json",
            "X-TIMESTAMP: 2026-11-21T10:30:05+07:00",
            "CHANNEL-ID: 95051",
            f"Content-Length: {len(STEP.body)}",
        ]
    )
    assert body == STEP.body


async def test_path_and_query_are_sent_as_signed():
    seen: list[bytes] = []

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        seen.append(await read_request(reader))
        writer.write(JSON_REPLY)

    path = "/banking/v2/a%20b/statements?EndDate=2016-09-01&Name=a%2Cb%7Ec"
    step = Send(method="GET", path=path, headers=(), body=b"")
    async with served(talk) as server, wire(server.port) as bank:
        await bank.send(step, timeout_s=5, before_first_byte=allowed)

    assert seen[0].startswith(f"GET {path} HTTP/1.1\r\n".encode())


@pytest.mark.parametrize("path", ["/a b", "/a#b", "a", "", "/a\r\nX: y", "/caf\u00e9"])
async def test_path_that_cannot_be_sent_as_signed_is_not_sent(path: str):
    step = Send(method="POST", path=path, headers=(), body=b"{}")
    async with wire(1) as bank:
        reply = await bank.send(step, timeout_s=5, before_first_byte=allowed)
    assert isinstance(reply, NotSent)


@pytest.mark.parametrize("path", ["/../a", "//other.example/a", "/a?b=//c", "/a%2f%2F"])
async def test_path_stays_on_our_host_and_as_written(path: str):
    seen: list[bytes] = []

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        seen.append(await read_request(reader))
        writer.write(JSON_REPLY)

    step = Send(method="POST", path=path, headers=(), body=b"{}")
    async with served(talk) as server, wire(server.port) as bank:
        await bank.send(step, timeout_s=5, before_first_byte=allowed)

    assert seen[0].split(b" ")[1].decode() == path


async def test_refused_connection_is_not_sent():
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    async with wire(port) as bank:
        reply = await bank.send(STEP, timeout_s=5, before_first_byte=allowed)
    assert reply == NotSent("CONNECT_FAILED")


async def test_unknown_host_is_not_sent():
    bank = BankHTTP(BankHTTPSettings(base_url="http://bank.invalid"))
    await bank.start()
    try:
        reply = await bank.send(STEP, timeout_s=20, before_first_byte=allowed)
    finally:
        await bank.close()
    assert isinstance(reply, NotSent)


async def test_forbidden_first_byte_writes_nothing_and_keeps_the_connection():
    received: list[bytes] = []

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while True:
            received.append(await read_request(reader))
            writer.write(JSON_REPLY)

    async with served(talk) as server, wire(server.port) as bank:
        reply = await bank.send(STEP, timeout_s=5, before_first_byte=lambda: "LEASE_LOST")
        assert reply == NotSent("LEASE_LOST")
        answer = await bank.send(STEP, timeout_s=5, before_first_byte=allowed)

    assert isinstance(answer, Answer)
    assert len(received) == 1
    assert server.connections == 1


async def test_question_is_asked_only_when_the_connection_is_there():
    asked: list[str] = []

    async with wire(1, connect_timeout_s=1) as bank:
        reply = await bank.send(
            STEP, timeout_s=5, before_first_byte=lambda: asked.append("asked") or None
        )

    assert isinstance(reply, NotSent)
    assert asked == []


async def test_failing_question_writes_nothing():
    def broken() -> str | None:
        raise RuntimeError("clock")

    seen: list[bytes] = []

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        seen.append(await reader.read(1))

    async with served(talk) as server:
        async with wire(server.port) as bank:
            reply = await bank.send(STEP, timeout_s=5, before_first_byte=broken)
        await server.ended.wait()

    assert isinstance(reply, NotSent)
    assert seen == [b""]


async def test_close_before_reading_the_request_is_lost():
    async def talk(_reader: asyncio.StreamReader, _writer: asyncio.StreamWriter) -> None:
        return

    assert isinstance(await send_to(talk), Lost)


async def test_close_after_reading_the_request_is_lost():
    assert await send_to(replying(b"")) == Lost("DISCONNECTED")


async def test_reset_after_reading_the_request_is_lost():
    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await read_request(reader)
        writer.transport.abort()

    assert isinstance(await send_to(talk), Lost)


@pytest.mark.parametrize(
    "reply",
    [
        b"HTTP/1.1 200 OK\r\nContent-Le",
        b'HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{"responseCode":',
        b'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n{"a":',
        b"HTTP/1.1 200 OK\r\nContent-Length: x\r\n\r\n{}",
        b"<html>502</html>",
        b"\x16\x03\x01\x00\x00",
    ],
    ids=["half header", "half body", "half chunk", "bad length", "no HTTP", "TLS bytes"],
)
async def test_incomplete_answer_is_lost(reply: bytes):
    assert isinstance(await send_to(replying(reply)), Lost)


async def test_no_answer_in_time_is_lost():
    async def talk(reader: asyncio.StreamReader, _writer: asyncio.StreamWriter) -> None:
        await read_request(reader)
        await reader.read()

    assert await send_to(talk, timeout_s=0.2) == Lost("TIMEOUT")


async def test_slow_body_is_lost():
    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await read_request(reader)
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n{")
        await reader.read()

    assert await send_to(talk, timeout_s=0.2) == Lost("TIMEOUT")


async def test_redirect_is_an_answer_and_is_not_followed():
    received: list[bytes] = []

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while True:
            received.append(await read_request(reader))
            writer.write(
                b"HTTP/1.1 307 Temporary Redirect\r\nLocation: /again\r\nContent-Length: 0\r\n\r\n"
            )

    async with served(talk) as server, wire(server.port) as bank:
        answer = await bank.send(STEP, timeout_s=5, before_first_byte=allowed)

    assert isinstance(answer, Answer)
    assert answer.status == 307
    assert len(received) == 1


async def test_html_of_a_proxy_is_an_answer():
    page = b"HTTP/1.1 502 Bad Gateway\r\nContent-Length: 13\r\n\r\n<html></html>"
    answer = await send_to(replying(page))
    assert isinstance(answer, Answer)
    assert (answer.status, answer.body) == (502, b"<html></html>")


async def test_compressed_answer_is_not_unpacked():
    packed = b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 3\r\n\r\n\x1f\x8b\x08"
    answer = await send_to(replying(packed))
    assert isinstance(answer, Answer)
    assert answer.body == b"\x1f\x8b\x08"


async def test_answer_over_the_cap_is_lost():
    body = b"x" * 5000
    reply = b"HTTP/1.1 200 OK\r\nContent-Length: 5000\r\n\r\n" + body
    assert await send_to(replying(reply), max_reply_bytes=4096) == Lost("REPLY_TOO_LARGE")


async def test_endless_answer_is_lost_at_the_cap():
    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await read_request(reader)
        writer.write(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
        while True:
            writer.write(b"400\r\n" + b"x" * 1024 + b"\r\n")
            await writer.drain()

    assert await send_to(talk, max_reply_bytes=65536) == Lost("REPLY_TOO_LARGE")
