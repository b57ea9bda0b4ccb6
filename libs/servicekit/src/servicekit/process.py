"""Runs a service's main coroutine and ends it in order.

SIGTERM and SIGINT cancel the coroutine, which then closes what it opened. A
second signal changes nothing; whoever is in a hurry sends SIGKILL.
"""

import asyncio
import contextlib
import ctypes
import gc
import resource
import signal
import sys
from collections.abc import Awaitable, Callable

import uvloop

_PR_SET_DUMPABLE = 4
# Objects made between two looks for young garbage; Python's 700 is for small programs.
_GC_YOUNG_OBJECTS = 10_000


def forbid_core_dumps() -> None:
    """No core file, and no other process of this user may read our memory.

    The limit alone does not stop a core that is piped to a collector, so Linux
    is told as well.
    """
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_DUMPABLE, 0, 0, 0, 0)


def spare_the_collector() -> None:
    """Take what the imports made out of garbage collection.

    It lives until the end, and walking it stops every call of a service for
    80 ms each time.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(_GC_YOUNG_OBJECTS)


def run(main: Callable[[], Awaitable[None]], *, core_dumps: bool = False) -> None:
    """Run `main` on uvloop until it returns or a signal cancels it."""
    if not core_dumps:
        forbid_core_dumps()
    spare_the_collector()
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(_until_signalled(main))


async def _until_signalled(main: Callable[[], Awaitable[None]]) -> None:
    loop = asyncio.get_running_loop()
    task = asyncio.ensure_future(main())
    signalled = False

    def stop() -> None:
        nonlocal signalled
        if not signalled:
            signalled = True
            task.cancel()

    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop)
    try:
        with contextlib.suppress(asyncio.CancelledError):
            await task
            return
        if not signalled:
            raise asyncio.CancelledError
    finally:
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.remove_signal_handler(number)
