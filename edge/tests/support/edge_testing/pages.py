"""A fake of the dashboard's pages: HTTP/1.1 over mutual TLS."""

from __future__ import annotations

import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from servicekit.config import TLSSettings


@dataclass
class FakePages:
    """What arrived: (method, path, headers in lower case, body)."""

    received: list[tuple[str, str, dict[str, str], bytes]] = field(default_factory=list)


@contextmanager
def serve_pages(pages: FakePages, tls: TLSSettings) -> Iterator[dict[str, Any]]:
    """Yields the upstream's settings."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            headers = {name.lower(): value for name, value in self.headers.items()}
            body = self.rfile.read(int(headers.get("content-length", "0")))
            pages.received.append((self.command, self.path, headers, body))
            self.send_response(200)
            self.send_header("content-type", "text/html")
            self.send_header("cache-control", "private, max-age=60")
            self.send_header("content-length", "4")
            self.end_headers()
            self.wfile.write(b"page")

        do_POST = do_GET  # noqa: N815 the name the base class looks for

        def log_message(self, *_: object) -> None:
            """Quiet."""

    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(tls.certificate_file, tls.private_key_file)
    context.load_verify_locations(tls.ca_file)
    context.verify_mode = ssl.CERT_REQUIRED
    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.socket = context.wrap_socket(server.socket, server_side=True)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield {"targets": (f"127.0.0.1:{server.server_address[1]}",)}
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
