"""How a command runs: the parts opened for it, and errors a person can act on."""

import asyncio
import contextlib
import getpass
import os
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path
from typing import Annotated, TypeVar

import typer
from servicekit.config import ConfigError, load
from servicekit.database import DurabilityError, NotMigratedError
from servicekit.log import configure
from servicekit.secret import SecretFileError
from sqlalchemy.exc import DBAPIError

from auth.application.ports import (
    AlreadyExistsError,
    ChangedElsewhereError,
    StoreUnavailableError,
)
from auth.bootstrap import Parts, open_parts
from auth.config import AuthSettings
from auth.domain.invalid_value import InvalidValueError
from auth.production import ProductionError

T = TypeVar("T")

ConfigOption = Annotated[
    Path,
    typer.Option("--config", help="Auth's configuration file (TOML).", show_default=False),
]
JSONOption = Annotated[bool, typer.Option("--json", help="Print JSON, for programs.")]
IfAbsentOption = Annotated[
    bool, typer.Option("--if-absent", help="Do nothing, and succeed, when it is there already.")
]


class CommandError(Exception):
    """The command cannot be done; the text says why and what to do."""


def settings_from(config: Path) -> AuthSettings:
    return load(config, AuthSettings)


def run_with_parts(config: Path, work: Callable[[Parts], Awaitable[T]]) -> T:
    """Run the work over the open database; ends the process with status 1 on an error."""

    async def opened(settings: AuthSettings) -> T:
        async with open_parts(settings) as parts:
            return await work(parts)

    with plain_errors():
        settings = settings_from(config)
        # A command speaks by its own output; the log is for the server.
        configure("auth", "error")
        return asyncio.run(opened(settings))


@contextlib.contextmanager
def plain_errors() -> Iterator[None]:
    """Turns the errors that have an explanation into one line and exit status 1."""
    try:
        yield
    except (
        CommandError,
        ConfigError,
        DurabilityError,
        InvalidValueError,
        NotMigratedError,
        ProductionError,
        SecretFileError,
        OSError,
    ) as error:
        _fail(str(error))
    except AlreadyExistsError as error:
        _fail(f"{error} exists already")
    except ChangedElsewhereError as error:
        _fail(
            f"{error} was changed by someone else at the same moment; nothing was written. "
            "Look at it and run the command again"
        )
    except StoreUnavailableError as error:
        _fail(str(error))
    except DBAPIError as error:
        _fail(f"the database cannot be used: {error.orig}")


def _fail(message: str) -> None:
    typer.echo(f"error: {message}", err=True)
    raise typer.Exit(1)


def actor() -> str:
    """Who runs the command, for the audit: the Unix user."""
    try:
        user = getpass.getuser()
    except (KeyError, OSError):
        # A container's user often has a number only.
        user = str(os.getuid())
    return f"cli:{user}"
