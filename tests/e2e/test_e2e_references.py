"""Whose reference it is: two clients with one, a third key, a bank that knows it already."""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable, Iterator

import httpx
import pytest
from localstack import banks
from localstack.bank_admin import BankAdmin
from localstack.banks import LocalBank
from localstack.demo_client import BANK, ELSEWHERE, SOURCE_ACCOUNT
from localstack.erp import ERP
from localstack.stack import Stack

Reference = Callable[[], str]
WITHIN_S = 20.0
SCOPES = ("transfers.write", "transfers.read")
PAID_BY: list[tuple[LocalBank, str, dict[str, str]]] = [
    (banks.BCA, "17", {}),
    (banks.PAYDIA, "43", ELSEWHERE),
    (banks.BCA_LEGACY, "17", {}),
    (banks.GENERIC, "17", {}),
]


def lonely_amount() -> str:
    """Nobody else's: what waits for a person must hold nothing else up."""
    return f"{200_000 + secrets.randbelow(10_000_000)}.00"


@pytest.fixture
def neighbour(stack: Stack) -> Iterator[ERP]:
    """Another client that may pay from the same account."""
    client = stack.create_client(
        "neighbour-erp", scopes=SCOPES, accounts=[f"{BANK}:{SOURCE_ACCOUNT}"]
    )
    with stack.erp(client) as erp:
        yield erp


def test_reference_of_two_clients_is_two_payments_and_a_third_key_is_refused(
    erp: ERP, neighbour: ERP, bank: BankAdmin, reference: Reference
) -> None:
    order = erp.order(reference(), amount=lonely_amount())

    mine = erp.post("/v1/transfers", order).json()
    theirs = neighbour.post("/v1/transfers", order).json()
    third = erp.post("/v1/transfers", order, Idempotency_Key="another key of mine")

    assert (mine["state"], theirs["state"]) == ("SETTLED", "SETTLED")
    assert mine["transferId"] != theirs["transferId"]
    assert mine["bankPartnerReferenceNo"] != theirs["bankPartnerReferenceNo"]
    for paid in (mine, theirs):
        assert len(bank.debits(paid["bankPartnerReferenceNo"])) == 1
    assert third.status_code == httpx.codes.CONFLICT
    assert mine["transferId"] in third.text
    assert theirs["transferId"] not in third.text


@pytest.mark.parametrize("same", [True, False], ids=["same payment", "another amount"])
@pytest.mark.parametrize("paid_by", PAID_BY, ids=[local.bank_id for local, _, _ in PAID_BY])
def test_reference_that_the_bank_knows_already_is_never_settled(
    erp: ERP,
    bank: BankAdmin,
    reference: Reference,
    paid_by: tuple[LocalBank, str, dict[str, str]],
    *,
    same: bool,
) -> None:
    local, service, fields = paid_by
    bank.fault("known_reference", service=service, booked=same)
    order = erp.order(
        reference(),
        amount=lonely_amount(),
        bank=local.bank_id,
        sourceAccountNo=local.source_account,
        **fields,
    )

    transfer = erp.post("/v1/transfers", order).json()

    assert transfer["state"] == "NEEDS_OPERATOR", transfer
    assert bank.references()[transfer["bankPartnerReferenceNo"]]["debits"] == 0
    asked = erp.post(f"/v1/transfers/{transfer['transferId']}:inquire").json()
    assert asked["state"] == "NEEDS_OPERATOR"


@pytest.mark.parametrize("field", ["amount", "account", "reference"])
def test_inquiry_that_echoes_somebody_elses_payment_settles_nothing(
    erp: ERP, bank: BankAdmin, reference: Reference, field: str
) -> None:
    bank.fault("drop_after_booking", service="17")
    bank.fault("wrong_echo", service="36", field=field, count=None)
    transfer = erp.post("/v1/transfers", erp.order(reference(), amount=lonely_amount())).json()
    assert transfer["state"] == "UNKNOWN"

    asked = erp.post(f"/v1/transfers/{transfer['transferId']}:inquire").json()
    assert asked["state"] == "UNKNOWN", asked
    bank.clear_faults()

    deadline = time.monotonic() + WITHIN_S
    while asked["state"] != "SETTLED":
        assert time.monotonic() < deadline, asked
        time.sleep(0.2)
        asked = erp.post(f"/v1/transfers/{transfer['transferId']}:inquire").json()
    assert len(bank.debits(transfer["bankPartnerReferenceNo"])) == 1
