"""Keeps the process's memory out of swap, where the system allows it.

Core dumps and other processes' eyes are shut out by `servicekit.process`.
"""

import ctypes
import resource
import sys
from pathlib import Path

_MCL_CURRENT = 1
_MCL_FUTURE = 2
_MCL_ONFAULT = 4  # lock pages as they are used, not whole thread stacks
_CAP_IPC_LOCK = 14


def lock_memory() -> bool:
    """True when the whole process is locked in memory.

    Only tried without a limit (CAP_IPC_LOCK, or RLIMIT_MEMLOCK unlimited):
    under a limit a later allocation would fail in the middle of the work.
    """
    if sys.platform != "linux" or not _unlimited():
        return False
    libc = ctypes.CDLL(None, use_errno=True)
    return bool(libc.mlockall(_MCL_CURRENT | _MCL_FUTURE | _MCL_ONFAULT) == 0)


def _unlimited() -> bool:
    soft, _ = resource.getrlimit(resource.RLIMIT_MEMLOCK)
    return soft == resource.RLIM_INFINITY or _capable()


def _capable() -> bool:
    try:
        status = Path("/proc/self/status").read_text(encoding="ascii")
    except OSError:
        return False
    for line in status.splitlines():
        name, _, value = line.partition(":")
        if name == "CapEff":
            return bool(int(value, 16) >> _CAP_IPC_LOCK & 1)
    return False
