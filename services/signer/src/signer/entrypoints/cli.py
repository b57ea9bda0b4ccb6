"""`python -m signer`: serve, migrate, check the configuration, keep keys.

Runs on the signer's own machine with its configuration. What it does to keys
is journalled under `local:<operator>`.
"""

import servicekit.database as db
import typer
from servicekit import process

from signer.bootstrap import MIGRATIONS, serve
from signer.entrypoints.cli_errors import ConfigOption, fail, plain_errors, settings_of
from signer.entrypoints.cli_journal import journal_app
from signer.entrypoints.cli_keys import keys_app
from signer.entrypoints.cli_life import life_app
from signer.production import refuse_stand_ins

app = typer.Typer(no_args_is_help=True, add_completion=False, help="Gerbang's signer.")


@app.command("serve")
def serve_command(config: ConfigOption) -> None:
    """Serves until it is told to stop."""
    with plain_errors():
        settings = settings_of(config)
        process.run(lambda: serve(settings))


@app.command("migrate")
def migrate_command(config: ConfigOption) -> None:
    """Brings the database to this version's tables."""
    with plain_errors():
        settings = settings_of(config)
        db.migrate(db.open_engine(settings.database, mode=settings.mode), MIGRATIONS)
    typer.echo("the signer's database is up to date")


@app.command("check-config")
def check_config_command(config: ConfigOption) -> None:
    """Reads the configuration and the files it names, and says what is wrong."""
    with plain_errors():
        settings = settings_of(config)
        missing = [
            str(path)
            for path in (
                settings.tls.certificate_file,
                settings.tls.private_key_file,
                settings.tls.ca_file,
            )
            if not path.is_file()
        ]
        if missing:
            fail("these files are missing: " + ", ".join(missing))
        refuse_stand_ins(settings)
    typer.echo("the configuration is good")


keys_app.add_typer(life_app)
app.add_typer(keys_app, name="keys")
app.add_typer(journal_app, name="journal")
