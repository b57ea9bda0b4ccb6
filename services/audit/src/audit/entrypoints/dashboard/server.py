"""Runs the dashboard's application on its own port, inside the service's loop."""

import asyncio
import contextlib
import socket
import ssl
from collections.abc import Callable, Iterator

import uvicorn
from servicekit.config import TLSSettings
from starlette.types import ASGIApp

from audit import limits
from audit.entrypoints.dashboard.edge_protocol import EdgeOnlyProtocol


class _Uvicorn(uvicorn.Server):
    """uvicorn without its signal handlers: the process has its own."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


class DashboardServer:
    """HTTPS for the edge alone."""

    def __init__(self, app: ASGIApp, *, host: str, port: int, tls: TLSSettings) -> None:
        self._host = host
        self._port = port
        self._server = _Uvicorn(
            uvicorn.Config(
                app,
                http=EdgeOnlyProtocol,
                ws="none",
                lifespan="off",
                interface="asgi3",
                log_config=None,
                access_log=False,
                # Claims come from the edge; its address matters to nobody here.
                proxy_headers=False,
                server_header=False,
                limit_concurrency=limits.DASHBOARD_IN_FLIGHT,
                timeout_keep_alive=limits.DASHBOARD_KEEP_ALIVE_S,
                timeout_graceful_shutdown=int(limits.STOP_GRACE_S),
                ssl_certfile=str(tls.certificate_file),
                ssl_keyfile=str(tls.private_key_file),
                ssl_ca_certs=str(tls.ca_file),
                ssl_cert_reqs=ssl.CERT_REQUIRED,
                ssl_context_factory=_tls_context,
            )
        )
        self._socket: socket.socket | None = None
        self._task: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Listen. Raises OSError when the address is taken."""
        # Bound here because uvicorn would end the process.
        self._socket = socket.create_server((self._host, self._port), backlog=128)
        self._task = asyncio.create_task(self._server.serve(sockets=[self._socket]))

    @property
    def bound_port(self) -> int:
        if self._socket is None:
            raise RuntimeError("the dashboard has not been started")
        return int(self._socket.getsockname()[1])

    async def wait(self) -> None:
        """Until the dashboard ends, which it does on `stop` or when it fails."""
        if self._task is not None:
            await asyncio.shield(self._task)

    async def stop(self) -> None:
        if self._task is not None:
            self._server.should_exit = True
            await self._task
        if self._socket is not None:
            self._socket.close()


def _tls_context(_config: uvicorn.Config, default: Callable[[], ssl.SSLContext]) -> ssl.SSLContext:
    context = default()
    # Envoy speaks 1.2 to its upstreams unless told otherwise.
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    return context
