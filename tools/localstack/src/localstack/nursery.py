"""Starts Python processes by forking one that has imported everything already.

Starting a service is mostly importing it: seconds of CPU, thousands of times
what its work needs. Tests that kill processes all the time start them here; the
processes are the same programs with the same arguments, each in a session of
its own, and none outlives the nursery. `make run` does not use it.

`python -m localstack.nursery` is the process that forks: it reads one JSON
object a line and answers each with one.
"""

from __future__ import annotations

import ctypes
import importlib
import json
import os
import runpy
import select
import signal
import subprocess
import sys
import threading
import time
import traceback
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NoReturn

from localstack.tether import PR_SET_PDEATHSIG

TETHER = Path(__file__).with_name("tether.py")
POLL_S = 0.01
# What the programs import at their start, and late: found by importing nothing else.
IMPORTED = (
    "auth.entrypoints.command_line",
    "signer.entrypoints.cli",
    "audit.entrypoints.cli",
    "bank_adapter.entrypoints.command_line",
    "simulator.__main__",
    "edge.__main__",
    "alembic.command",
    "alembic.ddl.mysql",
    "alembic.ddl.sqlite",
    "sqlalchemy.dialects.mysql.pymysql",
    "sqlalchemy.dialects.sqlite.pysqlite",
)


class Newborn:
    """A forked process, with the part of subprocess.Popen that a stack uses."""

    def __init__(self, nursery: Nursery, pid: int) -> None:
        self.pid = pid
        self._nursery = nursery
        self._returncode: int | None = None

    def poll(self) -> int | None:
        """How it ended, as Popen says it; None while it runs."""
        if self._returncode is None:
            self._returncode = self._nursery.reaped(self.pid)
        return self._returncode

    def wait(self, timeout: float | None = None) -> int:
        """Raises subprocess.TimeoutExpired."""
        deadline = None if timeout is None else time.monotonic() + timeout
        while (code := self.poll()) is None:
            if deadline is not None and time.monotonic() > deadline:
                raise subprocess.TimeoutExpired(str(self.pid), timeout or 0.0)
            time.sleep(POLL_S)
        return code

    def send_signal(self, number: int) -> None:
        # Until it is reaped, which only `poll` asks for, its id is nobody else's.
        if self.poll() is None:
            os.kill(self.pid, number)

    def terminate(self) -> None:
        self.send_signal(signal.SIGTERM)

    def kill(self) -> None:
        self.send_signal(signal.SIGKILL)


class Nursery:
    """One forking process; it ends with this one, and its children with it."""

    def __init__(self, imported: Sequence[str] = IMPORTED) -> None:
        command = [sys.executable, "-I", "-S", str(TETHER), str(os.getpid())]
        self._lock = threading.Lock()
        self._process = subprocess.Popen(
            [*command, sys.executable, "-m", "localstack.nursery", *imported],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            start_new_session=True,
        )

    def bear(
        self,
        command: Sequence[str],
        *,
        log_file: Path,
        environment: Mapping[str, str] | None = None,
        reads: Path | None = None,
        writes: Path | None = None,
    ) -> Newborn:
        """Runs `python ARGUMENTS`; its words are appended to the log.

        `reads` and `writes` are FIFOs in the place of standard input and output.
        """
        interpreter, *arguments = command
        if interpreter != sys.executable:
            raise ValueError(f"{interpreter} is not the Python that this one is")
        answer = self._ask(
            {
                "run": arguments,
                "log": str(log_file),
                "environment": dict(environment or {}),
                "reads": str(reads or os.devnull),
                "writes": str(writes or log_file),
            }
        )
        return Newborn(self, answer["pid"])

    def reaped(self, pid: int) -> int | None:
        """The return code of a child that has ended, else None."""
        code: int | None = self._ask({"reap": pid})["code"]
        return code

    def close(self) -> None:
        self._process.kill()
        self._process.communicate()

    def _ask(self, question: Mapping[str, Any]) -> dict[str, Any]:
        process = self._process
        if process.stdin is None or process.stdout is None:
            raise AssertionError("the nursery was started with pipes")
        with self._lock:
            process.stdin.write(json.dumps(question).encode() + b"\n")
            process.stdin.flush()
            answer: dict[str, Any] = json.loads(process.stdout.readline() or b"{}")
        return answer


def main() -> None:
    """Imports everything, then forks on demand, with one thread alone."""
    answers = os.dup(1)
    os.dup2(2, 1)
    for name in sys.argv[1:]:
        importlib.import_module(name)
    if threading.active_count() != 1:
        raise SystemExit("nursery: an import has started a thread; a fork would lose it")
    nursery = os.getpid()
    waiting: dict[int, int] = {}
    answer: dict[str, int | None]
    for line in sys.stdin.buffer:
        order = json.loads(line)
        if "run" in order:
            pid = os.fork()
            if pid == 0:
                os.close(answers)
                live(order, parent=nursery)
            waiting[pid] = os.pidfd_open(pid)
            answer = {"pid": pid}
        else:
            answer = {"code": look_after(waiting, order["reap"])}
        os.write(answers, json.dumps(answer).encode() + b"\n")


def look_after(waiting: dict[int, int], pid: int) -> int | None:
    """The return code of a child that has ended; it is buried then."""
    if not select.select([waiting[pid]], [], [], 0)[0]:
        return None
    os.close(waiting.pop(pid))
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])


def live(order: Mapping[str, Any], *, parent: int) -> NoReturn:
    """Becomes the program that was asked for; never comes back."""
    os.setsid()
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
    if os.getppid() != parent:
        # The nursery died before the request reached the kernel.
        os._exit(1)
    appending = os.O_WRONLY | os.O_CREAT | os.O_APPEND
    os.dup2(os.open(order["log"], appending, 0o644), 2)
    os.dup2(os.open(order["reads"], os.O_RDONLY), 0)
    os.dup2(os.open(order["writes"], appending, 0o644), 1)
    os.environ.update(order["environment"])
    code = 1
    try:
        code = run(order["run"])
    except BaseException:  # noqa: BLE001 - written to the log, as an interpreter does
        traceback.print_exc()
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)


def run(arguments: Sequence[str]) -> int:
    """`python ARGUMENTS`: `-m MODULE ...` or `FILE ...`."""
    try:
        if arguments[0] == "-m":
            sys.argv = [*arguments[1:]]
            runpy.run_module(arguments[1], run_name="__main__", alter_sys=True)
        else:
            sys.argv = [*arguments]
            runpy.run_path(arguments[0], run_name="__main__")
    except SystemExit as end:
        if isinstance(end.code, str):
            sys.stderr.write(f"{end.code}\n")
            return 1
        return end.code or 0
    return 0


if __name__ == "__main__":
    main()
