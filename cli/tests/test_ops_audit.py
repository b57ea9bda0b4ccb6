"""`gerbang-ops audit` against the real audit, and offline against its exports."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import pytest
from audit.adapters.event_store import SQLEventStore
from audit.domain.event import Event
from ops_run import CommandLine, Outcome, invoke
from ops_services import running_audit
from servicekit.clock import SystemClock
from servicekit.config import DatabaseSettings
from servicekit.database import open_engine
from servicekit.ids import new_ulid

ALARM, USAGE, FAILED = 6, 2, 1


def database(folder: Path) -> DatabaseSettings:
    return DatabaseSettings(url=f"sqlite:///{folder / 'audit.db'}")


def record(folder: Path, count: int) -> None:
    """More events in the running audit's log."""
    clock = SystemClock()
    engine = open_engine(database(folder))
    SQLEventStore(engine, clock).store(
        [
            Event(
                event_id=new_ulid(clock),
                occur_us=clock.now_us(),
                service="auth",
                kind="auth.token_issued",
                actor=f"erp-ünï-{number}",
            )
            for number in range(count)
        ]
    )
    engine.dispose()


def tamper(folder: Path, statement: str) -> None:
    engine = open_engine(database(folder))
    with engine.begin() as connection:
        connection.exec_driver_sql(statement)
    engine.dispose()


@pytest.fixture
async def audit(ops: CommandLine, tmp_path: Path) -> AsyncIterator[CommandLine]:
    async with running_audit(tmp_path, ops.pki) as port:
        ops.targets["audit"] = port
        record(tmp_path, 5)
        yield ops


async def test_an_unbroken_log_is_told_with_its_head(audit: CommandLine, tmp_path: Path) -> None:
    told = await audit.run("audit", "verify", "--json")
    head = (await audit.run("audit", "head")).stdout.strip()
    record(tmp_path, 2)
    later = await audit.run("audit", "verify", "--from-head", head, "--json")

    assert told.json() == {"unbroken": True, "events": 5, "head": head}
    assert later.json()["events"] == 7


async def test_a_log_written_anew_does_not_hold_a_noted_head(audit: CommandLine) -> None:
    forged = await audit.run("audit", "verify", "--from-head", f"3:{'0' * 64}")
    beyond = await audit.run("audit", "verify", "--from-head", f"99:{'0' * 64}")
    odd = await audit.run("audit", "verify", "--from-head", "3")

    assert (forged.code, beyond.code, odd.code) == (ALARM, ALARM, USAGE)
    assert "event 3" in forged.stderr


async def test_an_edit_is_an_alarm_that_names_the_event(audit: CommandLine, tmp_path: Path) -> None:
    tamper(
        tmp_path,
        "UPDATE audit_event SET content = CAST(replace(content, '-2', '-9') AS BLOB)"
        " WHERE chain_sequence = 3",
    )

    broken = await audit.run("audit", "verify")

    assert broken.code == ALARM
    assert "broken at event 3" in broken.stderr


async def test_an_export_is_verified_offline_from_the_start_and_from_a_noted_head(
    audit: CommandLine, tmp_path: Path
) -> None:
    whole, rest = tmp_path / "whole.ndjson", tmp_path / "rest.ndjson"
    noted = (await audit.run("audit", "head")).stdout.strip()
    record(tmp_path, 3)
    exported = await audit.run("audit", "export", "--output", str(whole))
    await audit.run("audit", "export", "--output", str(rest), "--from-head", noted)
    now = (await audit.run("audit", "head")).stdout.strip()

    assert exported.code == 0
    assert offline(whole).json() == {"unbroken": True, "events": 8, "head": now}
    assert offline(whole, noted).json()["head"] == now
    assert offline(rest, noted).json()["head"] == now
    assert offline(rest).code == USAGE
    assert offline(whole, f"5:{'0' * 64}").code == ALARM
    assert offline(whole, f"99:{'0' * 64}").code == ALARM


async def test_an_export_never_writes_over_a_file(audit: CommandLine, tmp_path: Path) -> None:
    there = tmp_path / "there"
    there.write_text("mine")

    assert (await audit.run("audit", "export", "--output", str(there))).code == FAILED
    assert there.read_text() == "mine"


def offline(file: Path, from_head: str = "") -> Outcome:
    more = ("--from-head", from_head) if from_head else ()
    return invoke("audit", "verify", "--file", str(file), "--json", *more)


Lines = list[dict[str, Any]]


def _edit(lines: Lines) -> Lines:
    lines[1]["content"] = lines[1]["content"].replace("auth", "math")
    return lines


def _move_time(lines: Lines) -> Lines:
    lines[4]["storeUs"] += 1
    return lines


SPOILT: dict[str, tuple[Callable[[Lines], Lines], int]] = {
    "text edited": (_edit, ALARM),
    "time edited": (_move_time, ALARM),
    "first left out": (lambda lines: lines[1:], USAGE),
    "middle left out": (lambda lines: lines[:2] + lines[3:], ALARM),
    "end left out": (lambda lines: [*lines[:3], lines[-1]], ALARM),
    "twice": (lambda lines: [*lines[:2], *lines[1:]], ALARM),
    "cut off": (lambda lines: lines[:-1], FAILED),
    "nothing": (lambda _: [], FAILED),
    "something else": (lambda _: [{"x": 1}], FAILED),
}


@pytest.mark.parametrize("name", SPOILT)
async def test_a_spoilt_export_is_not_passed(name: str, audit: CommandLine, tmp_path: Path) -> None:
    spoil, code = SPOILT[name]
    good, bad = tmp_path / "good", tmp_path / "bad"
    await audit.run("audit", "export", "--output", str(good))
    lines = [json.loads(line) for line in good.read_text().splitlines()]
    bad.write_text("".join(json.dumps(line) + "\n" for line in spoil(lines)))

    assert offline(good).code == 0
    assert offline(bad).code == code
