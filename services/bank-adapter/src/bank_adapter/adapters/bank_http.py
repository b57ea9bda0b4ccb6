"""The wire to a bank over HTTPS: one message, at most once, with proof.

The proof hangs on one moment: aiohttp hands a ready connection to the request
object, which asks `before_first_byte` and sets a mark before it writes. Without
the mark nothing left this process (NotSent); with it, everything that is not a
complete answer is Lost. Nothing here retries, redirects, reads a proxy from
the environment, keeps a cookie, or adds a header of its own but Host,
Content-Length and Connection.
"""

from __future__ import annotations

import asyncio
import re
import ssl
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import aiohttp
from aiohttp.client_reqrep import ClientRequest, ClientResponse
from aiohttp.connector import Connection
from yarl import URL

from bank_adapter.application.ports.bank_wire import Lost, NotSent
from bank_adapter.domain.conversation import Answer, Send

# A path and query as they may stand in a request line.
_REQUEST_TARGET = re.compile(r"/[!\"$-~]*", re.ASCII)

# What aiohttp would add by itself.
_AUTO_HEADERS = ("Accept", "Accept-Encoding", "Content-Type", "User-Agent")


@dataclass(frozen=True, slots=True, kw_only=True)
class BankHTTPSettings:
    """Where a bank is and what is allowed on the way there.

    `base_url` is scheme, host and port only. `ca_file` replaces the system's
    authorities. `allow_tls_1_2` is the exception for a bank that cannot speak
    1.3. `keep_alive_s` must be shorter than the bank's own idle limit, so that
    the bank does not close a connection as we write to it.
    """

    base_url: str
    ca_file: Path | None = None
    allow_tls_1_2: bool = False
    connect_timeout_s: float = 10.0
    pool_timeout_s: float = 5.0
    keep_alive_s: float = 15.0
    max_connections: int = 32
    max_reply_bytes: int = 1024 * 1024


