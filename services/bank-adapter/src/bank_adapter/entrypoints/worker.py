"""`worker`: sends what waits, asks, recovers, reconciles with statements, ships the outbox."""

from __future__ import annotations

import asyncio
import contextlib

from servicekit.log import get_logger
from servicekit.metrics_server import serving_metrics
from servicekit.server import GRPCServer

from bank_adapter.application.ports.ledger import UnavailableError
from bank_adapter.application.steps import Reached, nowhere
from bank_adapter.bootstrap import House, open_house
from bank_adapter.config import BankAdapterSettings
from bank_adapter.limits import RECONCILE_INTERVAL_S

log = get_logger()


async def work(settings: BankAdapterSettings, *, reached: Reached = nowhere) -> None:
    """Works until cancelled; then ends what is under way and gives its lease back."""
    async with (
        open_house(settings, reached=reached) as house,
        serving_metrics(settings.worker.metrics, (house.figures.families,)),
    ):
        health = GRPCServer(
            listen=settings.worker.listen,
            tls=settings.tls,
            policy={},
            registrations=[],
            clock=house.clock,
        )
        await house.ownership.take()
        tasks = [
            asyncio.create_task(house.ownership.keep(), name="lease"),
            asyncio.create_task(house.relay.run(), name="outbox"),
            asyncio.create_task(_passes(house), name="passes"),
            asyncio.create_task(_reconciliations(house), name="reconciliations"),
        ]
        try:
            await health.start()
            await health.set_serving(True)
            log.info("worker works", port=health.bound_port)
            # None of them ends by itself: one that does takes the process with it.
            done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
            for task in done:
                task.result()
        finally:
            await health.stop(0)
            for task in tasks[2:]:
                task.cancel()
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(settings.drain_s):
                    await house.work.drain()
                    await house.ownership.release()
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            log.info("worker stopped")


async def _passes(house: House) -> None:
    while True:
        try:
            await house.work.execute()
        except UnavailableError:
            log.warning("the database is away; the worker waits")
        await asyncio.sleep(house.settings.worker.interval_s)


async def _reconciliations(house: House) -> None:
    """Apart from the passes: a bank may take a minute for a statement."""
    while True:
        try:
            await house.reconcile.execute()
        except UnavailableError:
            log.warning("the database is away; reconciliation waits")
        except Exception:
            log.exception("reconciliation failed")
        await asyncio.sleep(RECONCILE_INTERVAL_S)
