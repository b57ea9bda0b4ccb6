"""Where a command's new secret comes from: a file, or the system's randomness.

A file that exists is read. One that does not is written, with mode 0600, so a
script names one path and runs twice with the same result. Without a file the
secret is shown once, and nowhere again.
"""

import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from servicekit.config import Mode
from servicekit.secret import Secret, read_secret_file

from auth.entrypoints.command_run import CommandError

_OWNER_ONLY = 0o600


@dataclass(frozen=True, slots=True, kw_only=True)
class GivenSecret:
    """`shown` is set when the person must be shown the secret now or never."""

    value: Secret[str]
    file: Path | None

    @property
    def shown(self) -> str | None:
        return self.value.reveal() if self.file is None else None


def secret_from(path: Path | None, *, mode: Mode, generate: Callable[[], str]) -> GivenSecret:
    """Raises CommandError, SecretFileError."""
    if path is not None and path.exists():
        return GivenSecret(value=read_text_secret(path, mode=mode), file=path)
    secret = Secret(generate())
    if path is not None:
        # Before the database: a secret in a file that is not used yet does no
        # harm, a secret in use that nobody has does.
        _write(path, secret)
    return GivenSecret(value=secret, file=path)


def read_text_secret(path: Path, *, mode: Mode) -> Secret[str]:
    """The text in a secret file. Raises CommandError, SecretFileError."""
    try:
        return Secret(read_secret_file(path, mode).reveal().decode("utf-8"))
    except UnicodeDecodeError:
        raise CommandError(f"{path}: is not text in UTF-8") from None


def _write(path: Path, secret: Secret[str]) -> None:
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, _OWNER_ONLY)
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            file.write(secret.reveal() + "\n")
            file.flush()
            os.fsync(file.fileno())
    except OSError as error:
        raise CommandError(f"{path}: cannot be written: {error.strerror}") from None
