"""What the documentation takes from the code is what the code says."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def test_no_generated_block_is_stale() -> None:
    command = [sys.executable, str(ROOT / "tools" / "documents.py"), "check"]

    done = subprocess.run(command, check=False, capture_output=True, text=True)

    assert done.returncode == 0, done.stderr
