"""A process ends in order on a signal and fails loudly on an error."""

import signal
import subprocess
import sys

import pytest

PROGRAM = """
import asyncio, resource, sys
from servicekit.process import run

async def main():
    print(type(asyncio.get_running_loop()).__module__, resource.getrlimit(resource.RLIMIT_CORE))
    print("ready", flush=True)
    try:
        {body}
    finally:
        print("closed", flush=True)

run(main{options})
print("after", flush=True)
"""


def start(body: str, options: str = "") -> "subprocess.Popen[str]":
    return subprocess.Popen(  # noqa: S603 - our own interpreter
        [sys.executable, "-c", PROGRAM.format(body=body, options=options)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_signal_cancels_main_which_closes_in_order(number: signal.Signals):
    process = start("await asyncio.Event().wait()")
    assert process.stdout is not None
    first = process.stdout.readline()
    assert process.stdout.readline() == "ready\n"
    process.send_signal(number)
    rest, problems = process.communicate(timeout=30)
    assert (rest, problems, process.returncode) == ("closed\nafter\n", "", 0)
    assert first == "uvloop (0, 0)\n"


def test_error_in_main_ends_the_process_with_it():
    process = start("raise ValueError('broken')")
    output, problems = process.communicate(timeout=30)
    assert output.endswith("closed\n")
    assert "ValueError: broken" in problems
    assert process.returncode == 1


def test_main_that_returns_ends_the_process():
    process = start("pass", ", core_dumps=True")
    output, _problems = process.communicate(timeout=30)
    assert output.endswith("closed\nafter\n")
    assert process.returncode == 0
