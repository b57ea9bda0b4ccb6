"""The bank's word comes after everybody stopped waiting for it.

A sender falls asleep with the answer in its hands, its payment is given up and
asked about, and then it wakes up and says what it heard.
"""

from __future__ import annotations

import signal
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from chaos import state_of
from crashing_bank_adapter import crash_folder
from localstack import free_ports
from localstack.bank_admin import BankAdmin
from localstack.erp import ERP
from localstack.nursery import Nursery
from localstack.stack import Stack
from plan import Manner, Order
from settings import BANK_TIMEOUT_S, TRANSFER_WAIT_S, overrides
from test_fault_run import CRASHING, ROOT

WITHIN_S = 40.0
SENDER = "bank-adapter"
ANSWERED = Order(family=SENDER, step="bank_answered", manner=Manner.FREEZE)
ASYNC = {"prefer": "respond-async"}


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory, nursery: Nursery) -> Iterator[Stack]:
    settings = free_ports.settings(
        ROOT,
        state=tmp_path_factory.mktemp("late"),
        bank_timeout_s=BANK_TIMEOUT_S,
        transfer_wait_s=TRANSFER_WAIT_S,
        bank_adapter_processes=2,
    )
    with Stack(
        settings,
        programs={"bank-adapter": CRASHING},
        overrides=overrides(2),
        say=lambda _line: None,
        nursery=nursery,
    ) as running:
        crash_folder(running.config_file(SENDER)).mkdir()
        yield running


@pytest.fixture
def erp(stack: Stack) -> Iterator[ERP]:
    with stack.erp() as client:
        yield client


@pytest.fixture
def bank(stack: Stack) -> Iterator[BankAdmin]:
    with BankAdmin(stack.settings.simulator_admin_url) as admin:
        yield admin
        admin.clear_faults()


def until(what: Callable[[], Any]) -> Any:
    """The first true answer."""
    deadline = time.monotonic() + WITHIN_S
    while not (found := what()):
        assert time.monotonic() < deadline
        time.sleep(0.05)
    return found


def asleep(stack: Stack) -> str | None:
    senders = (name for name in stack.names() if name.startswith(SENDER))
    return next((name for name in senders if state_of(stack.pid(name)) == "T"), None)


def paid_by_a_sleeper(stack: Stack, erp: ERP, reference: str, *, amount: str) -> tuple[str, str]:
    """A payment whose sender fell asleep with the answer: the transfer's path, the sleeper."""
    Path(crash_folder(stack.config_file(SENDER)) / str(ANSWERED)).touch()
    transfer = erp.post("/v1/transfers", erp.order(reference, amount=amount), **ASYNC).json()
    return f"/v1/transfers/{transfer['transferId']}", until(lambda: asleep(stack))


def awaited(erp: ERP, path: str, state: str) -> dict[str, Any]:
    """The transfer in this state, whichever replica answers."""

    def look() -> dict[str, Any] | None:
        answer = erp.get(path)
        shown: dict[str, Any] = answer.json()
        return shown if answer.is_success and shown["state"] == state else None

    found: dict[str, Any] = until(look)
    return found


def reasons(transfer: dict[str, Any]) -> list[str]:
    return [event.get("reason", "") for event in transfer["events"]]


def test_late_success_settles_what_was_given_up(stack: Stack, erp: ERP, bank: BankAdmin) -> None:
    # Nobody but the sleeper can know: the bank answers no question.
    bank.fault("http_500", service="36", count=None)
    path, sleeper = paid_by_a_sleeper(stack, erp, "LATE-1", amount="31001.00")
    given_up = awaited(erp, path, "UNKNOWN")
    assert "OWNER_DIED" in reasons(given_up) or "DEADLINE_PASSED" in reasons(given_up)

    stack.kill(sleeper, signal.SIGCONT)

    settled = awaited(erp, path, "SETTLED")
    assert len(bank.debits(settled["bankPartnerReferenceNo"])) == 1


def test_late_refusal_rejects_what_was_given_up(stack: Stack, erp: ERP, bank: BankAdmin) -> None:
    bank.fault("answer", service="17", http_status=403, case_code="14")
    bank.fault("http_500", service="36", count=None)
    path, sleeper = paid_by_a_sleeper(stack, erp, "LATE-2", amount="31002.00")
    awaited(erp, path, "UNKNOWN")

    stack.kill(sleeper, signal.SIGCONT)

    rejected = awaited(erp, path, "REJECTED")
    assert bank.debits(rejected["bankPartnerReferenceNo"]) == []


def test_late_success_repeats_what_the_inquiry_said(
    stack: Stack, erp: ERP, bank: BankAdmin
) -> None:
    path, sleeper = paid_by_a_sleeper(stack, erp, "LATE-3", amount="31003.00")
    awaited(erp, path, "SETTLED")

    stack.kill(sleeper, signal.SIGCONT)

    until(lambda: "LATE_SETTLED" in reasons(erp.get(path).json()))
    settled = awaited(erp, path, "SETTLED")
    assert len(bank.debits(settled["bankPartnerReferenceNo"])) == 1


def test_refusal_of_what_an_inquiry_settled_calls_a_person(
    stack: Stack, erp: ERP, bank: BankAdmin
) -> None:
    """The bank booked it, told the inquiry so, and told the sleeper the opposite."""
    bank.fault("answer", service="17", http_status=403, case_code="14", booked=True)
    path, sleeper = paid_by_a_sleeper(stack, erp, "LATE-4", amount="31004.00")
    awaited(erp, path, "SETTLED")

    stack.kill(sleeper, signal.SIGCONT)

    contradicted = awaited(erp, path, "NEEDS_OPERATOR")
    assert reasons(contradicted)[-1] == "BANK_CONTRADICTS"
    assert len(bank.debits(contradicted["bankPartnerReferenceNo"])) == 1


def test_success_of_what_an_inquiry_rejected_calls_a_person(
    stack: Stack, erp: ERP, bank: BankAdmin
) -> None:
    bank.fault("status", service="36", status="06", count=None)
    path, sleeper = paid_by_a_sleeper(stack, erp, "LATE-5", amount="31005.00")
    awaited(erp, path, "REJECTED")

    stack.kill(sleeper, signal.SIGCONT)

    contradicted = awaited(erp, path, "NEEDS_OPERATOR")
    assert reasons(contradicted)[-1] == "BANK_CONTRADICTS"
