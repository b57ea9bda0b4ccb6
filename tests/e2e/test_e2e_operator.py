"""A payment that the machine may not decide, decided by the demo operator's command line."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

from localstack.bank_admin import BankAdmin
from localstack.erp import ERP
from localstack.ops import gerbang_ops, run
from localstack.stack import Stack

Reference = Callable[[], str]


def test_collided_payment_waits_for_a_person_and_ends_by_their_word(
    stack: Stack, erp: ERP, bank: BankAdmin, reference: Reference
) -> None:
    bank.fault("answer", service="17", http_status=409, case_code="01")
    made = erp.post("/v1/transfers", erp.order(reference())).json()
    transfer_id = made["transferId"]
    assert made["state"] == "NEEDS_OPERATOR"

    waiting = gerbang_ops(stack, "transfers", "list")
    evidence = gerbang_ops(stack, "transfers", "show", transfer_id, "--statement")
    resolved = gerbang_ops(
        stack, "transfers", "resolve", transfer_id, "--rejected", "--yes",
        "--reason", "the bank holds this reference for a payment of somebody else",
    )  # fmt: skip

    assert transfer_id in [one["transfer"]["transferId"] for one in waiting]
    assert evidence["statement"]["complete"]
    assert evidence["allowedResolutions"] == ["SETTLED", "REJECTED"]
    assert resolved["state"] == "REJECTED"
    seen = erp.get(f"/v1/transfers/{transfer_id}").json()
    assert (seen["state"], seen["events"][-1]["actor"]) == ("REJECTED", "demo-operator")
    assert bank.debits(made["bankPartnerReferenceNo"]) == []


def test_settled_payment_is_found_on_the_banks_statement(
    stack: Stack, erp: ERP, reference: Reference
) -> None:
    name = reference()
    order = erp.order(name) | {"remark": f"E2E {name}".replace("-", " ")[:36]}
    made = erp.post("/v1/transfers", order).json()
    assert made["state"] == "SETTLED"

    # Other tests leave debits that are nobody's on the same account: exit code 6.
    run(stack, "statements", "run", "bca", erp.client.source_account)

    seen = erp.get(f"/v1/transfers/{made['transferId']}").json()
    assert seen["state"] == "SETTLED"
    assert seen["reconcileTime"]
    assert seen["events"][-1]["toState"] == "RECONCILED"


def test_journal_is_unbroken(stack: Stack) -> None:
    assert gerbang_ops(stack, "journal", "verify")["unbroken"]


def test_every_signature_has_its_attempt_and_every_message_its_signature(
    stack: Stack, erp: ERP, reference: Reference
) -> None:
    erp.post("/v1/transfers", erp.order(reference())).raise_for_status()
    erp.get(f"/v1/accounts/{erp.client.source_account}/balance").raise_for_status()
    deadline = time.monotonic() + 30
    # What was asked reaches the audit through an outbox.
    while (done := run(stack, "reconcile", "--leave-out-s", "0")).returncode != 0:
        assert time.monotonic() < deadline, done.stdout
        time.sleep(0.5)

    found = json.loads(done.stdout)
    assert found["findings"] == []
    assert found["attempts"] >= 1
    assert found["questions"] >= 2  # the balance and a token


def test_audit_is_unbroken_and_its_export_verifies_offline(stack: Stack, tmp_path: Path) -> None:
    export = tmp_path / "audit.ndjson"
    noted = gerbang_ops(stack, "audit", "head")["head"]
    command = [sys.executable, "-m", "gerbang_ops", "--config", str(stack.ops_file)]
    command += ["audit", "export", "--output", str(export)]
    copied = subprocess.run(command, check=False, capture_output=True, text=True, timeout=60)

    assert copied.returncode == 0, copied.stderr
    verified = gerbang_ops(stack, "audit", "verify", "--from-head", noted)
    offline = gerbang_ops(stack, "audit", "verify", "--file", str(export), "--from-head", noted)
    assert verified["events"] >= offline["events"] > 0
