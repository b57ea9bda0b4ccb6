"""Settings for a stack of its own, beside whatever else this machine runs.

For tests: every part on a free port, everything in a folder of its own.
"""

from __future__ import annotations

import dataclasses
import random
import socket
from pathlib import Path
from typing import Any

from localstack.settings import MAX_PROCESSES, PROCESS_PORT_STEP, Settings

# Below the kernel's range for outgoing connections, so that a port found free
# is not taken by a client socket a moment later.
RANGE = range(18_000, 32_000)
SPACED = ("bank_adapter_port", "worker_port")


def settings(root: Path, *, state: Path, **choices: Any) -> Settings:
    """Settings with free ports; `choices` are other fields of Settings."""
    names = [f.name for f in dataclasses.fields(Settings) if f.name.endswith("_port")]
    taken: set[int] = set()
    ports = {}
    for name in names:
        ports[name] = free_port(taken, width=MAX_PROCESSES if name in SPACED else 1)
    return Settings(root=root, state_dir=str(state), **{**ports, **choices})


def free_port(taken: set[int], *, width: int = 1) -> int:
    """A port that is free, and so are `width - 1` more in process steps."""
    # Two test runs that start together must not look in the same order.
    chance = random.SystemRandom()
    while True:
        first = chance.choice(RANGE)
        wanted = {first + PROCESS_PORT_STEP * index for index in range(width)}
        if not wanted & taken and all(is_free(port) for port in wanted):
            taken |= wanted
            return first


def is_free(port: int) -> bool:
    with socket.socket() as probe:
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True
