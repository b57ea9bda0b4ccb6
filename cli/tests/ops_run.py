"""The command line run against services of the test, as one of the operators."""

from __future__ import annotations

import asyncio
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from gerbang_ops.command_line import app
from servicekit.config import TLSSettings
from typer.testing import CliRunner

OPERATORS = ("operator/jane", "operator/budi", "operator/mallory")
NAMES = ("bank-adapter", "signer", "audit", "auth", "edge", "client/payroll", *OPERATORS)


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """How a run ended."""

    code: int
    stdout: str
    stderr: str

    def json(self) -> Any:
        return json.loads(self.stdout)


@dataclass
class CommandLine:
    """Runs `gerbang-ops` as one of the operators; targets are set by the fixtures."""

    pki: dict[str, TLSSettings]
    folder: Path
    targets: dict[str, int]

    def config(self, name: str, extra: str = "") -> Path:
        tls = self.pki[name]
        lines = [
            "[identity]",
            f'certificate_file = "{tls.certificate_file}"',
            f'private_key_file = "{tls.private_key_file}"',
            f'ca_file = "{tls.ca_file}"',
        ]
        for service, port in self.targets.items():
            lines += [
                f"[{service.replace('-', '_')}]",
                f'target = "127.0.0.1:{port}"',
                f'server_name = "{service}.gerbang.internal"',
            ]
        path = self.folder / f"{name.replace('/', '-')}.toml"
        path.write_text("\n".join(lines) + "\n" + extra)
        return path

    async def run(
        self, *arguments: str, as_: str = "operator/jane", typed: str = "", extra: str = ""
    ) -> Outcome:
        """The command in a thread of its own: it has an event loop of its own."""
        command = ["--config", str(self.config(as_, extra)), *arguments]
        return await asyncio.to_thread(invoke, *command, typed=typed)


def invoke(*arguments: str, typed: str = "") -> Outcome:
    result = CliRunner(env={"COLUMNS": "200"}).invoke(app, list(arguments), input=typed)
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    return Outcome(code=result.exit_code, stdout=result.stdout, stderr=result.stderr)
