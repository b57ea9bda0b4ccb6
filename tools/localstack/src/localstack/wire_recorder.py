"""A TCP relay on loopback that keeps every octet it carried, for tests that look at a wire."""

from __future__ import annotations

import contextlib
import socket
import threading
from types import TracebackType
from typing import Self

_READ_OCTETS = 65_536


class WireRecorder:
    """Listens on a free port; connects to `target` (a port of this machine) for each caller."""

    def __init__(self, target: int) -> None:
        self._target = target
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._sockets: list[socket.socket] = []
        self._lock = threading.Lock()
        self._seen = bytearray()

    @property
    def port(self) -> int:
        return int(self._listener.getsockname()[1])

    def seen(self) -> bytes:
        """Both directions of all connections so far, in the order of arrival."""
        with self._lock:
            return bytes(self._seen)

    def __enter__(self) -> Self:
        threading.Thread(target=self._accept, daemon=True).start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        for one in (self._listener, *self._sockets):
            with contextlib.suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)
            one.close()

    def _accept(self) -> None:
        while True:
            try:
                caller, _ = self._listener.accept()
                called = socket.create_connection(("127.0.0.1", self._target))
            except OSError:  # closed, or nobody listens there yet
                if self._listener.fileno() < 0:
                    return
                caller.close()
                continue
            self._sockets += [caller, called]
            for source, sink in ((caller, called), (called, caller)):
                threading.Thread(target=self._carry, args=(source, sink), daemon=True).start()

    def _carry(self, source: socket.socket, sink: socket.socket) -> None:
        with contextlib.suppress(OSError):
            while octets := source.recv(_READ_OCTETS):
                with self._lock:
                    self._seen += octets
                sink.sendall(octets)
            sink.shutdown(socket.SHUT_WR)
