"""The process says truly whether its memory is kept out of swap."""

import subprocess
import sys

PROGRAM = """
import resource, sys
from pathlib import Path
from signer.adapters.process_memory import lock_memory
if sys.argv[1] == "limited":
    resource.setrlimit(resource.RLIMIT_MEMLOCK, (65536, 65536))
    from signer.adapters import process_memory
    process_memory._capable = lambda: False
told = lock_memory()
locked = [line.split()[1] for line in Path("/proc/self/status").open() if line.startswith("VmLck")]
print(told, int(locked[0]) > 0)
"""


def told_and_true(how: str) -> list[str]:
    command = [sys.executable, "-c", PROGRAM, how]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout.split()  # noqa: S603 - our own program


def test_what_is_said_of_the_lock_is_so() -> None:
    told, true = told_and_true("as it is")
    assert told == true


def test_under_a_limit_nothing_is_locked() -> None:
    assert told_and_true("limited") == ["False", "False"]
