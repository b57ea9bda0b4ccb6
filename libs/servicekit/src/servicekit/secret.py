"""Values that must not be seen: they show themselves only when asked to.

A Secret has no text form, cannot be pickled and is not JSON. It does not wipe
memory; Python cannot promise that.
"""

from pathlib import Path
from typing import Generic, NoReturn, TypeVar

from servicekit.config import Mode

T = TypeVar("T")

_READABLE_BY_OTHERS = 0o007


class SecretFileError(Exception):
    """A secret file is missing, empty or open to everyone."""


class Secret(Generic[T]):
    """A value that stays out of logs, error messages and pickles."""

    __slots__ = ("_value",)

    def __init__(self, value: T) -> None:
        self._value = value

    def reveal(self) -> T:
        """The value itself. Every use of it is a line worth reviewing."""
        return self._value

    def __repr__(self) -> str:
        return "Secret(***)"

    def __format__(self, format_spec: str) -> str:
        return "Secret(***)"

    def __eq__(self, other: object) -> bool:
        # Comparing by value would be neither constant-time nor needed.
        return self is other

    def __hash__(self) -> int:
        return id(self)

    def __reduce__(self) -> NoReturn:
        raise TypeError("a Secret is never pickled or copied")


def read_secret_file(path: Path, mode: Mode = Mode.PRODUCTION) -> Secret[bytes]:
    """The content of a secret file without one trailing newline.

    Raises SecretFileError. In production a file that everyone can read or
    write is refused.
    """
    try:
        with path.open("rb") as file:
            permissions = path.stat().st_mode
            content = file.read()
    except OSError as error:
        raise SecretFileError(f"{path}: {error.strerror}") from None
    if mode is Mode.PRODUCTION and permissions & _READABLE_BY_OTHERS:
        raise SecretFileError(f"{path}: open to every user; run chmod o-rwx on it")
    content = content.removesuffix(b"\n")
    if not content:
        raise SecretFileError(f"{path}: empty")
    return Secret(content)
