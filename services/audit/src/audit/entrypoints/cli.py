"""`python -m audit serve | migrate | check-config | verify --config FILE`."""

import asyncio
from pathlib import Path
from typing import Annotated, NoReturn

import typer
from servicekit.clock import SystemClock
from servicekit.config import ConfigError, load
from servicekit.database import DurabilityError, NotMigratedError, check_migrated, open_engine
from servicekit.database import migrate as run_migrations
from servicekit.log import configure
from servicekit.process import run
from servicekit.secret import SecretFileError
from sqlalchemy import Engine
from sqlalchemy.exc import SQLAlchemyError

from audit import bootstrap
from audit.adapters.chain_store import SQLChainStore
from audit.adapters.reader import Reader
from audit.application.ports import ChainCheck
from audit.application.verify_chain import VerifyChain
from audit.config import AuditSettings
from audit.entrypoints.chain_watch import tell
from audit.production import RefusedError, refuse_stand_ins

app = typer.Typer(add_completion=False, no_args_is_help=True, pretty_exceptions_enable=False)

Config = Annotated[
    Path, typer.Option("--config", help="The TOML file.", exists=True, dir_okay=False)
]


@app.command()
def serve(config: Config) -> None:
    """Take events in, answer queries and show the dashboard."""
    settings = _settings(config)
    configure("audit", settings.log.level)
    try:
        run(lambda: bootstrap.serve(settings))
    except (NotMigratedError, DurabilityError, OSError) as error:
        _stop(str(error))


@app.command()
def migrate(config: Config) -> None:
    """Bring the database's tables up to date."""
    settings = _settings(config)
    engine = open_engine(settings.database, mode=settings.mode)
    try:
        run_migrations(engine, bootstrap.MIGRATIONS)
    except SQLAlchemyError as error:
        _stop(f"the database cannot be migrated: {error}")
    finally:
        engine.dispose()


@app.command("check-config")
def check_config(config: Config) -> None:
    """Read the configuration and its secrets, and say whether they can be used."""
    _settings(config)
    typer.echo("The configuration is sound.")


@app.command()
def verify(config: Config) -> None:
    """Walk the chain; exit 1 and name the first broken sequence when there is one."""
    settings = _settings(config)
    configure("audit", settings.log.level)
    engine = open_engine(settings.database, mode=settings.mode)
    try:
        check_migrated(engine, bootstrap.MIGRATIONS)
        check = asyncio.run(_verify(engine))
    except (NotMigratedError, SQLAlchemyError) as error:
        _stop(str(error))
    finally:
        engine.dispose()
    walked = check.walked
    if check.found is not None:
        typer.echo(f"broken at sequence {check.found.sequence}: {check.found.problem}")
        raise typer.Exit(1)
    typer.echo(f"whole: {walked.sequence} events, head {walked.sequence}:{walked.chain_hash.hex()}")


async def _verify(engine: Engine) -> ChainCheck:
    reader = Reader(engine)
    try:
        clock = SystemClock()
        check = await VerifyChain(SQLChainStore(reader, clock), clock).run()
    finally:
        await reader.close()
    tell(check)
    return check


def _settings(path: Path) -> AuditSettings:
    try:
        settings = load(path, AuditSettings)
        refuse_stand_ins(settings)
        if settings.dashboard is not None:
            bootstrap.read_dashboard_key(settings.dashboard, settings.mode)
    except (
        ConfigError,
        RefusedError,
        SecretFileError,
        bootstrap.WeakSecretError,
        OSError,
        ValueError,
    ) as error:
        _stop(str(error))
    return settings


def _stop(sentence: str) -> NoReturn:
    typer.echo(sentence, err=True)
    raise typer.Exit(2)
