"""Starts and stops the bank's port and the administrative port in one event loop."""

import asyncio
import ssl
import sys

from aiohttp import web

from simulator.admin import application
from simulator.bank import Bank
from simulator.callbacks import LateRejections
from simulator.clock import Clock
from simulator.config import BankListen, Limits, Settings
from simulator.desk import Desk
from simulator.dialects import bca, bca_legacy, paydia
from simulator.door import Door
from simulator.exchange import Route
from simulator.notifier import Notifier

_SHUTDOWN_S = 2.0
_KEEPALIVE_S = 75.0


class Simulator:
    """The running bank. `bank_port` and `admin_port` are known after `start`."""

    def __init__(self, settings: Settings, clock: Clock | None = None) -> None:
        self._settings = settings
        self.bank = Bank(settings, clock or Clock())
        self._notifier = Notifier(self.bank)
        self._late = LateRejections(self.bank, self._notifier.notify)
        self._runners: list[web.ServerRunner | web.AppRunner] = []
        self.bank_port = 0
        self.admin_port = 0

    async def start(self) -> None:
        """Open both ports. Raises OSError when one is taken."""
        desk = Desk(self.bank, all_routes(self._settings.limits), self._late)
        runner = web.ServerRunner(
            web.Server(desk.handle, access_log=None, keepalive_timeout=_KEEPALIVE_S),
            shutdown_timeout=_SHUTDOWN_S,
        )
        listen = self._settings.bank
        door = await self._open(runner, listen.host, listen.port, tls_context(listen))
        self.bank_port = door.port
        admin = web.AppRunner(
            application(self.bank, self._late, self._notifier, door),
            access_log=None,
            shutdown_timeout=_SHUTDOWN_S,
        )
        at = self._settings.admin
        self.admin_port = (await self._open(admin, at.host, at.port, None)).port

    async def stop(self) -> None:
        """Close the ports, the waiting rejections and the journal."""
        await self._late.close()
        for runner in reversed(self._runners):
            await runner.cleanup()
        self._runners.clear()
        self.bank.close()

    async def _open(
        self,
        runner: web.ServerRunner | web.AppRunner,
        host: str,
        port: int,
        tls: ssl.SSLContext | None,
    ) -> Door:
        await runner.setup()
        self._runners.append(runner)
        door = Door(runner, host, port, tls)
        await door.open()
        return door


def all_routes(limits: Limits) -> tuple[Route, ...]:
    """The routes of every dialect."""
    return (*bca.routes(limits), *paydia.routes(limits), *bca_legacy.routes(limits))


def tls_context(listen: BankListen) -> ssl.SSLContext | None:
    """The TLS context of the bank's port, or None for plain HTTP."""
    if listen.certificate_file is None:
        return None
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = (
        ssl.TLSVersion.TLSv1_3 if listen.tls_minimum == "1.3" else ssl.TLSVersion.TLSv1_2
    )
    context.load_cert_chain(listen.certificate_file, listen.private_key_file)
    return context


async def serve(settings: Settings) -> None:
    """Run until cancelled."""
    simulator = Simulator(settings)
    await simulator.start()
    sys.stdout.write(
        f"bank on {settings.bank.host}:{simulator.bank_port}, "
        f"administrative API on {settings.admin.host}:{simulator.admin_port}\n"
    )
    sys.stdout.flush()
    try:
        await asyncio.Event().wait()
    finally:
        await simulator.stop()
