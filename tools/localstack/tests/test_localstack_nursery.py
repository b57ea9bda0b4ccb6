"""Processes forked by the nursery are the programs asked for, and end like others."""

import signal
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from localstack.nursery import Newborn, Nursery

PROGRAM = """
import os, sys
print(sys.argv[1:], os.environ["GREETING"], os.getsid(0) == os.getpid(), flush=True)
match sys.argv[1]:
    case "wait":
        import time
        time.sleep(60)
    case "fail":
        raise SystemExit(3)
"""


@pytest.fixture(scope="module")
def nursery() -> Iterator[Nursery]:
    made = Nursery(imported=("json",))
    yield made
    made.close()


@pytest.fixture
def program(tmp_path: Path) -> str:
    path = tmp_path / "program.py"
    path.write_text(PROGRAM)
    return str(path)


def born(nursery: Nursery, program: str, word: str, log: Path) -> Newborn:
    command = [sys.executable, program, word]
    return nursery.bear(command, log_file=log, environment={"GREETING": "selamat"})


def test_program_gets_its_arguments_environment_and_session(
    nursery: Nursery, program: str, tmp_path: Path
) -> None:
    log = tmp_path / "log"

    code = born(nursery, program, "once", log).wait(10)

    assert (code, log.read_text()) == (0, "['once'] selamat True\n")


def test_exit_code_is_told(nursery: Nursery, program: str, tmp_path: Path) -> None:
    assert born(nursery, program, "fail", tmp_path / "log").wait(10) == 3


def test_error_is_written_to_the_log(nursery: Nursery, tmp_path: Path) -> None:
    child = nursery.bear([sys.executable, "-m", "no_such_module"], log_file=tmp_path / "log")

    assert child.wait(10) == 1
    assert "no_such_module" in (tmp_path / "log").read_text()


def test_killed_child_is_noticed(nursery: Nursery, program: str, tmp_path: Path) -> None:
    child = born(nursery, program, "wait", tmp_path / "log")
    assert child.poll() is None

    child.kill()

    assert child.wait(10) == -signal.SIGKILL
    assert not Path(f"/proc/{child.pid}").exists()


def test_child_does_not_outlive_its_nursery(program: str, tmp_path: Path) -> None:
    nursery = Nursery(imported=("json",))
    child = born(nursery, program, "wait", tmp_path / "log")

    nursery.close()

    deadline = time.monotonic() + 10
    while lives(child.pid):
        assert time.monotonic() < deadline
        time.sleep(0.01)


def lives(pid: int) -> bool:
    """Whether it runs; one that ended may lie about until init takes it away."""
    try:
        stat = Path(f"/proc/{pid}/stat").read_text()
    except FileNotFoundError:
        return False
    return stat.rpartition(")")[2].split()[0] != "Z"


def test_another_program_than_this_python_is_refused(nursery: Nursery, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="/bin/true is not the Python"):
        nursery.bear(["/bin/true"], log_file=tmp_path / "log")
