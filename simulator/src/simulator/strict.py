"""Builds frozen dataclasses from TOML or JSON and refuses what they do not name.

Every problem is told with its path. Used for the configuration file and for the administrative
API, so neither ignores a misspelt key.
"""

import dataclasses
import types
import typing
from collections.abc import Callable, Mapping
from enum import StrEnum
from pathlib import Path
from typing import Any, TypeVar, Union

T = TypeVar("T")


class ShapeError(ValueError):
    """What was read does not have the shape asked for; the text names the path."""


def build(
    model: type[T],
    source: object,
    *,
    at: str = "",
    folder: Path = Path(),
    rename: Callable[[str], str] = str,
) -> T:
    """Make a `model` of the mapping `source`.

    `rename` turns a field name into the key expected; `folder` is where relative paths start.
    Raises ShapeError for unknown, missing or mistyped members.
    """
    if not isinstance(source, Mapping):
        raise ShapeError(f"{at or 'document'}: a table is expected")
    hints = typing.get_type_hints(model)
    fields = {rename(field.name): field for field in dataclasses.fields(model)}  # type: ignore[arg-type]
    unknown = sorted(set(source) - set(fields))
    if unknown:
        raise ShapeError(f"{_join(at, unknown[0])}: unknown key")
    values: dict[str, Any] = {}
    for key, field in fields.items():
        if key in source:
            values[field.name] = _convert(
                hints[field.name], source[key], at=_join(at, key), folder=folder, rename=rename
            )
        elif _is_required(field):
            raise ShapeError(f"{_join(at, key)}: missing")
    try:
        return model(**values)
    except ShapeError:
        raise
    except ValueError as error:
        raise ShapeError(f"{at or 'document'}: {error}") from error


def camel(name: str) -> str:
    """delay_ms -> delayMs, the spelling of the administrative API."""
    head, *tail = name.split("_")
    return head + "".join(part.capitalize() for part in tail)


def _join(at: str, key: str) -> str:
    return f"{at}.{key}" if at else str(key)


def _is_required(field: "dataclasses.Field[Any]") -> bool:
    return field.default is dataclasses.MISSING and field.default_factory is dataclasses.MISSING


def _convert(
    kind: Any, value: object, *, at: str, folder: Path, rename: Callable[[str], str]
) -> Any:
    origin = typing.get_origin(kind)
    if origin in (Union, types.UnionType):
        return _convert_optional(kind, value, at=at, folder=folder, rename=rename)
    if origin is tuple:
        return _convert_list(kind, value, at=at, folder=folder, rename=rename)
    if origin is typing.Literal:
        if value not in typing.get_args(kind):
            raise ShapeError(f"{at}: one of {', '.join(map(str, typing.get_args(kind)))}")
        return value
    if dataclasses.is_dataclass(kind) and isinstance(kind, type):
        return build(kind, value, at=at, folder=folder, rename=rename)
    return _convert_plain(kind, value, at=at, folder=folder)


def _convert_optional(
    kind: Any, value: object, *, at: str, folder: Path, rename: Callable[[str], str]
) -> Any:
    if value is None:
        return None
    (inner,) = (part for part in typing.get_args(kind) if part is not type(None))
    return _convert(inner, value, at=at, folder=folder, rename=rename)


def _convert_list(
    kind: Any, value: object, *, at: str, folder: Path, rename: Callable[[str], str]
) -> Any:
    if not isinstance(value, list):
        raise ShapeError(f"{at}: a list is expected")
    inner = typing.get_args(kind)[0]
    return tuple(
        _convert(inner, item, at=f"{at}[{number}]", folder=folder, rename=rename)
        for number, item in enumerate(value)
    )


def _convert_plain(kind: Any, value: object, *, at: str, folder: Path) -> Any:
    if kind is Path and isinstance(value, str):
        return folder / value
    if isinstance(kind, type) and issubclass(kind, StrEnum) and isinstance(value, str):
        try:
            return kind(value)
        except ValueError:
            raise ShapeError(f"{at}: one of {', '.join(kind)}") from None
    if kind is float and type(value) in (int, float):
        return float(typing.cast("float", value))
    if type(value) is not kind:
        raise ShapeError(f"{at}: {getattr(kind, '__name__', kind)} is expected")
    return value
