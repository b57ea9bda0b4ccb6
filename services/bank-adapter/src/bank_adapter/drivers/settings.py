"""From a bank's configuration to its profile, strictly.

An unknown key, a missing one or a wrong type stops the start and is named.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import MISSING, fields, is_dataclass
from enum import Enum
from typing import Any, TypeVar, get_type_hints

ProfileT = TypeVar("ProfileT")


class ProfileError(ValueError):
    """The configuration of a bank is wrong; the message names the key."""


def read_profile(model: type[ProfileT], settings: Mapping[str, object]) -> ProfileT:
    """Builds the frozen dataclass `model` from configuration values.

    Lists become tuples or frozensets, text becomes the member of an
    enumeration. Raises ProfileError.
    """
    if not is_dataclass(model):
        raise TypeError("a profile is a dataclass")
    hints = get_type_hints(model)
    known = {field.name: field for field in fields(model)}
    for key in settings:
        if key not in known:
            raise ProfileError(f"{key}: unknown key")
    for name, field in known.items():
        required = field.default is MISSING and field.default_factory is MISSING
        if required and name not in settings:
            raise ProfileError(f"{name}: is required")
    values = {key: _value(key, value, hints[key]) for key, value in settings.items()}
    try:
        return model(**values)
    except ValueError as error:
        raise ProfileError(str(error)) from error


def _value(key: str, value: object, hint: Any) -> object:
    origin = getattr(hint, "__origin__", hint)
    if isinstance(origin, type) and issubclass(origin, Enum):
        try:
            return origin(value)
        except ValueError as error:
            allowed = ", ".join(str(member.value) for member in origin)
            raise ProfileError(f"{key}: must be one of {allowed}") from error
    if origin in (tuple, frozenset):
        return origin(_entries(key, value))
    # A bool is an int to Python, and never one to us.
    if type(value) is not origin:
        raise ProfileError(f"{key}: must be a {getattr(origin, '__name__', origin)}")
    return value


def _entries(key: str, value: object) -> list[object]:
    if not isinstance(value, list | tuple | frozenset | set):
        raise ProfileError(f"{key}: must be a list")
    return [tuple(entry) if isinstance(entry, list) else entry for entry in value]
