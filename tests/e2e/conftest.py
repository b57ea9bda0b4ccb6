"""The whole of Gerbang, started once for all end-to-end tests."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from localstack import contracts, free_ports
from localstack.bank_admin import BankAdmin
from localstack.erp import ERP
from localstack.nursery import Nursery
from localstack.stack import Stack

ROOT = Path(__file__).resolve().parents[2]
# Short, so that a test of a slow bank is not slow itself.
TRANSFER_WAIT_S = 3.0
BANK_TIMEOUT_S = 8.0


@pytest.fixture(scope="session")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    settings = free_ports.settings(
        ROOT,
        state=tmp_path_factory.mktemp("gerbang"),
        transfer_wait_s=TRANSFER_WAIT_S,
        bank_timeout_s=BANK_TIMEOUT_S,
    )
    # The same programs, forked: what they cost is their start, and `make demo` tests that.
    nursery = Nursery()
    try:
        with Stack(settings, nursery=nursery) as running:
            yield running
            obituary = running.obituary()
    finally:
        nursery.close()
    assert obituary is None, obituary


@pytest.fixture
def erp(stack: Stack) -> Iterator[ERP]:
    with stack.erp() as client:
        yield client


@pytest.fixture
def bank(stack: Stack) -> Iterator[BankAdmin]:
    """The simulator's administrative side; its faults are cleared afterwards."""
    with BankAdmin(stack.settings.simulator_admin_url) as admin:
        yield admin
        admin.clear_faults()


@pytest.fixture
def reference() -> Callable[[], str]:
    """Makes ERP references nobody used before."""
    return lambda: f"INV-{secrets.token_hex(6)}"


@pytest.fixture(scope="session")
def every_rpc() -> list[str]:
    """The full method of every RPC of every service, by the contracts."""
    return [
        f"/{service.full_name}/{method.name}"
        for service in contracts.services()
        for method in service.methods
    ]
