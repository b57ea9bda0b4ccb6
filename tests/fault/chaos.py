"""What goes wrong during a run: kills at random and at named steps, a bad bank.

Everything is drawn from one seeded source, which the run prints.
"""

from __future__ import annotations

import asyncio
import random
import signal
from collections import Counter
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from pathlib import Path

from bank_adapter.application.steps import STEPS
from crashing_bank_adapter import crash_folder
from localstack.bank_admin import BankAdmin
from localstack.processes import ProcessFailedError
from localstack.stack import Stack
from servicekit.testing_mariadb import MariaDBServer

# A process that cannot start at all must still end the run.
MOST_RESTARTS = 3
# Who is shot, and how often compared with the others.
VICTIMS = {"bank-adapter": 4, "worker": 3, "signer": 2, "audit": 2, "edge": 1}
# Where a step is reached: by a request, by the worker, or by both.
SERVE_STEPS = (
    "intent_prepared",
    "intent_committed",
    "token_held",
    "first_byte",
    "bank_answered",
    "conclusion_committed",
)
WORKER_STEPS = (
    "intent_committed",
    "first_byte",
    "bank_answered",
    "given_up",
    "inquiry_opened",
    "inquiry_answered",
    "inquiry_recorded",
    "events_shipped",
)
assert set(SERVE_STEPS) | set(WORKER_STEPS) == set(STEPS)

# (kind, service, particulars): what the bank does to some of the messages.
BANK_FAULTS: tuple[tuple[str, str, dict[str, object]], ...] = (
    ("drop_before_booking", "17", {}),
    ("drop_after_booking", "17", {}),
    ("delay", "17", {"delay_ms": 700}),
    ("delay", "17", {"delay_ms": 4000}),
    ("delay_before_booking", "17", {"delay_ms": 4000}),
    ("http_500", "17", {"booked": False}),
    ("http_500", "17", {"booked": True}),
    ("http_504", "17", {"booked": True}),
    ("html_502", "17", {"booked": True}),
    ("wrong_echo", "17", {"field": "amount"}),
    ("token_revoked", "17", {}),
    ("pending_then_final", "17", {"times": 2, "final": "00"}),
    ("pending_then_final", "17", {"times": 2, "final": "06"}),
    ("accepted_202", "17", {}),
    ("truncated_body", "17", {}),
    ("reset_in_headers", "17", {}),
    ("empty_body", "17", {}),
    ("redirect_307", "17", {"booked": True}),
    ("foreign_service_code", "17", {}),
    ("rate_429", "17", {}),
    ("conflict_409", "17", {"booked": True}),
    ("answer", "17", {"http_status": 403, "case_code": "14"}),
    ("drop_after_booking", "36", {}),
    ("http_500", "36", {"booked": False}),
    ("not_found", "36", {}),
)


def family(name: str) -> str:
    """The kind of process: worker-2 is a worker."""
    return name.rstrip("23456789").rstrip("-")


@dataclass
class Chaos:
    """Breaks a running stack and mends it each time."""

    stack: Stack
    bank: BankAdmin
    chance: random.Random
    kills: Counter[str] = field(default_factory=Counter)
    faults: Counter[str] = field(default_factory=Counter)
    # How long a frozen sender sleeps; longer than its lease. 0: nobody is frozen.
    freeze_s: float = 0.0
    database: MariaDBServer | None = None
    # Orders to crash at a step that nothing has reached yet.
    laid: set[str] = field(default_factory=set)

    @property
    def kill_count(self) -> int:
        return self.kills.total()

    async def reign(self, *, kills: int, pause_s: float) -> None:
        """At least `kills` kills, each named step among them if it is reached.

        Leaves everything running and the bank well.
        """
        steps = self._steps()
        while self.kill_count < kills:
            self._spoil_the_bank()
            if steps:
                self._lay(steps.pop())
                await self._mend(within_s=2.0)
            await self.chance.choice(self._blows())()
            await self._mend(within_s=pause_s * (0.5 + self.chance.random()))
        for order in self.laid:
            self._order_file(order).unlink(missing_ok=True)
        self.bank.clear_faults()
        await self._mend(within_s=0.5)

    def _blows(self) -> list[Callable[[], Awaitable[None]]]:
        """What may happen at random. Kills are likelier than the rest."""
        blows: list[Callable[[], Awaitable[None]]] = [self._kill_at_random] * 4
        if self.freeze_s:
            blows.append(self._freeze_at_random)
        if self.database is not None:
            blows.append(self._kill_the_database)
        return blows

    def _steps(self) -> list[str]:
        """Every named step once, in an order of chance."""
        steps = [f"bank-adapter.{step}" for step in SERVE_STEPS]
        steps += [f"worker.{step}" for step in WORKER_STEPS]
        self.chance.shuffle(steps)
        return steps

    def _spoil_the_bank(self) -> None:
        for kind, service, particulars in self.chance.sample(BANK_FAULTS, 2):
            self.bank.fault(kind, service=service, count=self.chance.randint(1, 3), **particulars)
            self.faults[f"{kind}/{service}"] += 1

    def _victim(self) -> str:
        names = self.stack.names()
        weights = [VICTIMS.get(family(name), 0) for name in names]
        return self.chance.choices(names, weights)[0]

    async def _freeze_at_random(self) -> None:
        """A sender sleeps past its lease and wakes up: it must not pay then."""
        senders = [
            name for name in self.stack.names() if family(name) in {"bank-adapter", "worker"}
        ]
        name = self.chance.choice(senders)
        await asyncio.to_thread(self.stack.kill, name, signal.SIGSTOP)
        await asyncio.sleep(self.freeze_s)
        await asyncio.to_thread(self.stack.kill, name, signal.SIGCONT)
        self.kills[f"{name} frozen"] += 1

    async def _kill_the_database(self) -> None:
        assert self.database is not None
        await asyncio.to_thread(self.database.kill)
        await asyncio.sleep(self.chance.random())
        await asyncio.to_thread(self.database.start)
        self.kills["database"] += 1

    async def _kill_at_random(self) -> None:
        name = self._victim()
        await asyncio.to_thread(self.stack.kill, name, signal.SIGKILL)
        self.kills[name] += 1
        await self._restart(name)

    async def _restart(self, name: str) -> None:
        """Starts a process again; an order may kill it once more before it serves."""
        for _ in range(MOST_RESTARTS - 1):
            try:
                await asyncio.to_thread(self.stack.restart, name)
            except ProcessFailedError:
                continue
            return
        await asyncio.to_thread(self.stack.restart, name)

    def _order_file(self, order: str) -> Path:
        return crash_folder(self.stack.config_file(order.partition(".")[0])) / order

    def _lay(self, order: str) -> None:
        file = self._order_file(order)
        file.parent.mkdir(exist_ok=True)
        file.touch()
        self.laid.add(order)

    async def _mend(self, *, within_s: float) -> None:
        """Restarts what an order has killed; looks for that long."""
        until = asyncio.get_running_loop().time() + within_s
        while asyncio.get_running_loop().time() < until:
            for order in sorted(self.laid):
                if not self._order_file(order).exists():
                    self.laid.remove(order)
                    self.kills[order] += 1
            for name in self.stack.dead():
                await self._restart(name)
            await asyncio.sleep(0.05)
