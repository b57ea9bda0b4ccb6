"""The whole local stack as one thing: prepare, start, break, mend, stop.

`make run`, `make demo`, the end-to-end tests, the fault harness and the bench
all start Gerbang by this class and by nothing else.
"""

from __future__ import annotations

import datetime as dt
import signal
import time
from collections.abc import Callable, Collection, Mapping
from pathlib import Path
from types import TracebackType
from typing import Self

from localstack import (
    banks,
    configs,
    demo_client,
    dev_env,
    parts,
    prerequisites,
    provision,
    toml_file,
)
from localstack.bank_caller import BankCaller
from localstack.banks import LocalBank
from localstack.commands import Commands
from localstack.demo_client import DemoClient
from localstack.erp import ERP
from localstack.nursery import Nursery
from localstack.pki import Authority, Identity
from localstack.processes import Processes
from localstack.secret_files import Secrets
from localstack.settings import Settings

Say = Callable[[str], None]
IDENTITIES = ("auth", "signer", "bank-adapter", "audit", "edge", "simulator")


class Stack:
    """One installation below `settings.state`.

    `overrides` are laid over the configuration files by name ("bank-adapter",
    "edge"); `programs` replaces what runs a service; `only` leaves parts out,
    `known` banks, which makes the first start quicker; a `nursery` forks what
    else would start Python anew each time.
    """

    def __init__(
        self,
        settings: Settings,
        *,
        say: Say = print,
        overrides: configs.Overrides | None = None,
        programs: Mapping[str, tuple[str, ...]] | None = None,
        origins: tuple[str, ...] = (demo_client.ORIGIN,),
        only: Collection[str] = parts.ALL,
        known: tuple[LocalBank, ...] = banks.ALL,
        nursery: Nursery | None = None,
    ) -> None:
        self.settings = settings
        self._say = say
        self._overrides = overrides or {}
        self._programs = {**parts.PROGRAMS, **(programs or {})}
        self._origins = origins
        self._only = frozenset(only)
        self._banks = known
        self._nursery = nursery
        self._lock = prerequisites.StateLock(settings.state)
        self._processes = Processes(settings.state / "log", say=say, nursery=nursery)
        self._configs: dict[str, Path] = {}
        self.stopping = False
        self.authority = Authority(settings.state / "pki", now=dt.datetime.now(dt.UTC))
        self.secrets = Secrets(settings.state / "secrets")
        self.client: DemoClient

    def __enter__(self) -> Self:
        try:
            self.prepare()
            self.start()
        except BaseException:
            self.stop()
            raise
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()

    @property
    def ca_file(self) -> Path:
        return self.authority.certificate_file

    def identity(self, name: str) -> Identity:
        """The certificate of a service or of an internal caller."""
        return self.authority.issue(name)

    def prepare(self) -> None:
        """Certificates, secrets, configuration, databases, keys, the demo client.

        What is there from an earlier run is kept. Raises NotReadyError or
        ProvisionError, whose text says what to do.
        """
        begin = time.monotonic()
        self._lock.take()
        prerequisites.check(self.settings)
        materials = self.write_files()
        self._say("preparing: databases, keys, the demo client")
        self.client = provision.everything(
            materials, configs=self._configs, only=self._only, nursery=self._nursery
        )
        dev_env.write(self.settings, self.client, ca_file=self.ca_file)
        self._say(f"prepared: {self.settings.state} ({time.monotonic() - begin:.1f} s)")

    def write_files(self) -> configs.Materials:
        """Certificates, secrets and configuration files; no database is touched."""
        (self.settings.state / "data").mkdir(parents=True, exist_ok=True)
        self.identity(configs.INTERNAL_CALLER)
        materials = configs.Materials(
            settings=self.settings,
            identities={name: self.identity(name) for name in IDENTITIES},
            secrets=self.secrets,
            origins=self._origins,
            banks=self._banks,
        )
        self._configs = configs.write(self.settings, configs.files(materials), self._overrides)
        ops = configs.ops_file(self.settings, self.identity(configs.OPERATOR))
        toml_file.write(self.ops_file, ops)
        return materials

    def start(self) -> None:
        """Starts everything, stage by stage. Raises ProcessFailedError."""
        everything = parts.build(
            self.settings,
            configs=self._configs,
            identities={name: self.identity(name) for name in IDENTITIES},
            programs=self._programs,
        )
        wanted = [part for part in everything if part.family in self._only]
        for stage in sorted({part.stage for part in wanted}):
            self._processes.start([part for part in wanted if part.stage == stage])

    def stop(self) -> None:
        """Ends everything in reverse order; never raises for what is gone already."""
        self.stopping = True
        self._processes.end_all()
        self._lock.give_back()

    def stop_now(self) -> None:
        self._processes.kill_all()

    def kill(self, name: str, number: signal.Signals = signal.SIGKILL) -> None:
        """Sends a signal to one process ("bank-adapter", "worker-2", "edge")."""
        self._processes.signal(name, number)

    def restart(self, name: str) -> None:
        """Starts one process again and waits until it serves."""
        self._processes.restart(name)

    def names(self) -> list[str]:
        """The processes that were started, in that order."""
        return self._processes.names()

    def pid(self, name: str) -> int:
        return self._processes.pid(name)

    @property
    def ops_file(self) -> Path:
        """The demo operator's configuration of `gerbang-ops`."""
        return self.settings.state / "ops.toml"

    def log_file(self, name: str) -> Path:
        return self.settings.state / "log" / f"{name}.log"

    def config_file(self, name: str) -> Path:
        return self._configs[name]

    def dead(self) -> list[str]:
        """Names of the processes that are gone."""
        return self._processes.dead()

    def obituary(self) -> str | None:
        """Which process died and what it said last; None while all live."""
        name = self._processes.first_dead()
        return None if name is None else self._processes.obituary(name)

    def command(self, service: str, *arguments: str) -> str:
        """Runs a command of a service; what it printed. Raises ProvisionError."""
        with Commands(self._configs, self._nursery) as commands:
            return commands.run(service, *arguments)

    def create_client(
        self, client_id: str, *, scopes: Collection[str], accounts: Collection[str]
    ) -> DemoClient:
        """Another client of the same origin; accounts as "bca:1112223334"."""
        with Commands(self._configs, self._nursery) as commands:
            secret = provision.client(
                commands,
                self.secrets,
                client_id,
                scopes=tuple(scopes),
                accounts=tuple(accounts),
                origin=self.client.origin,
            )
        return DemoClient(client_id=client_id, secret=secret)

    def erp(self, client: DemoClient | None = None) -> ERP:
        """An ERP that talks to this stack's edge; the demo client's by default."""
        return ERP(url=self.settings.url, ca_file=self.ca_file, client=client or self.client)

    def bank_caller(self) -> BankCaller:
        """The simulated bank, for calls to this stack's edge that it would not make itself."""
        return BankCaller(url=self.settings.url, ca_file=self.ca_file, secrets=self.secrets)
