"""The development CA and the identities it vouches for.

`mode = "production"` refuses this CA by its common name: its private key lies
unprotected on a developer's machine.
"""

from __future__ import annotations

import datetime as dt
from pathlib import Path

from pki import authority
from pki.authority import Identity, Lives
from pki.files import write_private

__all__ = ["Authority", "Identity", "write_private"]

CA_COMMON_NAME = "Gerbang development CA"
LIVES = Lives(
    authority=dt.timedelta(days=3650),
    leaf=dt.timedelta(days=90),
    renew_before=dt.timedelta(days=14),
)
# These two are called by programs outside the house, by the names of this machine.
CALLED_FROM_OUTSIDE = frozenset({"edge", "simulator"})
THIS_MACHINE = ("localhost", "127.0.0.1", "::1")


class Authority:
    """The development CA below `folder`; made when it is not there."""

    def __init__(self, folder: Path, *, now: dt.datetime) -> None:
        self._authority = authority.Authority(
            folder, common_name=CA_COMMON_NAME, lives=LIVES, now=now
        )
        self.certificate_file = self._authority.certificate_file

    def issue(self, name: str) -> Identity:
        """The identity `name` ("auth", "client/payroll"), made or reused."""
        hosts = THIS_MACHINE if name in CALLED_FROM_OUTSIDE else ()
        return self._authority.issue(name, hosts=hosts)
