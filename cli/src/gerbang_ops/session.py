"""What every command gets from the options before it, and the options they share."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import typer

from gerbang_ops.config import OpsSettings, Overrides, read_settings
from gerbang_ops.outcomes import plain_errors

JSONOption = Annotated[
    bool, typer.Option("--json", help="Print JSON for machines; nothing else on stdout.")
]
IdArgument = Annotated[
    str, typer.Argument(metavar="TRANSFER_ID", help="As the list of transfers shows it.")
]
YesOption = Annotated[bool, typer.Option("--yes", help="Do not ask for confirmation.")]
ReasonOption = Annotated[
    str,
    typer.Option("--reason", help="Why, in your own words. Recorded under your name for good."),
]


@dataclass(frozen=True, slots=True, kw_only=True)
class Session:
    """One run of the command line."""

    config: Path | None
    overrides: Overrides

    def settings(self) -> OpsSettings:
        """Raises ConfigError."""
        return read_settings(self.config, self.overrides)


@contextmanager
def opened(context: typer.Context) -> Iterator[OpsSettings]:
    """The settings of this run; errors inside end as one sentence."""
    with plain_errors():
        session = context.find_object(Session)
        if session is None:
            raise AssertionError("a command runs below the root")
        yield session.settings()
