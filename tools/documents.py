"""Fills the marked blocks of the documentation from the code.

A block stands between `<!-- generated: NAME -->` and `<!-- /generated -->`.
`python tools/documents.py write` fills every one, `... check` fails when one is
stale or its name is not known. Run by `make protos`.
"""

from __future__ import annotations

import argparse
import re
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Final

import error_reasons
import transfer_life
from localstack import settings

ROOT = Path(__file__).resolve().parent.parent
BLOCK = re.compile(
    r"(?P<open><!-- generated: (?P<name>[a-z-]+) -->\n)(?P<text>.*?)(?P<close><!-- /generated -->)",
    re.DOTALL,
)
BLOCKS: Final[Mapping[str, Callable[[], str]]] = {
    "state-picture": transfer_life.picture,
    "public-states": transfer_life.public_states,
    "signals": transfer_life.signals,
    "inquiry-statuses": transfer_life.statuses,
    "errors": error_reasons.table,
    "erp-errors": error_reasons.erp_table,
    "settings": settings.table,
}


def documents() -> list[Path]:
    return sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")])


def filled(text: str, *, where: str) -> str:
    """The document with every block as it should be."""

    def fill(found: re.Match[str]) -> str:
        name = found["name"]
        if name not in BLOCKS:
            raise SystemExit(f"{where}: no block is called {name}; there are {', '.join(BLOCKS)}")
        return f"{found['open']}\n{BLOCKS[name]()}\n\n{found['close']}"

    return BLOCK.sub(fill, text)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("verb", choices=["write", "check"])
    write = parser.parse_args().verb == "write"
    stale = []
    for path in documents():
        text = path.read_text()
        wanted = filled(text, where=str(path.relative_to(ROOT)))
        if wanted != text:
            stale.append(str(path.relative_to(ROOT)))
            if write:
                path.write_text(wanted)
    if stale and not write:
        print(f"documents: stale, run `make protos`: {', '.join(stale)}", file=sys.stderr)
        return 1
    print(f"documents: {'written ' + ', '.join(stale) if stale else 'match the code'}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
