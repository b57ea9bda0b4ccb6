"""The command lines of the services, each with its configuration file."""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
import sys
import tempfile
import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import IO, Self

from localstack.nursery import Newborn, Nursery
from localstack.parts import PROGRAMS

# A database that does not answer must end a start, not hold it.
TIMEOUT_S = 180.0


class ProvisionError(Exception):
    """A command of a service failed. The text is what it said."""


class Commands:
    """Runs commands of services; one process a service, ended with the block.

    Two threads may run commands of two services, not of one. With a `nursery`
    the processes are forked by it.
    """

    def __init__(self, configs: Mapping[str, Path], nursery: Nursery | None = None) -> None:
        self._configs = configs
        self._nursery = nursery
        self._hosts: dict[str, Host] = {}

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        for host in self._hosts.values():
            host.end()

    def run(self, service: str, *arguments: str | Path) -> str:
        """Runs `python -m SERVICE ARGUMENTS --config FILE`; returns what it printed.

        Raises ProvisionError with its error text.
        """
        host = self._host(service)
        words = [*map(str, arguments), "--config", str(self._configs[service])]
        watchdog = threading.Timer(TIMEOUT_S, host.process.kill)
        watchdog.start()
        try:
            host.asked.write(json.dumps(words) + "\n")
            host.asked.flush()
            line = host.answers.readline()
        finally:
            watchdog.cancel()
        if not line:
            raise ProvisionError(f"{service} {words[0]}: no answer; is its database there?")
        answer = json.loads(line)
        if answer["code"] != 0:
            said = (answer["err"] or answer["out"]).strip()
            raise ProvisionError(f"{service} {' '.join(words[:2])}: {said}")
        return str(answer["out"])

    def _host(self, service: str) -> Host:
        if service not in self._hosts:
            command = [sys.executable, "-m", "localstack.command_host", PROGRAMS[service][-1]]
            self._hosts[service] = (
                interpreted(command) if self._nursery is None else forked(command, self._nursery)
            )
        return self._hosts[service]


@dataclass(frozen=True, slots=True, kw_only=True)
class Host:
    """A process that runs one service's commands: a line asks, a line answers."""

    process: subprocess.Popen[str] | Newborn
    asked: IO[str]
    answers: IO[str]

    def end(self) -> None:
        self.process.kill()
        self.process.wait()
        self.answers.close()
        # What was never read must not be an error now.
        with contextlib.suppress(OSError):
            self.asked.close()


def interpreted(command: Sequence[str]) -> Host:
    process = subprocess.Popen(
        command,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    if process.stdin is None or process.stdout is None:
        raise AssertionError("the host was started with pipes")
    return Host(process=process, asked=process.stdin, answers=process.stdout)


def forked(command: Sequence[str], nursery: Nursery) -> Host:
    with tempfile.TemporaryDirectory() as folder:
        asked, answers = Path(folder, "asked"), Path(folder, "answers")
        os.mkfifo(asked, 0o600)
        os.mkfifo(answers, 0o600)
        process = nursery.bear(command, log_file=Path(os.devnull), reads=asked, writes=answers)
        # Each of these waits for the other side, in the order in which it opens them.
        return Host(process=process, asked=asked.open("w"), answers=answers.open())
