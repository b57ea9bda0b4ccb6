"""Starts a program that dies with the process that started it.

`python -I -S tether.py PARENT_PID PROGRAM ARGUMENT...` asks Linux to send
SIGKILL when the parent is gone, however it went, and becomes the program.
Elsewhere it only becomes the program. A file of its own without imports of
ours, because it must start in a few milliseconds.
"""

import ctypes
import os
import signal
import sys

PR_SET_PDEATHSIG = 1


def main() -> None:
    parent = int(sys.argv[1])
    program = sys.argv[2:]
    if sys.platform == "linux":
        ctypes.CDLL(None, use_errno=True).prctl(PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
        if os.getppid() != parent:
            # The parent died before the request reached the kernel.
            sys.exit(1)
    os.execvp(program[0], program)  # noqa: S606 - no shell is wanted


if __name__ == "__main__":
    main()
