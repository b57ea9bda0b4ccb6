"""The demo operator's command line, as tests run it."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import Any

from localstack.stack import Stack

TIMEOUT_S = 120


def run(stack: Stack, *arguments: str) -> subprocess.CompletedProcess[str]:
    """One command of `gerbang-ops` with --json, to its end."""
    command = [sys.executable, "-m", "gerbang_ops", "--config", str(stack.ops_file)]
    return subprocess.run(
        [*command, *arguments, "--json"],
        check=False,
        capture_output=True,
        text=True,
        timeout=TIMEOUT_S,
    )


def gerbang_ops(stack: Stack, *arguments: str) -> Any:
    """What the command prints as JSON. Raises AssertionError when it fails."""
    done = run(stack, *arguments)
    if done.returncode != 0:
        raise AssertionError(done.stderr)
    return json.loads(done.stdout)
