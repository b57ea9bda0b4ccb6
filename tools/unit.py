"""Runs each part's own tests, several parts side by side.

One pytest a folder, as many at a time as there are cores (at most four), the
slowest first. Prints one line for a folder that passes and everything for one
that does not. A folder that hangs is made to say where, and killed with all that
it started. `python tools/unit.py FOLDER...` runs only these.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from typing import IO

ROOT = Path(__file__).resolve().parent.parent
MOST_AT_A_TIME = 4
# The rest follows in the order of the alphabet.
SLOWEST_FIRST = (
    "services/bank-adapter",
    "services/signer",
    "services/audit",
    "libs/servicekit",
    "services/auth",
    "edge",
)
PATTERNS = (
    "libs/*",
    "services/*",
    "simulator",
    "edge",
    "cli",
    "deploy/*",
    "tools",
    "tests/contract",
)
NO_TESTS_FOUND = 5
# Several times what the slowest takes on a busy machine. Each test has a limit of its
# own; this one is for what hangs outside of a test: an import, the end of a process.
FOLDER_TIMEOUT_S = 1_200
LAST_WORDS_S = 10
INTERRUPTED = 130
# The process groups of the pytests at work.
at_work: set[int] = set()


def folders() -> list[str]:
    """Every folder with tests of its own, the slowest first."""
    found = {
        str(folder.relative_to(ROOT))
        for pattern in PATTERNS
        for folder in ROOT.glob(pattern)
        if any(folder.rglob("test_*.py"))
    }
    first = [name for name in SLOWEST_FIRST if name in found]
    return first + sorted(found.difference(first))


def run(folder: str) -> bool:
    """Runs one folder; True when all is well."""
    begin = time.monotonic()
    # A file, because a pipe would stay open as long as anything that a test left behind.
    with tempfile.TemporaryFile("w+", errors="replace") as output:
        code = run_pytest(folder, output)
        output.seek(0)
        said = output.read()
    took_s = time.monotonic() - begin
    if code in (0, NO_TESTS_FOUND):
        print(f"unit: {folder}: {said.strip().splitlines()[-1]} ({took_s:.0f} s)", flush=True)
        return True
    print(f"{said}\nunit: {folder}: failed ({took_s:.0f} s)", flush=True)
    return False


def run_pytest(folder: str, output: IO[str]) -> int:
    """Returns pytest's exit code, or a signal's negative number."""
    # Side by side, they must not write one cache.
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", folder]
    process = subprocess.Popen(
        command,
        cwd=ROOT,
        stdin=subprocess.DEVNULL,
        stdout=output,
        stderr=output,
        env={**os.environ, "PYTHONFAULTHANDLER": "1"},
        process_group=0,
    )
    at_work.add(process.pid)
    try:
        return process.wait(FOLDER_TIMEOUT_S)
    except subprocess.TimeoutExpired:
        # Python prints every thread's stack when it is aborted.
        process.send_signal(signal.SIGABRT)
        with suppress(subprocess.TimeoutExpired):
            process.wait(LAST_WORDS_S)
        return -signal.SIGABRT
    finally:
        at_work.discard(process.pid)
        tell(process.pid, signal.SIGKILL)
        process.wait()


def tell(group: int, number: signal.Signals) -> None:
    """A signal to a whole process group, if it is still there."""
    with suppress(ProcessLookupError):
        os.killpg(group, number)


def main() -> int:
    chosen = sys.argv[1:] or folders()
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    with ThreadPoolExecutor(min(cores or 1, MOST_AT_A_TIME)) as pool:
        try:
            return 0 if all(list(pool.map(run, chosen))) else 1
        except KeyboardInterrupt:
            pool.shutdown(wait=False, cancel_futures=True)
            for group in list(at_work):
                tell(group, signal.SIGINT)
            return INTERRUPTED


if __name__ == "__main__":
    sys.exit(main())
