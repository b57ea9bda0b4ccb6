"""Every bank of the local stack over every rail that it offers, to the end."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import httpx
import pytest
from localstack import banks, demo_client
from localstack.bank_admin import BankAdmin
from localstack.banks import LocalBank
from localstack.demo_client import ELSEWHERE
from localstack.erp import ERP

Reference = Callable[[], str]
WITHIN_S = 30.0
VIRTUAL = {"beneficiaryAccountNo": demo_client.VIRTUAL_ACCOUNT}
LARGE = {"amount": "150000000.00"}


@dataclass(frozen=True, slots=True)
class Route:
    """The rail asked for, what the order says besides, and the rail taken."""

    bank: LocalBank
    asked: str
    fields: dict[str, Any]
    taken: str

    def __str__(self) -> str:
        return f"{self.bank.bank_id}-{self.asked}"


ROUTES = [
    Route(banks.BCA, "INTRABANK", {}, "INTRABANK"),
    Route(banks.BCA, "BIFAST", ELSEWHERE, "BIFAST"),
    Route(banks.BCA, "ONLINE", ELSEWHERE, "ONLINE"),
    Route(banks.BCA, "SKN", ELSEWHERE, "SKN"),
    Route(banks.BCA, "RTGS", ELSEWHERE | LARGE, "RTGS"),
    Route(banks.BCA, "VIRTUAL_ACCOUNT", VIRTUAL, "VIRTUAL_ACCOUNT"),
    Route(banks.BCA, "AUTO", ELSEWHERE, "BIFAST"),
    Route(banks.PAYDIA, "ONLINE", ELSEWHERE, "ONLINE"),
    Route(banks.PAYDIA, "AUTO", ELSEWHERE, "ONLINE"),
    Route(banks.BCA_LEGACY, "INTRABANK", {}, "INTRABANK"),
    Route(banks.BCA_LEGACY, "AUTO", {}, "INTRABANK"),
    Route(banks.GENERIC, "INTRABANK", {}, "INTRABANK"),
    Route(banks.GENERIC, "BIFAST", ELSEWHERE, "BIFAST"),
    Route(banks.GENERIC, "ONLINE", ELSEWHERE, "ONLINE"),
    Route(banks.GENERIC, "SKN", ELSEWHERE, "SKN"),
    Route(banks.GENERIC, "RTGS", ELSEWHERE | LARGE, "RTGS"),
    Route(banks.GENERIC, "AUTO", {}, "INTRABANK"),
]


@pytest.mark.parametrize("route", ROUTES, ids=str)
def test_bank_is_paid_over_each_rail_it_offers(
    erp: ERP, bank: BankAdmin, reference: Reference, route: Route
) -> None:
    order = erp.order(
        reference(),
        bank=route.bank.bank_id,
        sourceAccountNo=route.bank.source_account,
        rail=route.asked,
        **route.fields,
    )

    answer = erp.post("/v1/transfers", order)
    assert answer.status_code == httpx.codes.OK, answer.text
    transfer = settled(erp, answer.json())

    assert (transfer["bank"], transfer["rail"]) == (route.bank.bank_id, route.taken)
    debits = bank.debits(transfer["bankPartnerReferenceNo"])
    assert debits == [order["amount"]["value"]]


def settled(erp: ERP, transfer: dict[str, Any]) -> dict[str, Any]:
    """The transfer once the bank, asked as often as it takes, called it done."""
    deadline = time.monotonic() + WITHIN_S
    while transfer["state"] != "SETTLED":
        assert transfer["state"] == "PENDING", transfer
        assert time.monotonic() < deadline, transfer
        time.sleep(0.2)
        answer = erp.post(f"/v1/transfers/{transfer['transferId']}:inquire")
        assert answer.status_code == httpx.codes.OK, answer.text
        transfer = answer.json()
    return transfer
