"""Runs a service's command line several times in one process.

`python -m localstack.command_host MODULE` reads one JSON list of arguments a
line and answers each with one JSON object: exit code, output, error output.
What takes a second is the import of a service; here it happens once.
"""

from __future__ import annotations

import contextlib
import io
import json
import runpy
import sys
import traceback


def answer(module: str, arguments: list[str]) -> dict[str, str | int]:
    """Runs `python -m MODULE ARGUMENTS` in this process."""
    out, err = io.StringIO(), io.StringIO()
    sys.argv = [module, *arguments]
    code: int | str | None = 0
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        try:
            runpy.run_module(module, run_name="__main__", alter_sys=True)
        except SystemExit as end:
            code = end.code
        except Exception:  # noqa: BLE001 - told to whoever asked
            traceback.print_exc()
            code = 1
    status = code if isinstance(code, int) else int(code is not None)
    return {"code": status, "out": out.getvalue(), "err": err.getvalue()}


def main() -> None:
    # Whatever a command prints past sys.stdout must not look like an answer.
    answers, sys.stdout = sys.stdout, sys.stderr
    module = sys.argv[1]
    for line in sys.stdin:
        answers.write(json.dumps(answer(module, json.loads(line))) + "\n")
        answers.flush()


if __name__ == "__main__":
    main()
