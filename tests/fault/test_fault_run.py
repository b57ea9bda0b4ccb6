"""Payments under fire: whatever dies, money is paid once, never lost, never misreported.

Short in `make test`; `make fault` sets GERBANG_FAULT_LONG for the long form.
GERBANG_FAULT_SEED repeats a run's choices.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
from fault_run import (
    BANK_TIMEOUT_S,
    LEASE_S,
    QUICK,
    RATES,
    Scale,
    chosen_seed,
    long_run,
    run_faults,
)
from localstack import free_ports
from localstack.configs import numbered
from localstack.stack import Stack
from servicekit.testing_mariadb import MariaDBMissingError, MariaDBServer

ROOT = Path(__file__).resolve().parents[2]
CRASHING = (str(Path(__file__).with_name("crashing_bank_adapter.py")),)
DATABASES = ("auth", "signer", "bank_adapter", "audit")

ONE_OF_EACH = Scale(payments=200, at_once=6, kills=16, pause_s=0.5)
ONE_OF_EACH_LONG = Scale(payments=2_000, at_once=12, kills=60, pause_s=1.0)
REPLICAS = Scale(payments=100, at_once=6, kills=6, pause_s=0.5, freeze_s=LEASE_S + 1)
REPLICAS_LONG = Scale(payments=1_000, at_once=12, kills=40, pause_s=1.0, freeze_s=LEASE_S + 1)


@pytest.fixture
def start_stack(tmp_path: Path) -> Iterator[Callable[..., Stack]]:
    with ExitStack() as running:

        def start(**choices: Any) -> Stack:
            settings = free_ports.settings(
                ROOT,
                state=tmp_path / "gerbang",
                bank_timeout_s=BANK_TIMEOUT_S,
                transfer_wait_s=3.0,
                **choices,
            )
            names = [
                *(numbered("bank-adapter", i) for i in range(settings.bank_adapter_processes)),
                *(numbered("worker", i) for i in range(settings.worker_processes)),
            ]
            return running.enter_context(
                Stack(
                    settings,
                    programs={"bank-adapter": CRASHING},
                    overrides={**dict.fromkeys(names, QUICK), "edge": {"rates": RATES}},
                    say=lambda _line: None,
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


@pytest.mark.timeout(1800)
async def test_no_fault_pays_twice_loses_or_lies(start_stack: Callable[..., Stack]) -> None:
    scale = ONE_OF_EACH_LONG if long_run() else ONE_OF_EACH
    seed = chosen_seed()

    verdict = await run_faults(start_stack(), scale, seed=seed)

    assert not verdict.broken, f"seed {seed}:\n" + "\n".join(verdict.broken)
    assert verdict.ends["SETTLED"] > verdict.ends.total() / 2
    assert verdict.kills >= scale.kills


@pytest.mark.timeout(1800)
async def test_replicas_that_die_or_sleep_past_their_lease_pay_once(
    start_stack: Callable[..., Stack], database: MariaDBServer
) -> None:
    """Two adapters and two workers on one MariaDB, which is killed as well."""
    scale = REPLICAS_LONG if long_run() else REPLICAS
    seed = chosen_seed()
    urls = {f"{name}_database_url": database.create_schema(name) for name in DATABASES}
    stack = start_stack(bank_adapter_processes=2, worker_processes=2, **urls)

    verdict = await run_faults(stack, scale, seed=seed, database=database)

    assert not verdict.broken, f"seed {seed}:\n" + "\n".join(verdict.broken)
    assert verdict.ends["SETTLED"] > verdict.ends.total() / 2
    assert verdict.kills >= scale.kills
