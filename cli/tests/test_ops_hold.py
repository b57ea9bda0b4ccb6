"""`gerbang-ops hold` against the real bank-adapter, and the command before its start."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from bank_adapter.bootstrap import House
from bank_adapter.entrypoints.hold_command import hold_everything
from ops_run import CommandLine
from ops_services import running_adapter
from servicekit.config import TLSSettings

REASON = ("--reason", "an odd payment was seen")


@pytest.fixture
async def house(
    ops: CommandLine, pki: dict[str, TLSSettings], tmp_path: Path
) -> AsyncIterator[House]:
    async with running_adapter(tmp_path, pki) as (opened, port):
        ops.targets["bank-adapter"] = port
        yield opened


async def test_hold_is_placed_shown_and_released_under_the_persons_name(
    house: House, ops: CommandLine
) -> None:
    empty = await ops.run("hold", "show")
    placed = await ops.run("hold", "on", *REASON)
    shown = await ops.run("hold", "show", "--json")
    unsure = await ops.run("hold", "off", *REASON, typed="yes\n")
    released = await ops.run("hold", "off", *REASON, typed="release\n")

    assert empty.stdout == "Nothing was ever on hold.\n"
    assert "ON HOLD" in placed.stdout
    assert [(one["operator"], one["kind"]) for one in shown.json()] == [("jane", "INCIDENT")]
    assert (unsure.code, released.code) == (7, 0)
    assert "sending" in released.stdout


async def test_hold_written_before_the_start_is_one_after_a_restore(
    house: House, ops: CommandLine
) -> None:
    await hold_everything(house.settings, "backup of last night put back")

    shown = await ops.run("hold", "show", "--json")

    assert [(one["scope"], one["kind"], one["on"]) for one in shown.json()] == [
        ("*", "RESTORE", True)
    ]


async def test_bank_that_is_not_there_is_refused(house: House, ops: CommandLine) -> None:
    refused = await ops.run("hold", "on", "--bank", "none", *REASON)

    assert refused.code == 5
    assert "bank is not configured here" in refused.stderr


async def test_operator_without_the_scope_holds_nothing(house: House, ops: CommandLine) -> None:
    refused = await ops.run("hold", "on", *REASON, as_="operator/mallory")

    assert refused.code == 4
