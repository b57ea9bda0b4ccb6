"""The command lines of the services, each with its configuration file."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import Self

from localstack.parts import PROGRAMS

# A database that does not answer must end a start, not hold it.
TIMEOUT_S = 60.0


class ProvisionError(Exception):
    """A command of a service failed. The text is what it said."""


class Commands:
    """Runs commands of services; one process a service, ended with the block.

    Two threads may run commands of two services, not of one.
    """

    def __init__(self, configs: Mapping[str, Path]) -> None:
        self._configs = configs
        self._hosts: dict[str, subprocess.Popen[str]] = {}

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        for host in self._hosts.values():
            host.kill()
            host.communicate()

    def run(self, service: str, *arguments: str | Path) -> str:
        """Runs `python -m SERVICE ARGUMENTS --config FILE`; returns what it printed.

        Raises ProvisionError with its error text.
        """
        host = self._host(service)
        if host.stdin is None or host.stdout is None:
            raise AssertionError("the host was started with pipes")
        words = [*map(str, arguments), "--config", str(self._configs[service])]
        watchdog = threading.Timer(TIMEOUT_S, host.kill)
        watchdog.start()
        try:
            host.stdin.write(json.dumps(words) + "\n")
            host.stdin.flush()
            line = host.stdout.readline()
        finally:
            watchdog.cancel()
        if not line:
            raise ProvisionError(f"{service} {words[0]}: no answer; is its database there?")
        answer = json.loads(line)
        if answer["code"] != 0:
            said = (answer["err"] or answer["out"]).strip()
            raise ProvisionError(f"{service} {' '.join(words[:2])}: {said}")
        return str(answer["out"])

    def _host(self, service: str) -> subprocess.Popen[str]:
        if service not in self._hosts:
            module = PROGRAMS[service][-1]
            self._hosts[service] = subprocess.Popen(
                [sys.executable, "-m", "localstack.command_host", module],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                text=True,
            )
        return self._hosts[service]
