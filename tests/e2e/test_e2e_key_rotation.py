"""A rotation as an operator does it: stage, probe at the bank, promote, while payments go on."""

from __future__ import annotations

import secrets
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from localstack import banks
from localstack.bank_admin import BankAdmin
from localstack.erp import ERP
from localstack.ops import gerbang_ops, run
from localstack.stack import Stack

Reference = Callable[[], str]
PAYMENTS_AFTER = 3


@contextmanager
def paying(stack: Stack, reference: Reference) -> Iterator[list[str]]:
    """Payments one after another until the block ends; gives their states as they come."""
    states: list[str] = []
    enough = threading.Event()

    def pay() -> None:
        with stack.erp() as erp:
            while not enough.is_set():
                answer = erp.post("/v1/transfers", erp.order(reference()))
                states.append(answer.json().get("state", answer.text))

    payer = threading.Thread(target=pay)
    payer.start()
    try:
        yield states
    finally:
        enough.set()
        payer.join()


def versions(stack: Stack, key_id: str) -> dict[int, str]:
    listed = gerbang_ops(stack, "keys", "list")
    return {one["version"]: one["state"] for one in listed if one["profile"]["keyId"] == key_id}


@pytest.fixture
def back_again(stack: Stack) -> Iterator[Callable[[str, int], None]]:
    """Promotes the versions that were active before, for the tests that follow."""
    before: list[tuple[str, int]] = []
    yield lambda key_id, version: before.append((key_id, version))
    for key_id, version in before:
        gerbang_ops(stack, "keys", "promote", key_id, str(version), "--yes")


def rotate(
    stack: Stack,
    *,
    key_id: str,
    stage: list[str],
    probe: list[str],
    register: Callable[[int], None],
) -> int:
    """Gives the version that is active in the end. The bank does not know it at first."""
    staged = gerbang_ops(stack, "keys", "stage", key_id, *stage)["version"]
    which = (key_id, str(staged))
    unknown = run(stack, "keys", "probe", *which, *probe)
    early = run(stack, "keys", "promote", *which, "--yes", "--reason", "I am quite sure")
    register(staged)
    known = gerbang_ops(stack, "keys", "probe", *which, *probe)
    gerbang_ops(stack, "keys", "promote", *which, "--yes")

    assert unknown.returncode == 5, unknown.stderr
    assert early.returncode == 5
    assert "the bank refused" in early.stderr
    assert known["accepted"]
    return int(staged)


def test_a_token_key_is_rotated_under_payments(
    stack: Stack, bank: BankAdmin, erp: ERP, reference: Reference, back_again: Any
) -> None:
    key_id = banks.BCA.token_key
    (active,) = [number for number, state in versions(stack, key_id).items() if "ACTIVE" in state]

    def register(version: int) -> None:
        exported = gerbang_ops(stack, "keys", "export-public", key_id, "--version", str(version))
        bank.register_keys(banks.BCA.client_id, public_key_pem=exported["pem"])

    with paying(stack, reference) as states:
        new = rotate(stack, key_id=key_id, stage=[], probe=["--bank", "bca"], register=register)
        back_again(key_id, active)
        # The next payment finds its token dead and has another one signed for.
        bank.revoke_tokens()
        for _ in range(PAYMENTS_AFTER):
            answer = erp.post("/v1/transfers", erp.order(reference())).json()
            assert answer["state"] == "SETTLED"

    assert set(states) == {"SETTLED"}
    assert "ACTIVE" in versions(stack, key_id)[new]
    assert "VERIFY_ONLY" in versions(stack, key_id)[active]


def test_a_shared_secret_is_rotated_under_payments(
    *,
    stack: Stack,
    bank: BankAdmin,
    erp: ERP,
    reference: Reference,
    back_again: Any,
    tmp_path: Path,
) -> None:
    key_id = banks.BCA.transaction_key
    (active,) = [number for number, state in versions(stack, key_id).items() if "ACTIVE" in state]
    secret = secrets.token_urlsafe(32)
    file = tmp_path / "secret"
    file.write_text(secret)
    file.chmod(0o600)

    with paying(stack, reference) as states:
        new = rotate(
            stack,
            key_id=key_id,
            stage=["--secret-file", str(file)],
            probe=["--account", banks.BCA.source_account],
            register=lambda _: bank.register_keys(banks.BCA.client_id, secret=secret),
        )
        back_again(key_id, active)
        for _ in range(PAYMENTS_AFTER):
            answer = erp.post("/v1/transfers", erp.order(reference())).json()
            assert answer["state"] == "SETTLED"

    assert set(states) == {"SETTLED"}
    assert "ACTIVE" in versions(stack, key_id)[new]
