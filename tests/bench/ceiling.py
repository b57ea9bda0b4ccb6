"""The ceiling: the same edge in front of a handler that does nothing.

A second Envoy with the configuration of the stack's own (token, origin, rates,
transcoding, mTLS), whose bank-adapter is `empty_adapter.py`. What the gateway
reaches is read against this and not against a number from another machine.
"""

from __future__ import annotations

import sys
import tomllib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from installation import Installation
from localstack import toml_file
from localstack.free_ports import free_port
from localstack.health import both, grpc_health, http_ok, listens
from localstack.processes import Part, Processes

HANDLER = Path(__file__).with_name("empty_adapter.py")


@dataclass(frozen=True, slots=True, kw_only=True)
class Ceiling:
    """The running pair: where its edge listens, and its processes by name."""

    edge_port: int
    pids: dict[str, int]


@contextmanager
def running(installation: Installation, *, say: Callable[[str], None]) -> Iterator[Ceiling]:
    """Starts handler and edge beside the stack. Raises ProcessFailedError."""
    stack = installation.stack
    taken = {port for _, port in stack.settings.ports()}
    handler_port, edge_port, admin_port, jwks_port = (free_port(taken) for _ in range(4))
    config = stack.settings.state / "config" / "edge-ceiling.toml"
    table = tomllib.loads(stack.config_file("edge").read_text())
    toml_file.write(
        config,
        toml_file.merged(
            table,
            {
                "public": {"port": edge_port},
                "admin_port": admin_port,
                "jwks_port": jwks_port,
                "upstreams": {"bank_adapter": {"targets": [f"127.0.0.1:{handler_port}"]}},
            },
        ),
    )
    identity = stack.identity("bank-adapter")
    files = (identity.certificate_file, identity.private_key_file, identity.ca_file)
    handler = Part(
        name="empty-handler",
        family="empty-handler",
        stage=1,
        command=(sys.executable, str(HANDLER), str(handler_port), *map(str, files)),
        ready=grpc_health(handler_port, server="bank-adapter", identity=identity),
    )
    edge = Part(
        name="edge-ceiling",
        family="edge",
        stage=2,
        command=(sys.executable, "-m", "edge", "run", "--config", str(config)),
        ready=both(http_ok(admin_port, "/ready"), lambda: listens(edge_port)),
    )
    processes = Processes(stack.settings.state / "log", say=say)
    try:
        processes.start([handler])
        processes.start([edge])
        pids = {"edge": processes.pid("edge-ceiling"), "handler": processes.pid("empty-handler")}
        yield Ceiling(edge_port=edge_port, pids=pids)
    finally:
        processes.end_all()
