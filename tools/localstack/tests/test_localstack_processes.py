import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import pytest
from localstack.processes import Part, Processes, ProcessFailedError

SLEEPER = [sys.executable, "-I", "-S", "-c", "import time; time.sleep(60)"]


def part(
    name: str, command: Sequence[str] = SLEEPER, *, ready: Callable[[], bool] = lambda: True
) -> Part:
    return Part(name=name, family=name, stage=1, command=command, ready=ready)


@pytest.fixture
def processes(tmp_path: Path) -> Iterator[Processes]:
    made = Processes(tmp_path / "log", say=lambda _: None)
    yield made
    made.end_all()


def exists(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


def until(condition: Callable[[], bool], *, within_s: float = 10.0) -> None:
    deadline = time.monotonic() + within_s
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.01)


def test_a_process_that_ends_is_named_with_the_end_of_its_log(processes: Processes) -> None:
    talker = [sys.executable, "-I", "-S", "-c", "print('no such key'); raise SystemExit(3)"]

    with pytest.raises(ProcessFailedError, match=r"(?s)signer ended \(exit code 3\).*no such key"):
        processes.start([part("signer", talker, ready=lambda: False)])


def test_a_killed_process_is_noticed_and_can_be_started_again(processes: Processes) -> None:
    processes.start([part("audit"), part("auth")])
    first = processes.pid("audit")

    processes.signal("audit", signal.SIGKILL)
    assert processes.first_dead() == "audit"
    processes.restart("audit")

    assert processes.first_dead() is None
    assert processes.pid("audit") != first


def test_a_process_frozen_by_a_test_still_ends(processes: Processes) -> None:
    processes.start([part("worker")])
    processes.signal("worker", signal.SIGSTOP)

    processes.end(["worker"])

    assert processes.first_dead() == "worker"


@pytest.mark.skipif(sys.platform != "linux", reason="the kernel's help is Linux's")
def test_no_process_outlives_a_stack_that_was_killed(tmp_path: Path) -> None:
    script = (
        "import sys, time\n"
        "from pathlib import Path\n"
        "from localstack.processes import Part, Processes\n"
        "p = Processes(Path(sys.argv[1]), say=print)\n"
        "part = Part(\n"
        "    name='auth', family='auth', stage=1, command=sys.argv[2:], ready=lambda: True\n"
        ")\n"
        "p.start([part])\n"
        "print(p.pid('auth'), flush=True)\n"
        "time.sleep(60)\n"
    )
    stack = subprocess.Popen(
        [sys.executable, "-c", script, str(tmp_path), *SLEEPER], stdout=subprocess.PIPE, text=True
    )
    with stack:
        assert stack.stdout is not None
        stack.stdout.readline()
        child = int(stack.stdout.readline())
        until(lambda: exists(child))
        stack.kill()

    until(lambda: not exists(child))
