"""What the commands share: the configuration option, and errors in plain words."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, NoReturn

import servicekit.database as db
import typer
from servicekit import log
from servicekit.config import ConfigError, load
from servicekit.secret import SecretFileError
from sqlalchemy.exc import OperationalError

from signer.adapters.key_encryption import KeyEncryptionError
from signer.adapters.key_files import KeyFileError
from signer.adapters.sql_key_store import KeyStoreError
from signer.application.ports import CustodyError, KeyStoreChanged
from signer.config import SignerSettings
from signer.domain.refusal import Refusal
from signer.production import ProductionError

ConfigOption = Annotated[
    Path, typer.Option("--config", help="The signer's TOML file.", exists=False, dir_okay=False)
]


@contextmanager
def plain_errors() -> Iterator[None]:
    """Turns what an operator can put right into one sentence and exit code 1."""
    try:
        yield
    except (
        ConfigError,
        SecretFileError,
        KeyEncryptionError,
        KeyStoreError,
        KeyFileError,
        ProductionError,
        CustodyError,
        Refusal,
        db.NotMigratedError,
        db.DurabilityError,
    ) as error:
        fail(str(error))
    except KeyStoreChanged:
        fail("someone else changed the key store at the same moment; try again")
    except OperationalError as error:
        fail(f"the database does not answer: {type(error.orig).__name__}")


def fail(message: str) -> NoReturn:
    sys.stderr.write(f"signer: {message}\n")
    raise typer.Exit(code=1)


def settings_of(config: Path) -> SignerSettings:
    settings = load(config, SignerSettings)
    log.configure("signer", settings.log.level)
    return settings
