"""The bank-adapter with crash points: the only program that has them.

Run like `python -m bank_adapter serve --config FILE`. When a named durable
step is reached and an order for it lies in the folder `crash` beside the
configuration's folder, the order is taken away and the process kills itself
with SIGKILL, or stops itself with SIGSTOP: no handler, no flush, no goodbye.
"""

from __future__ import annotations

import os
import signal
import sys
from pathlib import Path

from bank_adapter.entrypoints.command_line import run

MANNERS = {"kill": signal.SIGKILL, "freeze": signal.SIGSTOP}


def crash_folder(config: Path) -> Path:
    """Where orders are laid, each a file `family.step.manner`."""
    return config.resolve().parent.parent / "crash"


def main() -> None:
    verb, option, file = sys.argv[1:4]
    if option != "--config" or verb not in {"serve", "worker"}:
        raise SystemExit("usage: crashing_bank_adapter.py serve|worker --config FILE")
    orders = crash_folder(Path(file))
    family = "worker" if verb == "worker" else "bank-adapter"

    def reached(step: str) -> None:
        for manner, number in MANNERS.items():
            try:
                (orders / f"{family}.{step}.{manner}").unlink()
            except FileNotFoundError:
                continue
            os.kill(os.getpid(), number)

    run(verb, Path(file), reached=reached)


if __name__ == "__main__":
    main()
