"""Payments under fire: whatever dies, money is paid once, never lost, never misreported.

Short in `make test`; `make fault` sets GERBANG_FAULT_LONG and runs 2,000
payments under at least 50 kills, on MariaDB. GERBANG_FAULT_SEED replays a run's choices.
"""

from __future__ import annotations

import asyncio
import os
import random
import secrets
import sys
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from bank_adapter.adapters.sql_tables import transfer
from chaos import Chaos
from erp_stream import ERPStream
from localstack import free_ports
from localstack.bank_admin import BankAdmin
from localstack.stack import Stack
from referee import Referee
from sqlalchemy import select

ROOT = Path(__file__).resolve().parents[2]
CRASHING = (str(Path(__file__).with_name("crashing_bank_adapter.py")),)
BANK_TIMEOUT_S = 2.0

# Everything that a real bank's patience makes slow, made quick.
QUICK: dict[str, Any] = {
    "lease": {"length_s": 4.0},
    "drain_s": 1.0,
    "worker": {"interval_s": 0.1},
    "banks": {
        "bca": {
            "attempt_margin_s": 2.0,
            "token_timeout_s": 2.0,
            # Longer than the bank's longest delay before it books.
            "not_found_grace_s": 6.0,
            "inquiry": {
                "first_s": [0.5, 1.0, 1.0],
                "repeat_s": 2.0,
                "repeat_until_s": 60.0,
                "late_s": 2.0,
                "give_up_s": 12.0,
            },
            "retry": {"not_sent_first_s": 0.2, "not_sent_most_s": 1.0, "refused_s": 0.5},
        }
    },
}


@dataclass(frozen=True)
class Scale:
    payments: int
    at_once: int
    kills: int
    pause_s: float


SHORT = Scale(payments=250, at_once=8, kills=16, pause_s=0.5)
LONG = Scale(payments=2_000, at_once=12, kills=60, pause_s=1.0)
_STATES = select(transfer.c.state)
LONG_RUN = bool(os.environ.get("GERBANG_FAULT_LONG"))


@pytest.fixture
def seed() -> int:
    return int(os.environ.get("GERBANG_FAULT_SEED") or secrets.randbelow(2**32))


@pytest.fixture
def stack(tmp_path: Path) -> Iterator[Stack]:
    settings = free_ports.settings(
        ROOT, state=tmp_path / "gerbang", bank_timeout_s=BANK_TIMEOUT_S, transfer_wait_s=3.0
    )
    programs = {"bank-adapter": CRASHING}
    overrides = {"bank-adapter": QUICK, "worker": QUICK}
    with Stack(settings, programs=programs, overrides=overrides, say=lambda _line: None) as running:
        yield running


@pytest.mark.timeout(1800)
async def test_no_fault_pays_twice_loses_or_lies(stack: Stack, seed: int) -> None:
    scale = LONG if LONG_RUN else SHORT
    print(f"\nfault run: GERBANG_FAULT_SEED={seed}, {scale}", file=sys.stderr)
    chance = random.Random(seed)
    with BankAdmin(stack.settings.simulator_admin_url) as bank:
        stream = ERPStream(
            url=stack.settings.url,
            ca_file=stack.ca_file,
            client=stack.client,
            chance=random.Random(seed + 1),
            prefix=f"F{seed:x}",
        )
        chaos = Chaos(stack=stack, bank=bank, chance=chance)
        referee = Referee(stack, bank)
        try:
            breaking = asyncio.create_task(chaos.reign(kills=scale.kills, pause_s=scale.pause_s))
            await stream.pay(
                at_least=scale.payments,
                until=breaking.done,
                at_once=scale.at_once,
                pause_s=scale.pause_s,
            )
            await breaking
            broken = await referee.until_quiet(within_s=120)
            broken += await asyncio.to_thread(referee.broken_rules, stream)
            ends = Counter(row.state for row in referee._rows(_STATES))
        finally:
            referee.close()
            await stream.close()
    print(
        f"fault run: {dict(ends)}; {chaos.kill_count} kills {dict(chaos.kills)}; "
        f"faults {dict(chaos.faults)}",
        file=sys.stderr,
    )
    assert not broken, f"seed {seed}:\n" + "\n".join(broken)
    assert ends["SETTLED"] > ends.total() / 2
    assert chaos.kill_count >= scale.kills
