"""Runs a load generator in a process of its own, and is its other end.

Its CPU time is then nobody else's. A job goes in as one JSON line; "ready"
comes back once every connection stands, a line on standard input starts the
load, and the result is one JSON line.
"""

from __future__ import annotations

import dataclasses
import json
import math
import resource
import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TypeVar

from load_job import SigningJob, SigningLoad, TransferJob, TransferLoad

READY = "ready"
# Beyond warm-up and measuring: the last answers, and a slow start.
PATIENCE_S = 90.0

Job = TypeVar("Job", TransferJob, SigningJob)
Result = TypeVar("Result", TransferLoad, SigningLoad)


class LoadFailedError(Exception):
    """A load generator ended without a result. The text is what it said."""


def run(
    program: Path,
    job: TransferJob | SigningJob,
    result: type[Result],
    *,
    started: Callable[[], None],
) -> Result:
    """Runs one load generator to its end.

    `started` is called when every connection stands and before the first
    request. Raises LoadFailedError.
    """
    with subprocess.Popen(
        [sys.executable, str(program)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        try:
            process.stdin.write(json.dumps(dataclasses.asdict(job)) + "\n")
            process.stdin.flush()
            if process.stdout.readline().strip() == READY:
                started()
                process.stdin.write("go\n")
                process.stdin.flush()
            output, said = process.communicate(timeout=job.warm_up_s + job.timed_s + PATIENCE_S)
        except BaseException:
            process.kill()
            raise
    if process.returncode != 0 or not output:
        raise LoadFailedError(f"{program.name} failed:\n{said[-2000:]}")
    return result(**json.loads(output))


def take(job: type[Job]) -> Job:
    """In the load generator: the job it was given."""
    return job(**json.loads(sys.stdin.readline()))


def wait_for_go() -> None:
    print(READY, flush=True)
    sys.stdin.readline()


def give(result: TransferLoad | SigningLoad) -> None:
    print(json.dumps(dataclasses.asdict(result)), flush=True)


def cpu_s() -> float:
    """CPU seconds this process has used, in user and kernel mode."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


def percentile(sorted_values: Sequence[float], share: float) -> float:
    """The smallest value that `share` of all do not exceed; 0.0 of nothing."""
    if not sorted_values:
        return 0.0
    return sorted_values[max(0, math.ceil(share * len(sorted_values)) - 1)]
