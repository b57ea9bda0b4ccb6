"""`gerbang-ops transfers` against the real bank-adapter."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from bank_adapter.bootstrap import House
from bank_adapter.domain.change import Change, bump, note
from bank_adapter.domain.states import State
from ops_run import CommandLine
from ops_services import put_waiting, running_adapter
from servicekit.config import TLSSettings

REASON = ("--reason", "BCA confirmed it by telephone")


@pytest.fixture
async def house(
    ops: CommandLine, pki: dict[str, TLSSettings], tmp_path: Path
) -> AsyncIterator[House]:
    async with running_adapter(tmp_path, pki) as (opened, port):
        ops.targets["bank-adapter"] = port
        yield opened


async def test_nothing_waiting_is_said_in_a_sentence(house: House, ops: CommandLine) -> None:
    told = await ops.run("transfers", "list")

    assert (told.code, told.stdout) == (0, "No transfer waits for a person.\n")


async def test_list_shows_what_waits_longest_first(house: House, ops: CommandLine) -> None:
    first = await put_waiting(house, "INV-1")
    second = await put_waiting(house, "INV-2")

    told = await ops.run("transfers", "list", "--json")
    table = await ops.run("transfers", "list")

    ids = [one["transfer"]["transferId"] for one in told.json()]
    assert ids == [first.transfer_id, second.transfer_id]
    assert first.transfer_id in table.stdout
    assert "IDR 1250000.00" in table.stdout


async def test_show_tells_what_the_bank_said_without_steering_the_terminal(
    house: House, ops: CommandLine
) -> None:
    transfer = await put_waiting(house)

    told = await ops.run("transfers", "show", transfer.transfer_id, "--statement")

    assert told.code == 0, told.stderr
    assert "The bank was asked to the end of the schedule" in told.stdout
    assert "HTTP 504 5041700" in told.stdout
    assert "[red]odd" in told.stdout
    assert "\x1b" not in told.stdout
    assert "******1575" in told.stdout
    assert "The bank gave none" in told.stdout
    assert "You may decide: --settled, --rejected, --resume" in told.stdout


@pytest.mark.parametrize(
    ("option", "word", "state"),
    [
        ("--settled", "settled", State.SETTLED),
        ("--rejected", "rejected", State.REJECTED),
        ("--resume", "resumed", State.PREPARED),
    ],
)
async def test_confirmed_decision_is_taken_under_the_persons_name(
    *, house: House, ops: CommandLine, option: str, word: str, state: State
) -> None:
    transfer = await put_waiting(house)

    done = await ops.run(
        "transfers", "resolve", transfer.transfer_id, option, *REASON, typed=f"{word}\n"
    )
    shown = await ops.run("transfers", "show", transfer.transfer_id)

    assert done.code == 0, done.stderr
    stored = await house.ledger.get(transfer.transfer_id)
    assert stored is not None
    assert stored.state is state
    assert "by jane at" in shown.stdout
    assert "BCA confirmed it by telephone" in shown.stdout


@pytest.mark.parametrize("typed", ["", "yes\n", "rejected\n"])
async def test_without_the_word_nothing_changes(house: House, ops: CommandLine, typed: str) -> None:
    transfer = await put_waiting(house)

    refused = await ops.run(
        "transfers", "resolve", transfer.transfer_id, "--settled", *REASON, typed=typed
    )

    assert refused.code == 7
    assert await house.ledger.get(transfer.transfer_id) == transfer


async def test_json_of_a_decision_is_alone_on_stdout(house: House, ops: CommandLine) -> None:
    transfer = await put_waiting(house)

    done = await ops.run(
        "transfers", "resolve", transfer.transfer_id, "--settled", *REASON, "--yes", "--json"
    )

    assert done.json()["state"] == "SETTLED"
    assert "You may decide" in done.stderr


async def test_second_decision_is_refused(house: House, ops: CommandLine) -> None:
    transfer = await put_waiting(house)
    command = ("transfers", "resolve", transfer.transfer_id, *REASON, "--yes", "--no-statement")
    await ops.run(*command, "--settled")

    refused = await ops.run(*command, "--rejected", as_="operator/budi")

    assert refused.code == 5
    assert "does not wait for a person" in refused.stderr


async def test_reference_that_collided_is_not_sent_again(house: House, ops: CommandLine) -> None:
    transfer = await put_waiting(house, collided=True)

    refused = await ops.run(
        "transfers", "resolve", transfer.transfer_id, "--resume", *REASON, "--yes"
    )

    assert refused.code == 5
    assert "new reference" in refused.stderr
    assert await house.ledger.get(transfer.transfer_id) == transfer


@pytest.mark.parametrize("options", [(), ("--settled", "--rejected")])
async def test_exactly_one_decision_is_wanted(
    house: House, ops: CommandLine, options: tuple[str, ...]
) -> None:
    transfer = await put_waiting(house)

    refused = await ops.run("transfers", "resolve", transfer.transfer_id, *options, *REASON)

    assert refused.code == 2


async def test_what_happens_while_the_person_thinks_stops_the_decision(
    house: House, ops: CommandLine, monkeypatch: pytest.MonkeyPatch
) -> None:
    transfer = await put_waiting(house)
    evidence = house.evidence.about

    async def then_late_evidence(*arguments: object, **options: object) -> object:
        found = await evidence(*arguments, **options)  # type: ignore[arg-type]
        after, line = note(transfer, at_us=transfer.updated_us, actor="bank", reason="LATE_SETTLED")
        await house.ledger.apply(Change(before=transfer, after=bump(after), events=(line,)))
        return found

    monkeypatch.setattr(type(house.evidence), "about", staticmethod(then_late_evidence))

    refused = await ops.run(
        "transfers", "resolve", transfer.transfer_id, "--rejected", *REASON, "--yes"
    )

    assert refused.code == 5
    assert "look again" in refused.stderr


async def test_operator_without_the_scope_is_told_which_one(house: House, ops: CommandLine) -> None:
    refused = await ops.run("transfers", "list", as_="operator/mallory")

    assert refused.code == 4
    assert "transfers.operate" in refused.stderr
    assert "internal_clients" in refused.stderr


async def test_unknown_transfer_is_refused(house: House, ops: CommandLine) -> None:
    refused = await ops.run("transfers", "show", "01NONE")

    assert refused.code == 5
    assert "transfer not found" in refused.stderr
