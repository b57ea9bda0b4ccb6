"""The command line: the server and its keep, and the groups of commands for people."""

from pathlib import Path

import typer
from servicekit.database import migrate as migrate_database
from servicekit.database import open_engine
from servicekit.log import configure
from servicekit.process import run

from auth.adapters.aes_sealer import read_encryption_key
from auth.bootstrap import MIGRATIONS
from auth.config import AuthSettings
from auth.entrypoints import client_commands, key_commands, operator_commands
from auth.entrypoints.command_run import ConfigOption, plain_errors, settings_from
from auth.entrypoints.serve import serve as serve_until_cancelled
from auth.production import refuse_development_files

SERVICE = "auth"

app = typer.Typer(
    help="Gerbang's auth service: who may ask.",
    no_args_is_help=True,
    add_completion=False,
    # A traceback helps nobody at a prompt, and its locals may hold a secret.
    pretty_exceptions_enable=False,
)
app.add_typer(client_commands.app, name="clients")
app.add_typer(operator_commands.app, name="operators")
app.add_typer(key_commands.app, name="keys")


@app.command()
def serve(config: ConfigOption) -> None:
    """Answer calls until stopped."""
    with plain_errors():
        settings = settings_from(config)
        configure(SERVICE, settings.log.level)
        run(lambda: serve_until_cancelled(settings))


@app.command()
def migrate(config: ConfigOption) -> None:
    """Bring the database to this version. Safe to run again and while serving."""
    with plain_errors():
        settings = settings_from(config)
        configure(SERVICE, settings.log.level)
        engine = open_engine(settings.database, mode=settings.mode)
        try:
            migrate_database(engine, MIGRATIONS)
        finally:
            engine.dispose()
        typer.echo("auth: the database is at this version")


@app.command("check-config")
def check_config(config: ConfigOption) -> None:
    """Load the configuration and the files it names, then exit."""
    with plain_errors():
        settings = settings_from(config)
        _check_files(settings)
        typer.echo(f"auth: {config} can be used")


def _check_files(settings: AuthSettings) -> None:
    read_encryption_key(settings.keys.encryption_key_file, settings.mode)
    tls = settings.tls
    named: tuple[Path | None, ...] = (
        tls.certificate_file,
        tls.private_key_file,
        tls.ca_file,
        settings.database.password_file,
    )
    for path in named:
        if path is not None:
            path.read_bytes()
    refuse_development_files(settings)
