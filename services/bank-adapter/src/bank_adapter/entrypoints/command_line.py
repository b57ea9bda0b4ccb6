"""`python -m bank_adapter`: serve, worker, migrate, hold, check-config."""

from __future__ import annotations

import asyncio
from functools import partial
from pathlib import Path
from typing import Annotated, NoReturn

import typer
from servicekit import log, process
from servicekit.config import ConfigError, load
from servicekit.database import DurabilityError, NotMigratedError, migrate, open_engine
from servicekit.secret import SecretFileError

from bank_adapter.application.ports.ledger import UnavailableError
from bank_adapter.application.steps import Reached, nowhere
from bank_adapter.application.transfer_request import InvalidFieldError
from bank_adapter.bootstrap import MIGRATIONS
from bank_adapter.build_bank import build_driver, is_unproven
from bank_adapter.config import BankAdapterSettings
from bank_adapter.drivers.settings import ProfileError
from bank_adapter.entrypoints.hold_command import hold_everything
from bank_adapter.entrypoints.serve import serve
from bank_adapter.entrypoints.worker import work
from bank_adapter.production import ProductionError, refuse_stand_ins

app = typer.Typer(help="Gerbang's bank-adapter: the only service that moves money.")
ConfigFile = Annotated[Path, typer.Option("--config", help="The TOML configuration file.")]


def run(program: str, config: Path, *, reached: Reached = nowhere) -> None:
    """Loads the file and runs `serve` or `worker` until a signal ends it."""
    settings = _load(config)
    log.configure("bank-adapter", settings.log.level)
    main = {"serve": serve, "worker": work}[program]
    try:
        process.run(partial(main, settings, reached=reached))
    except (NotMigratedError, DurabilityError, SecretFileError, OSError) as error:
        _refuse(str(error))


@app.command("serve")
def serve_command(config: ConfigFile) -> None:
    """Serve the RPCs."""
    run("serve", config)


@app.command("worker")
def worker_command(config: ConfigFile) -> None:
    """Send what waits, ask the bank, recover, ship the outbox."""
    run("worker", config)


@app.command("migrate")
def migrate_command(config: ConfigFile) -> None:
    """Bring the database schema up to date."""
    settings = _load(config)
    engine = open_engine(settings.database, mode=settings.mode)
    try:
        migrate(engine, MIGRATIONS)
    finally:
        engine.dispose()
    typer.echo("bank-adapter: the schema is up to date")


@app.command("hold")
def hold_command(
    config: ConfigFile,
    reason: Annotated[str, typer.Option("--reason", help="Why; recorded for good.")],
) -> None:
    """Put everything on hold, before any process starts: after a restored backup."""
    settings = _load(config)
    log.configure("bank-adapter", settings.log.level)
    try:
        hold = asyncio.run(hold_everything(settings, reason))
    except (InvalidFieldError, NotMigratedError, UnavailableError) as error:
        _refuse(str(error))
    typer.echo(f"bank-adapter: on hold after a restore, in version {hold.version}")


@app.command("check-config")
def check_config_command(config: ConfigFile) -> None:
    """Load the configuration, check it and exit."""
    settings = _load(config)
    typer.echo(f"{config}: good")
    for bank_id, bank in settings.banks.items():
        if is_unproven(bank):
            typer.echo(f"banks.{bank_id}: the profile is unproven: no bank has answered to it yet")


def _load(config: Path) -> BankAdapterSettings:
    try:
        settings = load(config, BankAdapterSettings)
        refuse_stand_ins(settings)
        for bank_id, bank in settings.banks.items():
            try:
                build_driver(bank_id, bank)
            except ProfileError as error:
                _refuse(f"{config}:\n  banks.{bank_id}.{error}")
    except (ConfigError, ProductionError, OSError) as error:
        _refuse(str(error))
    return settings


def _refuse(why: str) -> NoReturn:
    typer.echo(f"bank-adapter: {why}", err=True)
    raise typer.Exit(2)
