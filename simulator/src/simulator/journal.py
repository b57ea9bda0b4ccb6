"""An append-only file of JSON lines from which a restarted bank remembers.

Each line is whole in itself: an instruction as it stands now (the latest line of a number counts),
an external id that was used, or an account that was added. Lines are handed to the operating
system before the answer leaves; whether they are forced to the disk is a setting.
"""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import orjson

from simulator.instructions import Instruction, Order
from simulator.ledger import Entry, EntryStatus


class Journal:
    """Writes lines; without a path it does nothing."""

    def __init__(self, path: Path | None, *, fsync: bool) -> None:
        self._path = path
        self._fsync = fsync
        self._descriptor = -1
        if path is not None:
            _cut_torn_line(path)
            self._descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)

    @property
    def is_kept(self) -> bool:
        return self._descriptor >= 0

    def instruction(self, instruction: Instruction) -> None:
        if self.is_kept:
            self._write({"kind": "instruction", "instruction": instruction})

    def external_id(self, client_id: str, external_id: str, day: int) -> None:
        if self.is_kept:
            self._write({"kind": "external_id", "client": client_id, "id": external_id, "day": day})

    def account(self, setting: dict[str, Any]) -> None:
        if self.is_kept:
            self._write({"kind": "account", **setting})

    def read(self) -> Iterator[dict[str, Any]]:
        """The lines written so far."""
        if self._path is None:
            return
        with self._path.open("rb") as lines:
            for line in lines:
                yield orjson.loads(line)

    def erase(self) -> None:
        if self.is_kept:
            os.ftruncate(self._descriptor, 0)

    def close(self) -> None:
        if self.is_kept:
            os.close(self._descriptor)
            self._descriptor = -1

    def _write(self, line: dict[str, Any]) -> None:
        os.write(self._descriptor, orjson.dumps(line) + b"\n")
        if self._fsync:
            os.fdatasync(self._descriptor)


def _cut_torn_line(path: Path) -> None:
    """Remove what a kill left of a last line, so that the next line starts clean."""
    if not path.exists():
        return
    text = path.read_bytes()
    whole = text.rfind(b"\n") + 1
    if whole < len(text):
        os.truncate(path, whole)


def restore_instruction(line: dict[str, Any]) -> Instruction:
    """The instruction of a journal line."""
    members = dict(line["instruction"])
    members["order"] = Order(**members["order"])
    if members["entry"] is not None:
        entry = members["entry"]
        members["entry"] = Entry(**{**entry, "status": EntryStatus(entry["status"])})
    return Instruction(**members)