class _WithheldError(Exception):
    """Nothing was written, and nothing will be. `reason` is a constant name."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class _Mark:
    """Of one message: whether it may be written, and whether a byte of it was."""

    __slots__ = ("_before_first_byte", "written")

    def __init__(self, before_first_byte: Callable[[], str | None]) -> None:
        self._before_first_byte = before_first_byte
        self.written = False

    def pass_once(self) -> None:
        """Sets the mark, or raises _WithheldError."""
        if self.written:
            raise _WithheldError("ALREADY_WRITTEN")
        reason = self._before_first_byte()
        if reason is not None:
            raise _WithheldError(reason)
        self.written = True


class _MarkedRequest(ClientRequest):
    """A request that writes only past its mark."""

    mark: _Mark | None = None

    async def send(self, conn: Connection) -> ClientResponse:
        """Called by aiohttp when the connection is there and nothing is written."""
        try:
            _pass(self.mark, conn)
        except BaseException:
            conn.release()
            raise
        return await super().send(conn)


def _pass(mark: _Mark | None, conn: Connection) -> None:
    """Sets the mark, or raises with nothing written.

    A connection that the bank has closed or has already spoken on is refused:
    bytes that lie there unasked would be taken for the answer to our message.
    """
    protocol = conn.protocol
    if mark is None:
        raise _WithheldError("UNMARKED_REQUEST")
    if protocol is None or not protocol.is_connected() or protocol.should_close:
        raise _WithheldError("STALE_CONNECTION")
    mark.pass_once()


class BankHTTP:
    """Implements application.ports.bank_wire.BankWire over aiohttp."""

    def __init__(self, settings: BankHTTPSettings) -> None:
        url = URL(settings.base_url)
        if url.scheme not in ("https", "http") or url.host is None or url != url.origin():
            raise ValueError("base_url must be a scheme, a host and a port, without a path")
        self._settings = settings
        self._origin = str(url.origin())
        self._places = asyncio.Semaphore(settings.max_connections)
        self._session: aiohttp.ClientSession | None = None

    async def start(self) -> None:
        """Opens the pool. No connection is made before the first message."""
        settings = self._settings
        connector = aiohttp.TCPConnector(
            ssl=_tls(settings),
            limit=settings.max_connections,
            keepalive_timeout=settings.keep_alive_s,
        )
        self._session = aiohttp.ClientSession(
            connector=connector,
            request_class=_MarkedRequest,
            cookie_jar=aiohttp.DummyCookieJar(),
            trust_env=False,
            auto_decompress=False,
            raise_for_status=False,
            skip_auto_headers=_AUTO_HEADERS,
            timeout=aiohttp.ClientTimeout(total=None, connect=settings.connect_timeout_s),
        )
        # aiohttp sends an idempotent method again when a kept connection turns
        # out to be dead. There is no public switch.
        self._session._retry_connection = False  # noqa: SLF001  see above

    async def close(self) -> None:
        """Closes every connection; a message under way is Lost."""
        if self._session is not None:
            await self._session.close()
            self._session = None

    async def send(
        self, step: Send, *, timeout_s: float, before_first_byte: Callable[[], str | None]
    ) -> Answer | NotSent | Lost:
        """Sends once; `timeout_s` bounds all of it, from the pool to the last byte.

        Raises CancelledError only from outside, and then says nothing about
        what was written: the caller must not conclude NotSent from it.
        """
        mark = _Mark(before_first_byte)
        try:
            async with asyncio.timeout(timeout_s):
                return await self._send(step, mark)
        except _WithheldError as withheld:
            return Lost(withheld.reason) if mark.written else NotSent(withheld.reason)
        except TimeoutError:
            return Lost("TIMEOUT") if mark.written else NotSent("CONNECT_TIMEOUT")
        except Exception as error:  # noqa: BLE001  the mark decides, whatever the error
            return Lost(_lost(error)) if mark.written else NotSent(_not_sent(error))

    async def _send(self, step: Send, mark: _Mark) -> Answer | Lost:
        session = self._session
        if session is None:
            raise _WithheldError("NOT_STARTED")
        url = URL(self._origin + step.path, encoded=True)
        if not _REQUEST_TARGET.fullmatch(step.path) or url.raw_path_qs != step.path:
            # What is signed is the path as written; another must not be sent.
            raise _WithheldError("PATH_NOT_SENDABLE")

        async def attach(
            request: ClientRequest, handler: aiohttp.ClientHandlerType
        ) -> ClientResponse:
            if isinstance(request, _MarkedRequest):
                request.mark = mark
            return await handler(request)

        await self._take_place()
        try:
            async with session.request(
                step.method,
                url,
                data=step.body or None,
                headers=step.headers,
                allow_redirects=False,
                middlewares=(attach,),
            ) as response:
                return await self._read(response)
        finally:
            self._places.release()

    async def _take_place(self) -> None:
        """Waits for one of the bank's bounded connections."""
        try:
            async with asyncio.timeout(self._settings.pool_timeout_s):
                await self._places.acquire()
        except TimeoutError:
            raise _WithheldError("POOL_TIMEOUT") from None

    async def _read(self, response: ClientResponse) -> Answer | Lost:
        body = bytearray()
        async for chunk in response.content.iter_any():
            body += chunk
            if len(body) > self._settings.max_reply_bytes:
                response.close()
                return Lost("REPLY_TOO_LARGE")
        headers: dict[str, str] = {}
        for name, value in response.headers.items():
            key = name.lower()
            headers[key] = f"{headers[key]}, {value}" if key in headers else value
        return Answer(status=response.status, headers=headers, body=bytes(body))


def _tls(settings: BankHTTPSettings) -> ssl.SSLContext:
    # Not create_default_context: it writes session keys to a file that the
    # environment may name.
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.minimum_version = (
        ssl.TLSVersion.TLSv1_2 if settings.allow_tls_1_2 else ssl.TLSVersion.TLSv1_3
    )
    if settings.ca_file is not None:
        context.load_verify_locations(settings.ca_file)
    else:
        context.load_default_certs()
    return context


def _not_sent(error: Exception) -> str:
    """A constant name for a failure before the mark."""
    match error:
        case aiohttp.ClientConnectorCertificateError():
            return "CERTIFICATE_REFUSED"
        case aiohttp.ClientSSLError() | ssl.SSLError():
            return "TLS_FAILED"
        case aiohttp.ClientConnectorDNSError():
            return "DNS_FAILED"
        case aiohttp.ClientConnectionError() | OSError():
            return "CONNECT_FAILED"
        case _:
            return "NOT_SENDABLE"


def _lost(error: Exception) -> str:
    """A constant name for a failure after the mark."""
    match error:
        case aiohttp.ServerDisconnectedError():
            return "DISCONNECTED"
        case aiohttp.ClientPayloadError():
            return "REPLY_CUT_SHORT"
        case aiohttp.ClientConnectionError() | OSError():
            return "CONNECTION_RESET"
        case aiohttp.ClientResponseError():
            return "REPLY_NOT_HTTP"
        case _:
            return "REPLY_FAILED"
