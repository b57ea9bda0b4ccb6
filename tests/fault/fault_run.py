"""One run: a stream of payments, a reign of chaos, a verdict.

Everything is drawn from the seed, which is printed first, so that a run's
choices can be repeated; the interleaving of processes is the machine's own.
"""

from __future__ import annotations

import asyncio
import os
import random
import secrets
import sys
from collections import Counter
from dataclasses import dataclass
from typing import Any

from chaos import Chaos
from erp_stream import ERPStream
from localstack.bank_admin import BankAdmin
from localstack.stack import Stack
from referee import Referee
from servicekit.testing_mariadb import MariaDBServer

BANK_TIMEOUT_S = 2.0
LEASE_S = 4.0

# Everything that a real bank's patience makes slow, made quick.
QUICK: dict[str, Any] = {
    "lease": {"length_s": LEASE_S},
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
# The stream is one client, and it is in a hurry.
RATES: dict[str, Any] = {
    "client": {"per_s": 2000, "burst": 4000},
    "total": {"per_s": 4000, "burst": 8000},
}


@dataclass(frozen=True)
class Scale:
    """How much of what. `pause_s` is between blows and between payments."""

    payments: int
    at_once: int
    kills: int
    pause_s: float
    freeze_s: float = 0.0


@dataclass(frozen=True)
class Verdict:
    """What came of a run. `broken` must be empty."""

    broken: list[str]
    ends: Counter[str]
    kills: int


def long_run() -> bool:
    """Whether `make fault` asked for the long form."""
    return bool(os.environ.get("GERBANG_FAULT_LONG"))


def chosen_seed() -> int:
    return int(os.environ.get("GERBANG_FAULT_SEED") or secrets.randbelow(2**32))


async def run_faults(
    stack: Stack, scale: Scale, *, seed: int, database: MariaDBServer | None = None
) -> Verdict:
    """Runs, waits until all is quiet, and lets the referee judge."""
    print(f"\nfault run: GERBANG_FAULT_SEED={seed}, {scale}", file=sys.stderr)
    with BankAdmin(stack.settings.simulator_admin_url) as bank:
        stream = ERPStream(
            url=stack.settings.url,
            ca_file=stack.ca_file,
            client=stack.client,
            chance=random.Random(seed + 1),
            prefix=f"F{seed:x}",
        )
        chaos = Chaos(
            stack=stack,
            bank=bank,
            chance=random.Random(seed),
            freeze_s=scale.freeze_s,
            database=database,
        )
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
            ends = referee.ends()
        finally:
            referee.close()
            await stream.close()
    print(
        f"fault run: {dict(ends)}; {chaos.kill_count} kills {dict(chaos.kills)}; "
        f"faults {dict(chaos.faults)}",
        file=sys.stderr,
    )
    return Verdict(broken=broken, ends=ends, kills=chaos.kill_count)
