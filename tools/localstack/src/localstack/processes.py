"""Starts, watches and ends the processes of the local stack.

Every process leads its own process group, so that Ctrl-C reaches only the
stack, which then ends them in reverse order. On Linux none outlives the stack,
even when the stack itself is killed: `tether.py` sees to it.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

from localstack.health import Check
from localstack.nursery import Newborn, Nursery

TETHER = Path(__file__).with_name("tether.py")
READY_TIMEOUT_S = 120.0
STOP_GRACE_S = 8.0
POLL_S = 0.05
LOG_LINES_SHOWN = 15


class ProcessFailedError(Exception):
    """A process ended, or never served. The text names it and ends with its log."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """One process: what to run and how to see that it serves.

    Parts of one `stage` start together, after the stage before serves. Several
    processes of one `family` do the same work ("bank-adapter", "bank-adapter-2").
    """

    name: str
    family: str
    stage: int
    command: Sequence[str]
    ready: Check
    environment: Mapping[str, str] = field(default_factory=dict)


@dataclass(slots=True, kw_only=True)
class Running:
    part: Part
    popen: subprocess.Popen[bytes] | Newborn
    log_file: Path
    start_s: float


class Processes:
    """The processes of one stack, in the order they were started.

    With a `nursery` they are forked, else each is an interpreter of its own.
    """

    def __init__(
        self, log_folder: Path, *, say: Callable[[str], None], nursery: Nursery | None = None
    ) -> None:
        self._nursery = nursery
        self._log_folder = log_folder
        self._say = say
        self._running: dict[str, Running] = {}
        # Linux ties a child to the THREAD that made it. This one lives as long
        # as the stack, whatever thread of a test asks for a restart.
        self._spawner = ThreadPoolExecutor(max_workers=1, thread_name_prefix="spawner")

    def start(self, parts: Sequence[Part]) -> None:
        """Starts these together and returns when each of them serves.

        Raises ProcessFailedError when one ends or does not serve in time.
        """
        for part in parts:
            self._spawn(part)
        waiting = [self._running[part.name] for part in parts]
        deadline = time.monotonic() + READY_TIMEOUT_S
        while waiting:
            for process in list(waiting):
                if process.popen.poll() is not None:
                    raise ProcessFailedError(self.obituary(process.part.name))
                if process.part.ready():
                    waiting.remove(process)
                    took = time.monotonic() - process.start_s
                    self._say(f"{process.part.name}: serves after {took:.1f} s")
                elif time.monotonic() > deadline:
                    raise ProcessFailedError(
                        f"{process.part.name} does not serve after {READY_TIMEOUT_S:.0f} s\n"
                        + self.log_tail(process.part.name)
                    )
            time.sleep(POLL_S if waiting else 0)

    def signal(self, name: str, number: signal.Signals) -> None:
        """Sends a signal and, when it is SIGKILL, waits for the end."""
        popen = self._running[name].popen
        popen.send_signal(number)
        if number == signal.SIGKILL:
            popen.wait()

    def restart(self, name: str) -> None:
        """Starts a process again, ending it first when it still runs."""
        self.end([name])
        self.start([self._running[name].part])

    def end(self, names: Sequence[str]) -> None:
        """SIGTERM to each in turn, SIGKILL to what is left after the grace."""
        for name in names:
            popen = self._running[name].popen
            if popen.poll() is None:
                popen.terminate()
                # A stopped process sees SIGTERM only when it goes on.
                popen.send_signal(signal.SIGCONT)
        deadline = time.monotonic() + STOP_GRACE_S
        for name in names:
            popen = self._running[name].popen
            try:
                popen.wait(timeout=max(0.0, deadline - time.monotonic()))
            except subprocess.TimeoutExpired:
                self._say(f"{name}: still there after {STOP_GRACE_S:.0f} s, killed")
                popen.kill()
                popen.wait()

    def end_all(self) -> None:
        """Ends everything, the last stage first."""
        stages = sorted({p.part.stage for p in self._running.values()}, reverse=True)
        for stage in stages:
            self.end([name for name, p in self._running.items() if p.part.stage == stage])
        self._spawner.shutdown()

    def kill_all(self) -> None:
        """For a user who will not wait."""
        for process in self._running.values():
            process.popen.kill()

    def names(self) -> list[str]:
        return list(self._running)

    def pid(self, name: str) -> int:
        return self._running[name].popen.pid

    def first_dead(self) -> str | None:
        """Name of a process that is gone, or None."""
        return next(iter(self.dead()), None)

    def dead(self) -> list[str]:
        """Names of the processes that are gone."""
        return [name for name, process in self._running.items() if process.popen.poll() is not None]

    def obituary(self, name: str) -> str:
        """How a process ended and the last lines it wrote."""
        code = self._running[name].popen.poll()
        how = (
            f"killed by {signal.Signals(-code).name}" if code and code < 0 else f"exit code {code}"
        )
        return f"{name} ended ({how}); the end of its log:\n{self.log_tail(name)}"

    def log_tail(self, name: str) -> str:
        log_file = self._running[name].log_file
        lines = log_file.read_text(errors="replace").splitlines()[-LOG_LINES_SHOWN:]
        return "\n".join([f"  {line}" for line in lines] + [f"  (whole log: {log_file})"])

    def _spawn(self, part: Part) -> None:
        log_file = self._log_folder / f"{part.name}.log"
        log_file.parent.mkdir(parents=True, exist_ok=True)
        if part.name not in self._running and log_file.exists():
            log_file.replace(log_file.with_suffix(".previous.log"))
        command = [sys.executable, "-I", "-S", str(TETHER), str(os.getpid()), *part.command]
        nursery = self._nursery

        def spawn() -> subprocess.Popen[bytes] | Newborn:
            if nursery is not None:
                return nursery.bear(part.command, log_file=log_file, environment=part.environment)
            with log_file.open("ab") as log:
                return subprocess.Popen(
                    command,
                    stdin=subprocess.DEVNULL,
                    stdout=log,
                    stderr=subprocess.STDOUT,
                    start_new_session=True,
                    env={**os.environ, **part.environment},
                )

        start_s = time.monotonic()
        popen = self._spawner.submit(spawn).result()
        self._running[part.name] = Running(
            part=part, popen=popen, log_file=log_file, start_s=start_s
        )
