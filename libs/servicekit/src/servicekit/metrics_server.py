"""The port that Prometheus scrapes: GET /metrics over plain HTTP, nothing else.

Off unless configured. It shows counts and ages, no name of a client and no
amount of a payment, but it has no authorisation: loopback, or a network that
only Prometheus is in.
"""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Sequence
from typing import Final

from servicekit import limits
from servicekit.config import MetricsSettings
from servicekit.log import get_logger
from servicekit.metrics import Family, Source, render

_log = get_logger()
_CONTENT_TYPE: Final = "text/plain; version=0.0.4; charset=utf-8"


class MetricsServer:
    """Answers with what its sources say at that moment."""

    def __init__(self, settings: MetricsSettings, sources: Sequence[Source]) -> None:
        self._settings = settings
        self._sources = tuple(sources)
        self._server: asyncio.Server | None = None
        # One scrape at a time: each may ask the database.
        self._turn = asyncio.Lock()

    async def start(self) -> None:
        """Listen. Raises OSError when the address is taken."""
        self._server = await asyncio.start_server(
            self._serve,
            self._settings.host,
            self._settings.port,
            limit=limits.METRICS_REQUEST_BYTES,
        )

    @property
    def bound_port(self) -> int:
        if self._server is None:
            raise RuntimeError("the metrics server has not been started")
        return int(self._server.sockets[0].getsockname()[1])

    async def stop(self) -> None:
        if self._server is not None:
            self._server.close()
            await self._server.wait_closed()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            async with asyncio.timeout(limits.METRICS_TIMEOUT_S):
                head = await reader.readuntil(b"\r\n\r\n")
                status, body = await self._answer(head.partition(b"\r\n")[0])
                writer.write(_response(status, body))
                await writer.drain()
        except (TimeoutError, OSError, asyncio.IncompleteReadError, asyncio.LimitOverrunError):
            # A scraper that hangs or leaves is its own problem.
            return
        finally:
            writer.close()
            with contextlib.suppress(OSError):
                await writer.wait_closed()

    async def _answer(self, line: bytes) -> tuple[str, str]:
        if line.split(b" ")[:2] != [b"GET", b"/metrics"]:
            return "404 Not Found", "only GET /metrics is here\n"
        families: list[Family] = []
        try:
            async with self._turn:
                for source in self._sources:
                    families += await source()
        except Exception as error:  # noqa: BLE001 - a scrape that fails must not end the process
            _log.warning("metrics not read", error=type(error).__name__)
            return "503 Service Unavailable", "the figures cannot be read now\n"
        return "200 OK", render(families)


@contextlib.asynccontextmanager
async def serving_metrics(
    settings: MetricsSettings | None, sources: Sequence[Source]
) -> AsyncIterator[MetricsServer | None]:
    """Serve inside the block; nothing when it is not configured."""
    if settings is None:
        yield None
        return
    server = MetricsServer(settings, sources)
    await server.start()
    _log.info("metrics served", port=server.bound_port)
    try:
        yield server
    finally:
        await server.stop()


def _response(status: str, text: str) -> bytes:
    body = text.encode()
    head = (
        f"HTTP/1.1 {status}\r\ncontent-type: {_CONTENT_TYPE}\r\n"
        f"content-length: {len(body)}\r\nconnection: close\r\n\r\n"
    )
    return head.encode() + body
