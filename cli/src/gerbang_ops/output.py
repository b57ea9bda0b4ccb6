"""Text for people and JSON for machines.

What came from a bank or a client is shown without control characters: a
terminal must not obey it.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from datetime import timedelta, timezone
from typing import Any

from google.protobuf.json_format import MessageToDict
from google.protobuf.message import Message
from google.protobuf.timestamp_pb2 import Timestamp
from rich.console import Console
from rich.table import Table
from rich.text import Text

# The banks' day. No daylight saving.
_JAKARTA = timezone(timedelta(hours=7), "WIB")
_UNSEEN = "\N{REPLACEMENT CHARACTER}"


def console(*, stderr: bool = False) -> Console:
    return Console(stderr=stderr, highlight=False, markup=False, soft_wrap=True)


def plain(text: str) -> str:
    """The text with every character that could steer a terminal replaced."""
    return "".join(char if char.isprintable() else _UNSEEN for char in text)


def moment(timestamp: Timestamp) -> str:
    """In the banks' time zone, to the second; "-" for none."""
    if not timestamp.ToNanoseconds():
        return "-"
    return timestamp.ToDatetime(_JAKARTA).strftime("%Y-%m-%d %H:%M:%S WIB")


def to_plain(message: Message) -> dict[str, Any]:
    """Names as in the contract's JSON."""
    converted: dict[str, Any] = MessageToDict(message)
    return converted


def print_json(value: object) -> None:
    sys.stdout.write(json.dumps(value, indent=2, ensure_ascii=False) + "\n")


def print_table(out: Console, headings: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """Columns without lines; cells are made plain. A wide one wraps, none is cut."""
    table = Table(box=None, pad_edge=False, header_style="bold", show_edge=False)
    for heading in headings:
        table.add_column(heading, overflow="fold")
    for row in rows:
        table.add_row(*(Text(plain(cell)) for cell in row))
    out.print(table)
