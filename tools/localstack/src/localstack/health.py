"""Asks a process whether it serves yet. Each check answers at once."""

from __future__ import annotations

import http.client
import socket
from collections.abc import Callable

import grpc
from grpc_health.v1 import health_pb2, health_pb2_grpc

from localstack.pki import Identity

PROBE_TIMEOUT_S = 1.0

Check = Callable[[], bool]


def listens(port: int) -> bool:
    """Whether something accepts TCP on this loopback port."""
    try:
        with socket.create_connection(("127.0.0.1", port), timeout=PROBE_TIMEOUT_S):
            return True
    except OSError:
        return False


def grpc_health(port: int, *, server: str, identity: Identity) -> Check:
    """SERVING by the gRPC health protocol, over mTLS with the caller's identity."""

    def check() -> bool:
        if not listens(port):
            return False
        credentials = grpc.ssl_channel_credentials(
            identity.ca_file.read_bytes(),
            identity.private_key_file.read_bytes(),
            identity.certificate_file.read_bytes(),
        )
        options = [("grpc.ssl_target_name_override", f"{server}.gerbang.internal")]
        with grpc.secure_channel(f"127.0.0.1:{port}", credentials, options) as channel:
            stub = health_pb2_grpc.HealthStub(channel)  # type: ignore[no-untyped-call]
            try:
                answer = stub.Check(health_pb2.HealthCheckRequest(), timeout=PROBE_TIMEOUT_S)
            except grpc.RpcError:
                return False
            return bool(answer.status == health_pb2.HealthCheckResponse.SERVING)

    return check


def http_ok(port: int, path: str) -> Check:
    """A 200 for a plain GET on loopback."""

    def check() -> bool:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=PROBE_TIMEOUT_S)
        try:
            connection.request("GET", path)
            return connection.getresponse().status == http.client.OK
        except (OSError, http.client.HTTPException):
            return False
        finally:
            connection.close()

    return check


def both(first: Check, second: Check) -> Check:
    return lambda: first() and second()
