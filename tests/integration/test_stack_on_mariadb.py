"""The main job on a real MariaDB, with two processes of each kind that may be many.

The long life of a transfer is tested elsewhere; this is the smoke path: every
service on the other database, work shared by replicas, one replica dead.
"""

from __future__ import annotations

import secrets
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import httpx
import pytest
from bank_adapter.adapters.sql_tables import bank_token
from localstack import banks, free_ports
from localstack.bank_admin import BankAdmin
from localstack.erp import ERP
from localstack.nursery import Nursery
from localstack.stack import Stack
from servicekit.config import DatabaseSettings
from servicekit.database import open_engine, read
from servicekit.testing_mariadb import MariaDBServer
from sqlalchemy import select

ROOT = Path(__file__).resolve().parents[2]
FINAL_WITHIN_S = 20.0


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    folder = tmp_path_factory.mktemp("mariadb")
    server = MariaDBServer(folder / "server")
    server.install()
    server.start()
    nursery = Nursery()
    try:
        settings = free_ports.settings(
            ROOT,
            state=folder / "gerbang",
            bank_adapter_processes=2,
            worker_processes=2,
            **{
                f"{service}_database_url": server.create_schema(service)
                for service in ("auth", "signer", "bank_adapter", "audit")
            },
        )
        with Stack(settings, known=(banks.BCA,), nursery=nursery) as running:
            yield running
    finally:
        nursery.close()
        server.stop()


@pytest.fixture
def erp(stack: Stack) -> Iterator[ERP]:
    with stack.erp() as client:
        yield client


def pay(erp: ERP, **fields: Any) -> dict[str, Any]:
    answer = erp.post("/v1/transfers", erp.order(f"INV-{secrets.token_hex(6)}", **fields))
    assert answer.status_code == httpx.codes.OK, answer.text
    transfer: dict[str, Any] = answer.json()
    return transfer


def test_a_transfer_settles_and_is_found_in_the_audit(stack: Stack, erp: ERP) -> None:
    transfer = pay(erp)
    assert transfer["state"] == "SETTLED"

    deadline = time.monotonic() + FINAL_WITHIN_S
    path = "/v1/audit/events"
    while not erp.get(path, transferId=transfer["transferId"]).json().get("events"):
        assert time.monotonic() < deadline
        time.sleep(0.1)
    with BankAdmin(stack.settings.simulator_admin_url) as bank:
        assert bank.debits(transfer["bankPartnerReferenceNo"]) == ["150000.00"]


def test_a_reference_is_one_key_whichever_replica_answers(erp: ERP) -> None:
    order = erp.order(f"INV-{secrets.token_hex(6)}")

    answers = [erp.post("/v1/transfers", order).json() for _ in range(6)]

    assert len({answer["transferId"] for answer in answers}) == 1
    assert [answer["replayed"] for answer in answers] == [False] + [True] * 5


def test_identifiers_that_differ_in_case_or_blanks_are_two(erp: ERP) -> None:
    """MySQL's text columns would fold them; ours are bytes."""
    name = f"INV-{secrets.token_hex(6)}"

    made = [erp.post("/v1/transfers", erp.order(text)).json() for text in (name, name.lower())]

    assert len({transfer["transferId"] for transfer in made}) == 2


def test_a_lost_answer_is_settled_by_the_other_replica_after_a_kill(stack: Stack, erp: ERP) -> None:
    with BankAdmin(stack.settings.simulator_admin_url) as bank:
        bank.fault("drop_after_booking", service="17")
        transfer = pay(erp, amount="777003.00")
        assert transfer["state"] == "UNKNOWN"
        stack.kill("bank-adapter")

        path = f"/v1/transfers/{transfer['transferId']}"
        deadline = time.monotonic() + FINAL_WITHIN_S
        while erp.post(f"{path}:inquire").json().get("state") != "SETTLED":
            assert time.monotonic() < deadline
            time.sleep(0.2)

        assert bank.debits(transfer["bankPartnerReferenceNo"]) == ["777003.00"]
    stack.restart("bank-adapter")


def test_replicas_ask_for_one_token_a_generation(stack: Stack, erp: ERP) -> None:
    """Whoever finds the token dead, one process asks for the next, and all use it."""
    with BankAdmin(stack.settings.simulator_admin_url) as bank:
        bank.rules(new_token_revokes_old=True)
        pay(erp)
        before = generation(stack), len(bank.requests("73"))
        for _ in range(3):
            bank.revoke_tokens()
            with ThreadPoolExecutor(max_workers=12) as payers:
                paid = list(payers.map(lambda _number: pay_alone(stack), range(24)))
            for transfer in paid:
                await_settled(erp, transfer["transferId"])
                assert len(bank.debits(transfer["bankPartnerReferenceNo"])) == 1
        after = generation(stack), len(bank.requests("73"))

    assert (after[0] - before[0], after[1] - before[1]) == (3, 3)


def await_settled(erp: ERP, transfer_id: str) -> None:
    deadline = time.monotonic() + FINAL_WITHIN_S
    while erp.get(f"/v1/transfers/{transfer_id}").json().get("state") != "SETTLED":
        assert time.monotonic() < deadline
        time.sleep(0.1)


def pay_alone(stack: Stack) -> dict[str, Any]:
    """A payment over a connection of its own, so that any replica may have it."""
    with stack.erp() as erp:
        return pay(erp)


def generation(stack: Stack) -> int:
    """Which token of the bank the replicas share now."""
    engine = open_engine(DatabaseSettings(url=stack.settings.database_url("bank-adapter")))
    try:
        with read(engine) as connection:
            return int(connection.execute(select(bank_token.c.generation)).scalar_one())
    finally:
        engine.dispose()
