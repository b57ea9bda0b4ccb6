"""The bank's door: its listening port, which can be shut while the bank works on.

Shutting it cuts every connection at once, so that a partner sees what a firewall or a fallen load
balancer does to it. What was being carried out is carried out; its answer has nowhere to go.
"""

import ssl

from aiohttp import web

_BACKLOG = 1024


class Door:
    """One port of one runner. Raises OSError when the port is taken."""

    def __init__(
        self,
        runner: web.ServerRunner | web.AppRunner,
        host: str,
        port: int,
        tls: ssl.SSLContext | None,
    ) -> None:
        self._runner = runner
        self._host = host
        self._port = port
        self._tls = tls
        self._site: web.TCPSite | None = None

    @property
    def port(self) -> int:
        return self._port

    async def open(self) -> int:
        """Listen; whoever is connected is cut off. Answers how many were."""
        if self._site is None:
            site = web.TCPSite(
                self._runner,
                self._host,
                self._port,
                ssl_context=self._tls,
                backlog=_BACKLOG,
                reuse_address=True,
            )
            await site.start()
            self._site = site
            self._port = int(self._runner.addresses[0][1])
        return self._cut()

    async def shut(self) -> int:
        """Stop listening and cut everybody off. Answers how many were connected."""
        if self._site is not None:
            site, self._site = self._site, None
            await site.stop()
        return self._cut()

    def _cut(self) -> int:
        server = self._runner.server
        connected = list(server.connections) if server is not None else []
        for connection in connected:
            if connection.transport is not None:
                connection.transport.abort()
        return len(connected)
