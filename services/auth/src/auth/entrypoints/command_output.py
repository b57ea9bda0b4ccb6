"""How a command answers: for a person in lines, for a program in JSON."""

import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

import typer

_US_PER_S = 1_000_000


def show_facts(facts: Mapping[str, Any], *, as_json: bool) -> None:
    """One thing: its facts by name, one a line."""
    if as_json:
        typer.echo(json.dumps(facts))
        return
    width = max(len(name) for name in facts)
    for name, value in facts.items():
        typer.echo(f"{_words(name):<{width}}  {_text(value)}")


def show_rows(rows: Sequence[Mapping[str, Any]], *, as_json: bool, empty: str) -> None:
    """Many things of one kind, one a line under the names of their facts."""
    if as_json:
        typer.echo(json.dumps(list(rows)))
        return
    if not rows:
        typer.echo(empty)
        return
    table = [[_words(name).upper() for name in rows[0]]]
    table += [[_text(value) for value in row.values()] for row in rows]
    widths = [max(len(line[column]) for line in table) for column in range(len(table[0]))]
    for line in table:
        cells = (cell.ljust(width) for cell, width in zip(line, widths, strict=True))
        typer.echo("  ".join(cells).rstrip())


def instant(us: int | None) -> str | None:
    """Microseconds since 1970 as RFC 3339 in UTC, to the second."""
    if us is None:
        return None
    return datetime.fromtimestamp(us // _US_PER_S, tz=UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _words(name: str) -> str:
    return name.replace("_", " ")


def _text(value: Any) -> str:
    if value is None or value == []:
        return "-"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list):
        return " ".join(str(item) for item in value)
    return str(value)
