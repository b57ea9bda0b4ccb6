"""The bank's door: shut, nobody connects; whoever was connected is cut off."""

import asyncio
from typing import Any

import aiohttp
import pytest


async def test_shut_door_admits_nobody_and_the_open_one_everybody(partner: Any, admin: Any) -> None:
    token = await partner.token()
    await admin.post("/admin/door", {"open": False})
    with pytest.raises(aiohttp.ClientError):
        await partner.transfer("1", token=token)

    await admin.post("/admin/door", {"open": True})

    assert (await partner.transfer("1", token=token)).code == "2001700"


async def test_payment_under_way_is_carried_out_though_its_answer_has_nowhere_to_go(
    partner: Any, admin: Any
) -> None:
    token = await partner.token()
    await admin.fault("17", "delay", delayMs=60_000, count=1)
    paying = asyncio.create_task(partner.transfer("1", token=token))
    while not await admin.debits("1"):
        pass

    await admin.post("/admin/door", {"open": True})

    with pytest.raises(aiohttp.ClientError):
        await paying
    assert await admin.debits("1") == 1


async def test_connections_are_cut_when_asked_also_with_the_door_open(
    partner: Any, admin: Any
) -> None:
    await partner.token()

    assert (await admin.post("/admin/door", {"open": True}))["cut"] >= 1
