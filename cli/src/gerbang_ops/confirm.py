"""Asking before what cannot be undone."""

from __future__ import annotations

import typer

from gerbang_ops.outcomes import ExitCode, OpsError

_NOTHING = "not confirmed; nothing was changed"


def type_to_confirm(word: str, *, what: str, yes: bool) -> None:
    """The person types `word`; `yes` was said beforehand. Raises OpsError NOT_CONFIRMED."""
    if yes:
        return
    try:
        typed = typer.prompt(
            f"{what}\nType {word} to go on", err=True, default="", show_default=False
        )
    except typer.Abort:
        typed = ""
    if typed.strip() != word:
        raise OpsError(_NOTHING, ExitCode.NOT_CONFIRMED)
