"""The processes of the local stack, in the order of who needs whom."""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from localstack.configs import numbered
from localstack.health import Check, both, grpc_health, http_ok, listens
from localstack.pki import Identity
from localstack.processes import Part
from localstack.settings import Settings

# What runs each service: `python -m auth`. A fault test puts an entry point of
# its own here, with its crash points.
PROGRAMS: Mapping[str, tuple[str, ...]] = {
    "simulator": ("-m", "simulator"),
    "audit": ("-m", "audit"),
    "auth": ("-m", "auth"),
    "signer": ("-m", "signer"),
    "bank-adapter": ("-m", "bank_adapter"),
    "edge": ("-m", "edge"),
}
ALL = ("simulator", "audit", "auth", "signer", "bank-adapter", "worker", "edge")
STAGES: Mapping[str, int] = {
    "simulator": 1,
    "audit": 1,
    "auth": 2,
    "signer": 2,
    "bank-adapter": 3,
    "worker": 3,
    "edge": 4,
}


def build(
    settings: Settings,
    *,
    configs: Mapping[str, Path],
    identities: Mapping[str, Identity],
    programs: Mapping[str, tuple[str, ...]],
) -> list[Part]:
    """Every process with its stage; the edge comes last, the bank first."""

    def command(program: str, verb: str, config: str) -> Sequence[str]:
        return (sys.executable, *programs[program], verb, "--config", str(configs[config]))

    def part(family: str, command: Sequence[str], ready: Check, *, index: int = 0) -> Part:
        return Part(
            name=numbered(family, index),
            family=family,
            stage=STAGES[family],
            command=command,
            ready=ready,
        )

    def serves(service: str, port: int, *, index: int = 0) -> Part:
        name = numbered(service, index)
        ready = grpc_health(port, server=service, identity=identities[service])
        return part(service, command(service, "serve", name), ready, index=index)

    audit = serves("audit", settings.audit_port)
    bank_is_ready = both(
        http_ok(settings.simulator_admin_port, "/admin/health"),
        lambda: listens(settings.simulator_port),
    )
    envoy_is_ready = both(
        http_ok(settings.envoy_admin_port, "/ready"), lambda: listens(settings.edge_port)
    )
    edge = command("edge", "run", "edge")
    return [
        part("simulator", command("simulator", "serve", "simulator"), bank_is_ready),
        replace(audit, ready=both(audit.ready, lambda: listens(settings.dashboard_port))),
        serves("auth", settings.auth_port),
        serves("signer", settings.signer_port),
        *(
            serves("bank-adapter", port, index=index)
            for index, port in enumerate(settings.adapter_ports())
        ),
        *(
            part(
                "worker",
                command("bank-adapter", "worker", numbered("worker", index)),
                grpc_health(port, server="bank-adapter", identity=identities["bank-adapter"]),
                index=index,
            )
            for index, port in enumerate(settings.worker_ports())
        ),
        part("edge", (*edge, "--output", str(configs["edge"].parent)), envoy_is_ready),
    ]
