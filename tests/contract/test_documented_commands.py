"""Every command of ours that a document shows exists, with the options that it shows."""

from __future__ import annotations

import importlib
import re
import shlex
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import typer

ROOT = Path(__file__).resolve().parents[2]
PROGRAMS = {
    "python -m auth": "auth.entrypoints.command_line",
    "python -m signer": "signer.entrypoints.cli",
    "python -m bank_adapter": "bank_adapter.entrypoints.command_line",
    "python -m audit": "audit.entrypoints.cli",
    "python -m simulator": "simulator.__main__",
    "python -m localstack": "localstack.__main__",
    "gerbang-ops": "gerbang_ops.command_line",
}
SHOWN = re.compile(rf"(?<![\w-])({'|'.join(PROGRAMS)})((?:[ ]+[^\s`;|&)#][^\s`;|&)#]*)*)")
DOCUMENTS = sorted(
    path
    for pattern in ("*.md", "docs/**/*.md", "simulator/README.md", "docker-compose.yml")
    for path in ROOT.glob(pattern)
)


def commands(path: Path) -> Iterator[tuple[str, str]]:
    """(program, its arguments) as the document shows them, continued lines joined."""
    text = re.sub(r"\\\n\s*", "", path.read_text())
    yield from ((match[1], match[2]) for match in SHOWN.finditer(text))


@cache
def root_command(program: str) -> Any:
    return typer.main.get_command(importlib.import_module(PROGRAMS[program]).app)


def options(command: Any) -> dict[str, bool]:
    """Each option of a command, and whether a value follows it."""
    found = {
        name: not getattr(one, "is_flag", False)
        for one in command.params
        for name in (*one.opts, *one.secondary_opts)
    }
    return {**found, "--help": False}


def problem(program: str, arguments: str) -> str | None:
    """What is wrong with a shown command; None when its program would take it."""
    command = root_command(program)
    words = shlex.split(re.sub(r"[\[\]\"']", " ", arguments))
    while words:
        word = words.pop(0)
        if word.startswith("--"):
            name = word.partition("=")[0]
            if name not in options(command):
                return f"{program}{arguments}: {command.name} has no {name}"
            if options(command)[name] and words and "=" not in word:
                words.pop(0)
        elif hasattr(command, "commands"):
            if word not in command.commands:
                return f"{program}{arguments}: no command {word}"
            command = command.commands[word]
    return None


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_shown_commands_exist(document: Path) -> None:
    assert [wrong for shown in commands(document) if (wrong := problem(*shown))] == []


def test_commands_are_found_in_prose_and_in_blocks() -> None:
    shown = [one for path in DOCUMENTS for one in commands(path)]
    assert len(shown) >= 60
    assert {program for program, _ in shown} == set(PROGRAMS)


@pytest.mark.parametrize(
    ("arguments", "wrong"),
    [
        (" transfers list --json", None),
        (" transfers lst", "no command lst"),
        (" transfers show ID --statment", "has no --statment"),
    ],
)
def test_a_wrong_command_is_noticed(arguments: str, wrong: str | None) -> None:
    found = problem("gerbang-ops", arguments)
    assert found is None if wrong is None else wrong in str(found)
