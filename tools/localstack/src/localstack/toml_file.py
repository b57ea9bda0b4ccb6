"""Writes a TOML file from plain tables. Reading is tomllib's."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

Table = Mapping[str, Any]


def write(path: Path, table: Table) -> None:
    """Writes `table`; None stands for an absent key."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("# Written by the local stack; changes here are lost.\n" + render(table))


def render(table: Table, *, prefix: str = "") -> str:
    plain: list[str] = []
    nested: list[str] = []
    for key, value in table.items():
        name = f"{prefix}{key_text(key)}"
        match value:
            case None:
                continue
            case Mapping():
                nested.append(f"\n[{name}]\n{render(value, prefix=name + '.')}")
            case [Mapping(), *_]:
                nested.extend(
                    f"\n[[{name}]]\n{render(entry, prefix=name + '.')}" for entry in value
                )
            case _:
                plain.append(f"{key_text(key)} = {value_text(value)}\n")
    return "".join(plain + nested)


def key_text(key: str) -> str:
    bare = key.isascii() and key.replace("-", "").replace("_", "").isalnum()
    return key if bare else json.dumps(key)


def value_text(value: object) -> str:
    match value:
        case bool():
            return "true" if value else "false"
        case int() | float():
            return repr(value)
        case str() | Path():
            return json.dumps(str(value), ensure_ascii=False)
        case [*entries]:
            return "[" + ", ".join(value_text(entry) for entry in entries) + "]"
    raise TypeError(f"no TOML for {type(value).__name__}")


def merged(table: Table, changes: Table) -> dict[str, Any]:
    """`table` with `changes` laid over it, table by table."""
    result = dict(table)
    for key, value in changes.items():
        old = result.get(key)
        both_tables = isinstance(old, Mapping) and isinstance(value, Mapping)
        result[key] = merged(old, value) if both_tables and isinstance(old, Mapping) else value
    return result
