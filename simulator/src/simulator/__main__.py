"""`python -m simulator serve --config FILE` and `check-config`."""

import asyncio
import contextlib
import gc
import signal
import sys
from pathlib import Path
from typing import Annotated

import typer
import uvloop

from simulator.config import Settings, load
from simulator.partners import know
from simulator.server import serve as run_server
from simulator.strict import ShapeError

app = typer.Typer(add_completion=False, no_args_is_help=True)
ConfigFile = Annotated[Path, typer.Option("--config", help="The TOML configuration file.")]


@app.command()
def serve(config: ConfigFile) -> None:
    """Run the bank until SIGTERM or SIGINT."""
    settings = _load(config)
    _collect_rarely()
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        try:
            runner.run(_until_told(settings))
        except (OSError, ValueError) as error:
            sys.stderr.write(f"simulator: {error}\n")
            raise typer.Exit(1) from error


@app.command("check-config")
def check_config(config: ConfigFile) -> None:
    """Load the configuration and its keys, say that they are good, and leave."""
    _load(config)
    sys.stdout.write(f"{config}: good\n")


def _collect_rarely() -> None:
    """The books only grow, so walking them for cycles is wasted time under load."""
    gc.freeze()
    gc.set_threshold(50_000, 50, 1_000)


async def _until_told(settings: Settings) -> None:
    task = asyncio.ensure_future(run_server(settings))
    loop = asyncio.get_running_loop()
    for name in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(name, task.cancel)
    with contextlib.suppress(asyncio.CancelledError):
        await task


def _load(path: Path) -> Settings:
    try:
        settings = load(path)
        know(settings.partners)
    except ShapeError as error:
        sys.stderr.write(f"simulator: {error}\n")
        raise typer.Exit(2) from error
    return settings


if __name__ == "__main__":
    app()
