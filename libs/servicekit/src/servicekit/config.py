"""Configuration: one TOML file per process, read once, strictly.

An unknown key, a wrong type or a missing value stops the start, and every
problem is named by its path. Secrets never stand here, only the files that hold
them; a relative file path is relative to the configuration file.
"""

import json
import tomllib
from collections.abc import Mapping
from enum import StrEnum
from pathlib import Path
from typing import Any, Literal, Self, TypeVar

import pydantic
from pydantic import ValidationInfo, field_validator
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError

_FOLDER = "folder of the configuration file"


class ConfigError(Exception):
    """The configuration cannot be used; `problems` lists why, one line each."""

    def __init__(self, path: Path, problems: list[str]) -> None:
        self.path = path
        self.problems = tuple(problems)
        super().__init__(f"{path}:\n" + "\n".join(f"  {problem}" for problem in problems))


class Mode(StrEnum):
    """Production refuses every stand-in that development allows."""

    DEVELOPMENT = "development"
    PRODUCTION = "production"


def _anchored(value: Any, folder: Path) -> Any:
    """`value` with every relative Path in it moved below `folder`."""
    if isinstance(value, Path):
        return value if value.is_absolute() else folder / value
    if type(value) in (list, tuple, set, frozenset):
        return type(value)(_anchored(item, folder) for item in value)
    if type(value) is dict:
        return {key: _anchored(item, folder) for key, item in value.items()}
    return value


class Settings(pydantic.BaseModel):
    """Base of every table in a configuration file: frozen, no unknown keys."""

    model_config = pydantic.ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    @field_validator("*", mode="after")
    @classmethod
    def _paths_start_at_the_file(cls, value: Any, info: ValidationInfo) -> Any:
        folder = (info.context or {}).get(_FOLDER)
        return value if folder is None else _anchored(value, folder)


T = TypeVar("T", bound=Settings)


def load(path: Path, model: type[T]) -> T:
    """Read and check one TOML file. Raises ConfigError with every problem found."""
    try:
        document = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise ConfigError(path, [f"cannot be read: {error.strerror}"]) from None
    except (UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise ConfigError(path, [f"is not TOML: {error}"]) from None
    return parse(document, model, path=path)


def parse(document: Mapping[str, Any], model: type[T], *, path: Path) -> T:
    """Check a decoded document as if it had been read from `path`."""
    # JSON mode is the strict mode that still lets text become a Path or an Enum.
    text = json.dumps(document, default=str)
    try:
        return model.model_validate_json(
            text, strict=True, context={_FOLDER: path.resolve().parent}
        )
    except pydantic.ValidationError as error:
        raise ConfigError(path, [_sentence(problem) for problem in error.errors()]) from None


def _sentence(problem: Any) -> str:
    where = ".".join(str(part) for part in problem["loc"]) or "(whole file)"
    if problem["type"] == "extra_forbidden":
        return f"{where}: unknown key"
    if problem["type"] == "missing":
        return f"{where}: missing"
    return f"{where}: {problem['msg']}"


class TLSSettings(Settings):
    """A process's own certificate and the authority that it trusts, all PEM."""

    certificate_file: Path
    private_key_file: Path
    ca_file: Path


class ListenSettings(Settings):
    """Where a server listens. Port 0 lets the system choose."""

    host: str = "127.0.0.1"
    port: int = pydantic.Field(ge=0, le=65535)


class MetricsSettings(Settings):
    """Where Prometheus may ask, in plain HTTP. Whoever reaches the port may read it."""

    host: str = "127.0.0.1"
    port: int = pydantic.Field(ge=0, le=65535)


class DatabaseSettings(Settings):
    """`sqlite:///path` or `mysql+pymysql://user@host:port/schema`.

    A relative SQLite path is relative to the working directory.
    """

    url: str
    password_file: Path | None = None

    @field_validator("url", mode="after")
    @classmethod
    def _names_a_database_without_its_password(cls, value: str) -> str:
        try:
            url = make_url(value)
        except ArgumentError:
            raise ValueError("is not a database URL") from None
        if url.drivername not in ("sqlite", "mysql+pymysql"):
            raise ValueError("must start with sqlite:/// or mysql+pymysql://")
        if not url.database:
            raise ValueError("names no database")
        if url.password is not None:
            raise ValueError("must not hold a password; give password_file")
        return value

    @pydantic.model_validator(mode="after")
    def _sqlite_has_no_password(self) -> Self:
        if self.password_file is not None and self.url.startswith("sqlite:"):
            raise ValueError("password_file has no meaning with SQLite")
        return self


class LogSettings(Settings):
    """How much is logged."""

    level: Literal["debug", "info", "warning", "error"] = "info"


class PeerSettings(Settings):
    """One of our own services: where it listens and the DNS name it must prove."""

    target: str
    server_name: str


class InternalClient(Settings):
    """A caller inside the house that is a client, named by its SPIFFE id.

    `accounts` holds "bank:account" strings, as the claim of a token does.
    """

    spiffe_id: str = pydantic.Field(pattern=r"^spiffe://gerbang/[a-z0-9/-]*[a-z0-9]$")
    client_id: str = pydantic.Field(min_length=1, max_length=64)
    scopes: frozenset[str]
    accounts: frozenset[str] = frozenset()
