"""From a bank's configuration to its profile, strictly.

An unknown key, a missing one or a wrong type stops the start and is named by
its path.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import MISSING, fields, is_dataclass
from enum import Enum
from types import MappingProxyType
from typing import Any, TypeVar, get_args, get_origin, get_type_hints

ProfileT = TypeVar("ProfileT")


class ProfileError(ValueError):
    """The configuration of a bank is wrong; the message names the key."""


def read_profile(
    model: type[ProfileT], settings: Mapping[str, object], *, at: str = ""
) -> ProfileT:
    """Builds the frozen dataclass `model` from configuration values.

    Lists become tuples or frozensets, tables become dataclasses or read-only
    mappings, text becomes the member of an enumeration. Raises ProfileError.
    """
    if not is_dataclass(model):
        raise TypeError("a profile is a dataclass")
    hints = get_type_hints(model)
    known = {field.name: field for field in fields(model)}
    for key in settings:
        if key not in known:
            raise ProfileError(f"{at}{key}: unknown key")
    for name, field in known.items():
        required = field.default is MISSING and field.default_factory is MISSING
        if required and name not in settings:
            raise ProfileError(f"{at}{name}: is required")
    values = {key: _value(f"{at}{key}", value, hints[key]) for key, value in settings.items()}
    try:
        return model(**values)
    except ValueError as error:
        raise ProfileError(f"{at}{error}") from error


def _value(key: str, value: object, hint: Any) -> object:
    origin = get_origin(hint) or hint
    if isinstance(origin, type) and is_dataclass(origin):
        return read_profile(origin, _table(key, value), at=f"{key}.")
    if origin is Mapping:
        return MappingProxyType(_mapping(key, value, *get_args(hint)))
    if issubclass(origin, Enum):
        return _member(key, value, origin)
    if origin in (tuple, frozenset):
        return origin(_entries(key, value, of=get_args(hint)[0]))
    # A bool is an int to Python, and never one to us.
    if type(value) is not origin:
        raise ProfileError(f"{key}: must be a {origin.__name__}")
    return value


def _member(key: str, value: object, of: type[Enum]) -> Enum:
    try:
        return of(value)
    except ValueError as error:
        allowed = ", ".join(str(member.value) for member in of)
        raise ProfileError(f"{key}: {value} must be one of {allowed}") from error


def _table(key: str, value: object) -> Mapping[str, object]:
    if not isinstance(value, Mapping):
        raise ProfileError(f"{key}: must be a table")
    return value


def _mapping(key: str, value: object, names: Any, entries: Any) -> dict[object, object]:
    """A table whose keys are texts or members of an enumeration."""
    read: dict[object, object] = {}
    for name, entry in _table(key, value).items():
        known = name if names is str else _member(key, name, names)
        read[known] = _value(f"{key}.{name}", entry, entries)
    return read


def _entries(key: str, value: object, *, of: Any) -> list[object]:
    """A list of texts, of members of an enumeration, or of pairs of texts (headers)."""
    if not isinstance(value, list | tuple | frozenset | set):
        raise ProfileError(f"{key}: must be a list")
    if isinstance(of, type) and issubclass(of, Enum):
        return [_member(key, entry, of) for entry in value]
    entries = [tuple(entry) if isinstance(entry, list) else entry for entry in value]
    pairs = get_origin(of) is tuple
    for entry in entries:
        texts = entry if pairs else (entry,)
        if not isinstance(texts, tuple) or not all(isinstance(text, str) for text in texts):
            raise ProfileError(f"{key}: must be a list of {'pairs of ' if pairs else ''}texts")
    return entries
