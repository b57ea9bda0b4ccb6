"""Payments under fire: whatever dies, money is paid once, never lost, never misreported.

Short in `make test`; `make fault` sets GERBANG_FAULT_LONG for the long form.
GERBANG_FAULT_SEED repeats a run's plan.
"""

from __future__ import annotations

import importlib
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
from fault_run import chosen_seed, long_run, run_faults
from localstack import free_ports
from localstack.nursery import Nursery
from localstack.stack import Stack
from plan import Scale
from report import Report
from servicekit.testing_mariadb import MariaDBMissingError, MariaDBServer
from settings import BANK_TIMEOUT_S, TRANSFER_WAIT_S, overrides

ROOT = Path(__file__).resolve().parents[2]
CRASHING = (str(Path(__file__).with_name("crashing_bank_adapter.py")),)
DATABASES = ("auth", "signer", "bank_adapter", "audit")
# Every kind of fault of the simulator; it is an application without types.
KINDS = frozenset(importlib.import_module("simulator.faults.kinds").KINDS)
LEAST_KINDS = 20

ONE_OF_EACH = Scale(payments=200, at_once=8, blows=20, freezes=1)
ONE_OF_EACH_LONG = Scale(payments=6_500, at_once=16, blows=110, freezes=8, pause_s=2.0, pace_s=1.0)
REPLICAS = Scale(
    payments=100, at_once=6, blows=14, processes=2, has_database=True, steps=False, freezes=1
)
REPLICAS_LONG = Scale(
    payments=4_000, at_once=16, blows=80, processes=2, has_database=True, freezes=8,
    pause_s=2.0, pace_s=1.0,
)  # fmt: skip


@pytest.fixture
def start_stack(tmp_path: Path, nursery: Nursery) -> Iterator[Callable[..., Stack]]:
    with ExitStack() as running:

        def start(scale: Scale, **choices: Any) -> Stack:
            settings = free_ports.settings(
                ROOT,
                state=tmp_path / "gerbang",
                bank_timeout_s=BANK_TIMEOUT_S,
                transfer_wait_s=TRANSFER_WAIT_S,
                bank_adapter_processes=scale.processes,
                worker_processes=scale.processes,
                **choices,
            )
            return running.enter_context(
                Stack(
                    settings,
                    programs={"bank-adapter": CRASHING},
                    overrides=overrides(scale.processes),
                    say=lambda _line: None,
                    nursery=nursery,
                )
            )

        yield start


@pytest.fixture
def database(tmp_path: Path) -> Iterator[MariaDBServer]:
    server = MariaDBServer(tmp_path / "mariadb")
    try:
        server.install()
    except MariaDBMissingError as missing:
        pytest.fail(str(missing))
    server.start()
    yield server
    server.stop()


@pytest.mark.timeout(2400)
async def test_no_fault_pays_twice_loses_or_lies(start_stack: Callable[..., Stack]) -> None:
    scale = ONE_OF_EACH_LONG if long_run() else ONE_OF_EACH

    report = await run_faults(start_stack(scale), scale, seed=chosen_seed())

    judge(report)
    assert len(report.faults) >= LEAST_KINDS
    if long_run():
        assert report.faults.keys() == KINDS
        assert report.ends["RETURNED"]


@pytest.mark.timeout(2400)
async def test_replicas_that_die_or_sleep_past_their_lease_pay_once(
    start_stack: Callable[..., Stack], database: MariaDBServer
) -> None:
    """Two adapters and two workers on one MariaDB, which is killed as well."""
    scale = REPLICAS_LONG if long_run() else REPLICAS
    urls = {f"{name}_database_url": database.create_schema(name) for name in DATABASES}

    report = await run_faults(
        start_stack(scale, **urls), scale, seed=chosen_seed(), database=database
    )

    judge(report)
    assert report.strikes["database killed"]
    assert report.freezes


def judge(report: Report) -> None:
    """What holds for every run, however long."""
    assert not report.broken, f"seed {report.seed}:\n" + "\n".join(report.broken)
    assert not report.never_obeyed, f"seed {report.seed}"
    assert min(report.routes.values()) > 0
    assert report.ends["SETTLED"] > report.ends.total() / 2
