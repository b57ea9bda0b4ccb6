"""What the bench measures: the local stack on a MariaDB of its own.

Everything is as `make run` starts it, but for the database, and for limits
that would stop the load before the gateway does; those are printed with the
result. Nothing is left behind.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from localstack import banks, free_ports
from localstack.bank_admin import BankAdmin
from localstack.stack import Stack
from servicekit.testing_mariadb import MariaDBServer

SCHEMAS = ("auth", "signer", "bank_adapter", "audit")
DATABASE = "mariadb"
UNLIMITED = {"per_s": 100_000, "burst": 200_000}
OVERRIDES: dict[str, Any] = {
    "edge": {"rates": {"client": UNLIMITED, "total": UNLIMITED}},
    "signer": {"rate_limit": {"per_second": 1_000_000, "burst": 1_000_000}},
}
RAISED = (
    "edge [rates.client] and [rates.total]: one client is to load it fully",
    "signer [rate_limit]: one key is to sign all the time",
)


class ProcessDiedError(Exception):
    """A process did not survive the load. The text is its obituary."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Installation:
    """The running gateway, its bank and its database."""

    stack: Stack
    bank: BankAdmin
    database_pid: int

    def pids(self) -> dict[str, int]:
        """Every process by name; the database is one of them."""
        names = self.stack.names()
        return {name: self.stack.pid(name) for name in names} | {DATABASE: self.database_pid}


@contextmanager
def running(root: Path, folder: Path, *, say: Callable[[str], None]) -> Iterator[Installation]:
    """Starts everything below `folder` and stops it afterwards.

    Raises MariaDBMissingError, and what Stack raises.
    """
    server = MariaDBServer(folder / "mariadb")
    say("preparing: a MariaDB of our own")
    server.install()
    server.start()
    try:
        urls = {f"{name}_database_url": server.create_schema(name) for name in SCHEMAS}
        settings = free_ports.settings(root, state=folder / "gerbang", **urls)
        with (
            Stack(settings, say=say, overrides=OVERRIDES, known=(banks.BCA,)) as stack,
            BankAdmin(settings.simulator_admin_url) as bank,
        ):
            pid = int((folder / "mariadb" / "pid").read_text())
            yield Installation(stack=stack, bank=bank, database_pid=pid)
            if obituary := stack.obituary():
                raise ProcessDiedError(obituary)
    finally:
        server.stop()
