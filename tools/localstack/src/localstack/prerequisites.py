"""Looks for what would stop the start, and says what to do about it."""

from __future__ import annotations

import fcntl
import os
import shutil
import socket
import sys
from pathlib import Path
from typing import IO

from localstack.settings import Settings

SUGGESTION_STEP = 1000
MAX_PORT = 65_535


class NotReadyError(Exception):
    """Something is missing or taken. The text says what to do."""


def check(settings: Settings) -> None:
    """Raises NotReadyError with every problem, one sentence each."""
    problems = [*port_problems(settings)]
    if not envoy().exists():
        problems.append("Envoy is not installed in .venv: run `make setup`.")
    if problems:
        raise NotReadyError("\n".join(problems))


def envoy() -> Path:
    """Envoy's program: the one installed beside this Python."""
    beside = Path(sys.executable).with_name("envoy")
    found = shutil.which("envoy")
    return beside if beside.exists() or not found else Path(found)


def port_problems(settings: Settings) -> list[str]:
    problems = []
    for variable, port in settings.ports():
        host = settings.host if variable == "GERBANG_EDGE_PORT" else "127.0.0.1"
        if reason := port_problem(host, port):
            problems.append(
                f"Port {port} is {reason}. Stop the program that holds it "
                f"(`ss -ltnp 'sport = :{port}'` names it; perhaps another `make run`), "
                f"or choose another port: {variable}={free_port_near(port)} make run"
            )
    return problems


def port_problem(host: str, port: int) -> str | None:
    with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET) as probe:
        # As servers do: a port in TIME_WAIT is free.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except PermissionError:
            return "not allowed for this user (below 1024)"
        except OSError:
            return "taken"
    return None


def free_port_near(port: int) -> int:
    """A free one well away from the defaults, so that each suggestion is another port."""
    candidates = range(port + SUGGESTION_STEP, MAX_PORT, SUGGESTION_STEP)
    free = (one for one in candidates if port_problem("127.0.0.1", one) is None)
    return next(free, port)


class StateLock:
    """Held while a stack runs: two stacks must not share one state folder."""

    def __init__(self, state: Path) -> None:
        self._path = state / "run.lock"
        self._file: IO[str] | None = None

    def take(self) -> None:
        """Raises NotReadyError while another process holds it; its death frees it."""
        self._path.parent.mkdir(parents=True, exist_ok=True)
        file = self._path.open("a+")
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            file.seek(0)
            owner = file.read().strip() or "unknown"
            file.close()
            raise NotReadyError(
                f"Gerbang already runs from {self._path.parent} (process {owner}). "
                f"Stop it first (Ctrl-C there, or `kill {owner}`)."
            ) from None
        file.truncate(0)
        file.write(f"{os.getpid()}\n")
        file.flush()
        self._file = file

    def give_back(self) -> None:
        if self._file is not None:
            self._file.close()
