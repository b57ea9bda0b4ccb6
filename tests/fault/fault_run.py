"""One run: a stream of payments, chaos by a plan, and the referee's verdict.

The plan is drawn from the seed, which is printed first and repeats it.
"""

from __future__ import annotations

import asyncio
import os
import secrets
import sys
import time
from collections import Counter

import invariants
from books import Books, collect
from chaos import Chaos
from erp_stream import ERPStream
from localstack.bank_admin import BankAdmin
from localstack.stack import Stack
from payments import ROUTES, payment
from plan import Scale, draw, orders_of
from quiet import until_quiet
from report import Report
from servicekit.testing_mariadb import MariaDBServer
from settings import FREEZE_S


def long_run() -> bool:
    """Whether `make fault` asked for the long form."""
    return bool(os.environ.get("GERBANG_FAULT_LONG"))


def chosen_seed() -> int:
    return int(os.environ.get("GERBANG_FAULT_SEED") or secrets.randbelow(2**32))


async def run_faults(
    stack: Stack, scale: Scale, *, seed: int, database: MariaDBServer | None = None
) -> Report:
    """Carries the plan out, waits until all is quiet, and judges."""
    print(f"\nfault run: GERBANG_FAULT_SEED={seed}, {scale}", file=sys.stderr)
    begin = time.monotonic()
    blows = draw(seed, scale)
    with BankAdmin(stack.settings.simulator_admin_url) as bank:
        stream = ERPStream(
            url=stack.settings.url, ca_file=stack.ca_file, client=stack.client, seed=seed
        )
        chaos = Chaos(stack=stack, bank=bank, freeze_s=FREEZE_S, database=database)
        try:
            breaking = asyncio.create_task(chaos.reign(blows))
            await stream.pay(
                at_least=scale.payments,
                until=breaking.done,
                at_once=scale.at_once,
                pace_s=scale.pace_s,
            )
            await breaking
            broken = await until_quiet(stack, bank)
            books = await asyncio.to_thread(collect, stack, bank)
            broken += invariants.broken(books, stream.told)
            report = Report(
                seed=seed,
                wall_s=round(time.monotonic() - begin, 1),
                payments=len(stream.told),
                ends=Counter(row.state for row in books.transfers),
                routes=routes_paid(seed, len(stream.told)),
                kills=chaos.kills,
                freezes=chaos.freezes,
                victims=chaos.victims,
                strikes=Counter({strike.value: count for strike, count in chaos.strikes.items()}),
                obeyed=[str(order) for order in chaos.obeyed],
                faults=Counter(bank.stats()["faults"]),
                late_words=late_words(books),
                broken=broken,
                never_obeyed=sorted(
                    str(order) for order in set(orders_of(blows)) - set(chaos.obeyed)
                ),
            )
        finally:
            await stream.close()
    print(report, file=sys.stderr)
    return report


def routes_paid(seed: int, count: int) -> Counter[str]:
    """How many payments took each route; each is named, also one that none took."""
    taken = Counter({str(route): 0 for route in ROUTES})
    taken.update(str(payment(seed, number).route) for number in range(count))
    return taken


def late_words(books: Books) -> Counter[str]:
    """What came too late or against what was told: by the reason of the event."""
    reasons = (row.reason or row.event for row in books.events)
    telling = ("LATE_", "OWNER_DIED", "DEADLINE_PASSED", "BANK_", "LEASE_LOST", "COMMIT_")
    return Counter(reason for reason in reasons if reason.startswith(telling))
