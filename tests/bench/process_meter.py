"""What processes have used: CPU time and memory, read from /proc.

The CPU time of a process is that of all its threads, in user and kernel mode,
in steps of the kernel's clock tick (10 ms as a rule). Nothing is traced.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

TICK_S = 1 / os.sysconf("SC_CLK_TCK")
PAGE_BYTES = os.sysconf("SC_PAGE_SIZE")
# Places in /proc/PID/stat behind the program's name, which may hold blanks.
USER_TIME, KERNEL_TIME, RESIDENT_PAGES = 11, 12, 21


@dataclass(frozen=True, slots=True, kw_only=True)
class Usage:
    """One process, or the difference between two readings of it."""

    cpu_s: float
    rss_bytes: int


def usage(pid: int) -> Usage:
    """Raises FileNotFoundError when the process is gone."""
    text = Path(f"/proc/{pid}/stat").read_text()
    fields = text.rpartition(")")[2].split()
    return Usage(
        cpu_s=(int(fields[USER_TIME]) + int(fields[KERNEL_TIME])) * TICK_S,
        rss_bytes=int(fields[RESIDENT_PAGES]) * PAGE_BYTES,
    )


class ProcessMeter:
    """Reads several processes by name."""

    def __init__(self, pids: Mapping[str, int]) -> None:
        self._pids = dict(pids)

    def read(self) -> dict[str, Usage]:
        return {name: usage(pid) for name, pid in self._pids.items()}

    def since(self, before: Mapping[str, Usage]) -> dict[str, Usage]:
        """CPU time used since `before`; memory as it is now."""
        return {
            name: Usage(cpu_s=now.cpu_s - before[name].cpu_s, rss_bytes=now.rss_bytes)
            for name, now in self.read().items()
        }
