"""Carries out a run's blows on a running stack, and mends what they break.

What happens, to whom and in which order is the plan's (`plan.py`); here is how.
"""

from __future__ import annotations

import asyncio
import random
import signal
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from crashing_bank_adapter import crash_folder
from localstack.bank_admin import BankAdmin
from localstack.processes import ProcessFailedError
from localstack.stack import Stack
from plan import Blow, Manner, Order, Strike, orders_of
from servicekit.testing_mariadb import MariaDBServer

# A process that cannot start at all must still end the run.
MOST_RESTARTS = 4
LOOK_S = 0.05
# How long the bank stays shut, asleep, or a database dead.
SHUT_S = 0.8
NIGHT_S = 1.5
# How long orders that nothing obeyed are helped along.
INSIST_S = 90.0


@dataclass
class Chaos:
    """Breaks a stack and mends it each time.

    `freeze_s` is how long a frozen process sleeps: longer than its lease.
    """

    stack: Stack
    bank: BankAdmin
    freeze_s: float
    database: MariaDBServer | None = None
    strikes: Counter[Strike] = field(default_factory=Counter)
    victims: Counter[str] = field(default_factory=Counter)
    obeyed: list[Order] = field(default_factory=list)
    # Orders that nothing has reached yet.
    laid: set[Order] = field(default_factory=set)
    # Frozen processes, each with what will wake it.
    _sleeping: dict[str, asyncio.Task[None]] = field(default_factory=dict)

    @property
    def kills(self) -> int:
        return self.strikes[Strike.KILL] + self._obeyed(Manner.KILL)

    @property
    def freezes(self) -> int:
        return self.strikes[Strike.FREEZE] + self._obeyed(Manner.FREEZE)

    async def reign(self, blows: Sequence[Blow]) -> None:
        """Every blow in turn, every order to its end; leaves all running and the bank well."""
        folder = self._order_file(orders_of(blows)[0]).parent if orders_of(blows) else None
        if folder is not None:
            folder.mkdir(exist_ok=True)
        watch = asyncio.create_task(self._watch_the_sleeping())
        try:
            for blow in blows:
                await self._spoil_the_bank(blow)
                if blow.order is not None:
                    self._order_file(blow.order).touch()
                    self.laid.add(blow.order)
                await self._strike(blow)
                await self._mend(within_s=blow.pause_s)
            await self._insist()
            while self._sleeping or self._asleep():
                await self._mend(within_s=LOOK_S)
            await asyncio.to_thread(self.bank.clear_faults)
            await self._mend(within_s=0.5)
        finally:
            watch.cancel()

    async def _spoil_the_bank(self, blow: Blow) -> None:
        for hit in blow.hits:
            await asyncio.to_thread(
                self.bank.fault,
                hit.card.kind,
                service=hit.service,
                count=hit.count,
                **hit.card.particulars,
            )

    async def _strike(self, blow: Blow) -> None:
        match blow.strike:
            case Strike.KILL:
                await self._kill(blow.victim)
            case Strike.FREEZE:
                await asyncio.to_thread(self.stack.kill, blow.victim, signal.SIGSTOP)
            case Strike.DATABASE:
                await self._kill_the_database()
            case Strike.DOOR:
                await self._shut_the_door()
            case Strike.CUT:
                await asyncio.to_thread(self.bank.door, is_open=True)
            case Strike.NIGHT:
                await asyncio.to_thread(self.bank.end_of_day, on=True)
                await self._mend(within_s=NIGHT_S)
                await asyncio.to_thread(self.bank.end_of_day, on=False)
            case Strike.REVOKE:
                await asyncio.to_thread(self.bank.revoke_tokens)
        self.strikes[blow.strike] += 1

    async def _kill(self, name: str) -> None:
        await asyncio.to_thread(self.stack.kill, name, signal.SIGKILL)
        self.victims[name] += 1
        await self._restart(name)

    async def _kill_the_database(self) -> None:
        if self.database is None:
            raise AssertionError("the plan kills a database that this run does not have")
        await asyncio.to_thread(self.database.kill)
        await asyncio.to_thread(self.database.start)

    async def _shut_the_door(self) -> None:
        await asyncio.to_thread(self.bank.door, is_open=False)
        await self._mend(within_s=SHUT_S)
        await asyncio.to_thread(self.bank.door, is_open=True)

    async def _restart(self, name: str) -> None:
        """Starts a process again; an order may kill it once more before it serves."""
        for _ in range(MOST_RESTARTS - 1):
            try:
                await asyncio.to_thread(self.stack.restart, name)
            except ProcessFailedError:
                continue
            return
        await asyncio.to_thread(self.stack.restart, name)

    async def _wake(self, name: str) -> None:
        """Lets a frozen process sleep past its lease, then go on."""
        await asyncio.sleep(self.freeze_s)
        await asyncio.to_thread(self.stack.kill, name, signal.SIGCONT)
        del self._sleeping[name]

    async def _mend(self, *, within_s: float) -> None:
        """Looks after the processes for that long: restarts the dead, sees what was obeyed."""
        until = asyncio.get_running_loop().time() + within_s
        while asyncio.get_running_loop().time() < until:
            for order in sorted(self.laid):
                if not self._order_file(order).exists():
                    self.laid.remove(order)
                    self.obeyed.append(order)
            for name in self.stack.dead():
                await self._restart(name)
            await asyncio.sleep(LOOK_S)

    async def _watch_the_sleeping(self) -> None:
        """Sees to it that whoever falls asleep is woken, whatever is waited for meanwhile.

        A sleeper may hold SQLite's write lock, and a process that starts then
        does not serve before the sleeper goes on.
        """
        while True:
            for name in self._asleep():
                if name not in self._sleeping:
                    self._sleeping[name] = asyncio.create_task(self._wake(name))
            await asyncio.sleep(LOOK_S)

    def _asleep(self) -> list[str]:
        """Processes that a signal has stopped, by us or by themselves."""
        return [name for name in self.stack.names() if state_of(self.stack.pid(name)) == "T"]

    async def _insist(self) -> None:
        """Brings about what the orders still wait for: payments that wait, are lost or orphaned."""
        until = asyncio.get_running_loop().time() + INSIST_S
        chance = random.Random(0)
        while self.laid and asyncio.get_running_loop().time() < until:
            for service in ("17", "18"):
                await asyncio.to_thread(
                    self.bank.fault, "delay", service=service, count=2, delay_ms=1000
                )
                await asyncio.to_thread(
                    self.bank.fault, "drop_after_booking", service=service, count=2
                )
            if chance.random() < 0.5:
                await self._shut_the_door()
            else:
                await self._kill("bank-adapter")
                self.strikes[Strike.KILL] += 1
            await self._mend(within_s=2.0)
        for order in self.laid:
            self._order_file(order).unlink(missing_ok=True)

    def _order_file(self, order: Order) -> Path:
        return crash_folder(self.stack.config_file(order.family)) / str(order)

    def _obeyed(self, manner: Manner) -> int:
        return sum(order.manner is manner for order in self.obeyed)


def state_of(pid: int) -> str:
    """One letter, as Linux has it: T is stopped by a signal. Empty when it is gone."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except FileNotFoundError:
        return ""
