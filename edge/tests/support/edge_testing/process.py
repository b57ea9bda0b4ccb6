"""The real Envoy with the real configuration, on free ports."""

from __future__ import annotations

import json
import socket
import ssl
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
from edge.__main__ import envoy_binary, render
from edge.settings import EdgeSettings
from localstack import free_ports
from servicekit.config import TLSSettings

ORIGIN = "https://erp.example.test"

# The types of two fixtures.
PKI = dict[str, TLSSettings]
StartEdge = Callable[..., "Edge"]


def free_port() -> int:
    return free_ports.free_port(set())


def wait_until(condition: Callable[[], bool], *, what: str, timeout_s: float = 15.0) -> None:
    end = time.monotonic() + timeout_s
    while not condition():
        if time.monotonic() > end:
            raise AssertionError(f"waited {timeout_s} s for {what}")
        time.sleep(0.02)


@dataclass(frozen=True)
class Edge:
    """A running Envoy as a client sees it."""

    settings: EdgeSettings
    ca_file: Path
    log_file: Path
    process: subprocess.Popen[bytes]

    @property
    def port(self) -> int:
        return self.settings.public.port

    @property
    def url(self) -> str:
        return f"https://127.0.0.1:{self.port}"

    def tls(self) -> ssl.SSLContext:
        return ssl.create_default_context(cafile=str(self.ca_file))

    def client(self, **options: Any) -> httpx.Client:
        return httpx.Client(base_url=self.url, verify=self.tls(), timeout=20, **options)

    def admin(self, path: str) -> str:
        url = f"http://127.0.0.1:{self.settings.admin_port}{path}"
        return httpx.get(url, trust_env=False).text

    def stat(self, name: str) -> int:
        stats = json.loads(self.admin(f"/stats?format=json&filter=^{name}$"))["stats"]
        return sum(each["value"] for each in stats)

    def raw(self, request: bytes) -> bytes:
        """Sends exactly these bytes over TLS and reads one response."""
        context = self.tls()
        with (
            socket.create_connection(("127.0.0.1", self.port), timeout=5) as plain,
            context.wrap_socket(plain, server_hostname="127.0.0.1") as stream,
        ):
            stream.sendall(request)
            answer = b""
            while not _complete(answer):
                part = stream.recv(65536)
                if not part:
                    break
                answer += part
            return answer

    def access_log(self) -> list[dict[str, Any]]:
        if not self.log_file.exists():
            return []
        return [json.loads(line) for line in self.log_file.read_text().splitlines()]


def _complete(answer: bytes) -> bool:
    head, blank, body = answer.partition(b"\r\n\r\n")
    lines = head.lower().split(b"\r\n")
    lengths = [line.split(b":")[1] for line in lines if line.startswith(b"content-length:")]
    return bool(blank) and (not lengths or len(body) >= int(lengths[0]))


def _ready(port: int) -> bool:
    try:
        return httpx.get(f"http://127.0.0.1:{port}/ready", trust_env=False).status_code == 200
    except httpx.TransportError:
        return False


@contextmanager
def run_edge(settings: EdgeSettings, *, ca_file: Path, folder: Path) -> Iterator[Edge]:
    """Starts Envoy and waits until it is live; ends it afterwards."""
    path = render(settings, folder)
    errors = (folder / "envoy.log").open("wb")
    process = subprocess.Popen(  # noqa: S603 our own arguments
        [
            envoy_binary(),
            "--config-path", str(path),
            "--disable-hot-restart",
            "--concurrency", "1",
            "--log-level", "warning",
            "--file-flush-interval-msec", "20",
        ],
        stderr=errors,
        stdout=errors,
    )  # fmt: skip
    edge = Edge(settings, ca_file, settings.access_log_file, process)
    try:
        wait_until(lambda: process.poll() is not None or _ready(settings.admin_port), what="Envoy")
        assert process.poll() is None, (folder / "envoy.log").read_text()
        yield edge
    finally:
        process.terminate()
        process.wait(10)
        errors.close()
