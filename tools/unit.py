"""Runs each part's own tests, several parts side by side.

One pytest a folder, as many at a time as there are cores (at most four), the
slowest first. Prints one line for a folder that passes and everything for one
that does not. `python tools/unit.py FOLDER...` runs only these.
"""

from __future__ import annotations

import os
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
MOST_AT_A_TIME = 4
# The rest follows in the order of the alphabet.
SLOWEST_FIRST = ("services/signer", "services/bank-adapter", "services/audit", "edge")
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
# Several times what the slowest takes on a busy machine; a hang must not last.
FOLDER_TIMEOUT_S = 1_200


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
    # Side by side, they must not write one cache.
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", folder]
    try:
        done = subprocess.run(
            command,
            cwd=ROOT,
            check=False,
            capture_output=True,
            text=True,
            stdin=subprocess.DEVNULL,
            timeout=FOLDER_TIMEOUT_S,
        )
    except subprocess.TimeoutExpired as hung:
        said = hung.stdout.decode(errors="replace") if isinstance(hung.stdout, bytes) else ""
        print(f"{said}\nunit: {folder}: killed after {FOLDER_TIMEOUT_S} s", flush=True)
        return False
    took_s = time.monotonic() - begin
    if done.returncode in (0, NO_TESTS_FOUND):
        verdict = done.stdout.strip().splitlines()[-1]
        print(f"unit: {folder}: {verdict} ({took_s:.0f} s)", flush=True)
        return True
    print(f"{done.stdout}{done.stderr}\nunit: {folder}: failed ({took_s:.0f} s)", flush=True)
    return False


def main() -> int:
    chosen = sys.argv[1:] or folders()
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    with ThreadPoolExecutor(min(cores or 1, MOST_AT_A_TIME)) as pool:
        return 0 if all(list(pool.map(run, chosen))) else 1


if __name__ == "__main__":
    sys.exit(main())
