"""The folder of one service, a volume that no other service mounts.

Every file in it is readable by the service's own user and nobody else. A
secret is written once and kept; what follows from other files is written
again each time.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from pki.files import write_private

FOLDER_MODE = 0o700
FILE_MODE = 0o400

# os.chown; tests of an ordinary user give their own.
GiveTo = Callable[[Path, int, int], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class ServiceFolder:
    path: Path
    owner: int
    """Numeric user and group of the service in its image."""

    def keep(self, name: str, make: Callable[[], bytes]) -> bytes:
        """The secret `name`, made when it is not there; its content without the newline."""
        target = self.path / name
        if not target.exists():
            write_private(target, make() + b"\n")
        return target.read_bytes().removesuffix(b"\n")

    def put(self, name: str, content: bytes) -> None:
        """Writes `name`, replacing it when it differs."""
        target = self.path / name
        if not target.exists() or target.read_bytes() != content:
            write_private(target, content)

    def hand_over(self, give_to: GiveTo = os.chown) -> None:
        """Closes the folder to everyone but the service's user."""
        for path in (self.path, *sorted(self.path.rglob("*"))):
            path.chmod(FOLDER_MODE if path.is_dir() else FILE_MODE)
            give_to(path, self.owner, self.owner)
