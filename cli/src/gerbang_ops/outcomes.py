"""How a command ends: one sentence and an exit code, never a traceback."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from enum import IntEnum

import grpc
import typer
from rich.console import Console
from servicekit.config import ConfigError
from servicekit.errors import ServiceError


class ExitCode(IntEnum):
    """Part of the command line's contract; shown by `gerbang-ops --help`."""

    DONE = 0
    FAILED = 1
    # Typer's own for an option that does not exist or has a wrong value.
    USAGE = 2
    UNREACHABLE = 3
    NOT_ALLOWED = 4
    REFUSED = 5
    ALARM = 6
    NOT_CONFIRMED = 7


EXIT_CODES = """\
Exit codes: 0 done; 1 failed; 2 wrong use; 3 a service (or the bank) cannot be reached;
4 this certificate may not do it; 5 refused as things stand, nothing was changed;
6 ALARM: the check found something a person must look at; 7 not confirmed, nothing was changed.
"""


class OpsError(Exception):
    """Something a person can read; the command ends with `code`."""

    def __init__(self, message: str, code: ExitCode = ExitCode.FAILED) -> None:
        super().__init__(message)
        self.code = code


_BY_STATUS = {
    grpc.StatusCode.UNAVAILABLE: ExitCode.UNREACHABLE,
    grpc.StatusCode.DEADLINE_EXCEEDED: ExitCode.UNREACHABLE,
    grpc.StatusCode.UNAUTHENTICATED: ExitCode.NOT_ALLOWED,
    grpc.StatusCode.PERMISSION_DENIED: ExitCode.NOT_ALLOWED,
    grpc.StatusCode.NOT_FOUND: ExitCode.REFUSED,
    grpc.StatusCode.ALREADY_EXISTS: ExitCode.REFUSED,
    grpc.StatusCode.ABORTED: ExitCode.REFUSED,
    grpc.StatusCode.FAILED_PRECONDITION: ExitCode.REFUSED,
    grpc.StatusCode.INVALID_ARGUMENT: ExitCode.REFUSED,
    grpc.StatusCode.RESOURCE_EXHAUSTED: ExitCode.REFUSED,
}


def said_by(service: str, error: ServiceError) -> OpsError:
    """A service's error as a sentence."""
    where = f"{error.field} " if error.field else ""
    text = f"{service} says: {where}{error.message} ({error.reason})"
    if error.reason == "SCOPE_MISSING":
        text += f"; give this identity the scope in [[internal_clients]] of {service}"
    return OpsError(text, _BY_STATUS.get(error.code, ExitCode.FAILED))


@contextmanager
def plain_errors() -> Iterator[None]:
    """Inside it, what a person can put right becomes a sentence on stderr."""
    try:
        yield
    except OpsError as error:
        message, code = str(error), error.code
    except ConfigError as error:
        message, code = str(error), ExitCode.USAGE
    except OSError as error:
        message = f"{error.filename or 'a file'}: {error.strerror or error}"
        code = ExitCode.FAILED
    else:
        return
    Console(stderr=True).print(f"gerbang-ops: {message}", markup=False, highlight=False)
    raise typer.Exit(code)
