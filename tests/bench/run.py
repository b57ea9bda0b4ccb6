"""`make bench`: how fast the whole chain is, what it costs, and whether it stayed right.

Starts the local stack on a MariaDB of its own, measures, stops it. Exit code
1 when a payment was debited twice, lost or misreported; slowness is not an
error. docs/bench.md says how to read the tables.
"""

from __future__ import annotations

import argparse
import os
import signal
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NoReturn

import bank_books
import ceiling
import installation
import openssl_speed
from backlog import Backlog
from installation import Installation, ProcessDiedError
from load_process import LoadFailedError
from localstack.commands import ProvisionError
from localstack.prerequisites import NotReadyError
from localstack.processes import ProcessFailedError
from plan import QUICK, WHOLE, Plan
from report import Report
from servicekit.testing_mariadb import MariaDBMissingError
from signing import SigningBench, SigningResult
from transfer_steps import StepResult, TransferSteps

ROOT = Path(__file__).resolve().parents[2]
SIGNING_SHIP_S = 60.0


def say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="run.py", description="Speed of the whole chain.")
    parser.add_argument("--quick", action="store_true", help="fewer and shorter steps, 90 s")
    parser.add_argument("--json", type=Path, metavar="FILE", help="also write every figure there")
    parser.add_argument(
        "--folder", type=Path, help="where databases and logs are kept and left [default: none]"
    )
    return parser.parse_args()


def measure(here: Installation, plan: Plan) -> Report:
    with Backlog(here.stack) as backlog:
        steps = transfers(here, backlog, plan)
        broken = bank_books.broken_rules(here, steps)
        # The chain has come to rest: from here on only the signer works.
        openssl = openssl_speed.rsa_2048_signs_per_s()
        signed = signatures(here, backlog, plan)
    broken += [f"{one.algorithm}: a signature is not genuine" for one in signed if not one.genuine]
    return Report(
        cores=os.cpu_count() or 1,
        steps=steps,
        openssl_rsa_per_s=openssl,
        signing=signed,
        broken=broken,
    )


def transfers(here: Installation, backlog: Backlog, plan: Plan) -> list[StepResult]:
    """Each step beside its ceiling, so that both saw the same machine."""
    found = []
    steps = TransferSteps(
        here,
        backlog,
        warm_up_s=plan.warm_up_s,
        timed_s=plan.timed_s,
        prefix=f"BENCH-{int(time.time()):x}-",
    )
    try:
        with ceiling.running(here, say=say) as above:
            for connections in plan.connections:
                say(f"measuring: {connections} connections")
                found.append(steps.ceiling(connections, above))
                found.append(steps.gateway(connections, bank_delay_ms=0))
        for connections in plan.slow_connections:
            say(f"measuring: {connections} connections, a bank of {plan.slow_bank_ms} ms")
            found.append(steps.gateway(connections, bank_delay_ms=plan.slow_bank_ms))
    finally:
        steps.close()
    return found


def signatures(here: Installation, backlog: Backlog, plan: Plan) -> list[SigningResult]:
    bench = SigningBench(here, warm_up_s=plan.warm_up_s, timed_s=plan.signing_s)
    say("measuring: RSA-2048 signatures")
    rsa = bench.rsa()
    backlog.wait_until_empty(within_s=SIGNING_SHIP_S)
    say("measuring: HMAC-SHA512 signatures")
    return [rsa, bench.hmac()]


@contextmanager
def folder_of(given: Path | None) -> Iterator[Path]:
    """The given folder, or one that is removed afterwards."""
    if given is not None:
        given.mkdir(parents=True)
        yield given
        return
    with tempfile.TemporaryDirectory(prefix="gerbang-bench-") as folder:
        yield Path(folder)


def fail(text: str) -> NoReturn:
    say(f"bench: {text}")
    sys.exit(2)


def main() -> None:
    chosen = arguments()
    # Whoever ends the bench ends all that it started.
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda number, _frame: sys.exit(128 + number))
    begin = time.monotonic()
    try:
        with (
            folder_of(chosen.folder) as folder,
            installation.running(ROOT, folder, say=say) as here,
        ):
            report = measure(here, QUICK if chosen.quick else WHOLE)
    except MariaDBMissingError as error:
        fail(f"{error}. The bench runs on MariaDB: install Debian's mariadb-server-core")
    except (NotReadyError, ProvisionError, ProcessFailedError) as error:
        fail(str(error))
    except (LoadFailedError, ProcessDiedError) as error:
        fail(str(error))
    for line in report.lines():
        print(line)
    print(f"took {time.monotonic() - begin:.0f} s")
    if chosen.json:
        report.write_json(chosen.json)
    sys.exit(1 if report.broken else 0)


if __name__ == "__main__":
    main()
