"""The HTTP protocol of the dashboard's port: the edge's certificate and no other.

uvicorn checks only that a client certificate comes from our CA. Every service
has one of those, so the URI in it is compared here, before a byte is read.
"""

import asyncio
import ssl
from typing import Any, Final, cast

from servicekit.log import get_logger
from servicekit.rpc_policy import EDGE
from uvicorn.protocols.http.h11_impl import H11Protocol

_log = get_logger()
_URI: Final = "URI"


def peer_uris(certificate: Any) -> list[str]:
    """The URI names of a certificate as `SSLObject.getpeercert` gives it."""
    names = (certificate or {}).get("subjectAltName", ())
    return [value for kind, value in names if kind == _URI]


class EdgeOnlyProtocol(H11Protocol):
    """Drops every connection whose peer is not the edge."""

    _admitted = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        tls = cast("ssl.SSLObject | None", transport.get_extra_info("ssl_object"))
        uris = peer_uris(tls.getpeercert()) if tls is not None else []
        if uris != [EDGE]:
            _log.warning("dashboard connection refused", peer_uris=uris)
            cast("asyncio.Transport", transport).abort()
            return
        self._admitted = True
        super().connection_made(cast("asyncio.Transport", transport))

    def data_received(self, data: bytes) -> None:
        if self._admitted:
            super().data_received(data)

    def connection_lost(self, exc: Exception | None) -> None:
        if self._admitted:
            super().connection_lost(exc)
