"""`gerbang-ops transfers to-approve|approve|decline` against the real bank-adapter."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from bank_adapter.bootstrap import House
from bank_adapter.domain.states import State
from ops_run import CommandLine
from ops_services import put_to_approve, running_adapter
from servicekit.config import TLSSettings

REASON = ("--reason", "invoice and order were seen")


@pytest.fixture
async def house(
    ops: CommandLine, pki: dict[str, TLSSettings], tmp_path: Path
) -> AsyncIterator[House]:
    async with running_adapter(tmp_path, pki) as (opened, port):
        ops.targets["bank-adapter"] = port
        yield opened


async def test_what_waits_is_listed(house: House, ops: CommandLine) -> None:
    empty = await ops.run("transfers", "to-approve")
    transfer = await put_to_approve(house)

    told = await ops.run("transfers", "to-approve")
    machine = await ops.run("transfers", "to-approve", "--json")

    assert empty.stdout == "No transfer waits for approval.\n"
    assert transfer.transfer_id in told.stdout
    assert [one["clientId"] for one in machine.json()] == ["erp"]


@pytest.mark.parametrize(
    ("verb", "state"), [("approve", State.PREPARED), ("decline", State.REJECTED)]
)
async def test_confirmed_word_is_taken(
    house: House, ops: CommandLine, verb: str, state: State
) -> None:
    transfer = await put_to_approve(house)

    done = await ops.run("transfers", verb, transfer.transfer_id, *REASON, typed=f"{verb}\n")
    again = await ops.run("transfers", verb, transfer.transfer_id, *REASON, "--yes")

    assert done.code == 0, done.stderr
    stored = await house.ledger.get(transfer.transfer_id)
    assert stored is not None
    assert stored.state is state
    assert again.code == 5


async def test_without_the_word_nothing_changes(house: House, ops: CommandLine) -> None:
    transfer = await put_to_approve(house)

    refused = await ops.run("transfers", "approve", transfer.transfer_id, *REASON, typed="yes\n")

    assert refused.code == 7
    assert await house.ledger.get(transfer.transfer_id) == transfer


async def test_operator_without_the_scope_approves_nothing(house: House, ops: CommandLine) -> None:
    transfer = await put_to_approve(house)

    refused = await ops.run(
        "transfers", "approve", transfer.transfer_id, *REASON, "--yes", as_="operator/mallory"
    )

    assert refused.code == 4
    assert "transfers.approve" in refused.stderr
