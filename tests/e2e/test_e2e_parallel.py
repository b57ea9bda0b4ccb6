"""Many equal requests at once: one transfer, one debit."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Callable

import httpx
from localstack.bank_admin import BankAdmin
from localstack.erp import ERP
from localstack.stack import Stack

REQUESTS = 200
TIMEOUT_S = 60.0


async def at_once(stack: Stack, erp: ERP, orders: list[dict[str, object]]) -> list[httpx.Response]:
    """Sends every order on a connection of its own."""
    async with httpx.AsyncClient(
        base_url=stack.settings.url,
        verify=ssl.create_default_context(cafile=str(stack.ca_file)),
        headers={"Origin": erp.client.origin, "Authorization": f"Bearer {erp.token()}"},
        limits=httpx.Limits(max_connections=len(orders)),
        timeout=TIMEOUT_S,
        trust_env=False,
    ) as http:
        return await asyncio.gather(*(http.post("/v1/transfers", json=order) for order in orders))


def test_the_same_request_200_times_at_once_is_one_transfer_and_one_debit(
    stack: Stack, erp: ERP, bank: BankAdmin, reference: Callable[[], str]
) -> None:
    name = reference()

    answers = asyncio.run(at_once(stack, erp, [erp.order(name)] * REQUESTS))

    assert {answer.status_code for answer in answers} == {httpx.codes.OK}
    transfers = [answer.json() for answer in answers]
    assert len({transfer["transferId"] for transfer in transfers}) == 1
    assert sum(not transfer.get("replayed") for transfer in transfers) == 1
    listed = erp.get("/v1/transfers", partnerReferenceNo=name).json()["transfers"]
    assert len(listed) == 1
    assert len(bank.debits(listed[0]["bankPartnerReferenceNo"])) == 1


def test_one_key_with_two_contents_at_once_is_one_transfer_and_the_rest_conflicts(
    stack: Stack, erp: ERP, bank: BankAdmin, reference: Callable[[], str]
) -> None:
    name = reference()
    amounts = ["20000.00", "30000.00"] * (REQUESTS // 2)

    answers = asyncio.run(
        at_once(stack, erp, [erp.order(name, amount=amount) for amount in amounts])
    )

    (transfer,) = erp.get("/v1/transfers", partnerReferenceNo=name).json()["transfers"]
    for amount, answer in zip(amounts, answers, strict=True):
        if amount == transfer["amount"]["value"]:
            assert answer.status_code == httpx.codes.OK, answer.text
            assert answer.json()["transferId"] == transfer["transferId"]
        else:
            assert answer.status_code == httpx.codes.CONFLICT, answer.text
    assert bank.debits(transfer["bankPartnerReferenceNo"]) == [transfer["amount"]["value"]]
