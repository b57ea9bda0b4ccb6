"""Compiles requirements/*.in into pinned, hashed requirements/*.txt.

One resolution of everything comes first and constrains the rest, so that a
package has the same version in every service. The output names no index.
Run it by `make lock`; give package names to upgrade only those, or `--all`.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
from pathlib import Path

REQUIREMENTS = Path(__file__).resolve().parent.parent / "requirements"
# Included by others, never installed alone.
PARTS = frozenset({"servicekit", "database", "build"})


def compile_file(sources: list[Path], target: Path, extra: list[str]) -> None:
    command = [
        "uv", "pip", "compile", "--quiet", "--universal", "--python-version", "3.11",
        "--generate-hashes", "--no-emit-index-url", "--no-emit-find-links", "--no-header",
        "--no-annotate", *extra, "--output-file", str(target), *map(str, sources),
    ]  # fmt: skip
    subprocess.run(command, check=True)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("packages", nargs="*", help="upgrade only these")
    parser.add_argument("--all", action="store_true", help="upgrade everything")
    arguments = parser.parse_args()
    upgrade = ["--upgrade"] if arguments.all else []
    for package in arguments.packages:
        upgrade += ["--upgrade-package", package]
    sources = sorted(p for p in REQUIREMENTS.glob("*.in") if p.stem not in PARTS)
    with tempfile.TemporaryDirectory() as scratch:
        everything = Path(scratch) / "everything.txt"
        previous = sorted(REQUIREMENTS.glob("*.txt"))
        if previous and not arguments.all:
            # Keep today's versions where nothing asks for a change.
            seen: dict[str, str] = {}
            for path in previous:
                for line in path.read_text().splitlines():
                    if "==" in line and not line.startswith(" "):
                        seen[line.split("==")[0]] = line.split(" \\")[0]
            everything.write_text("\n".join(seen.values()) + "\n")
        compile_file(sources, everything, upgrade)
        for source in sources:
            print(f"lock: {source.stem}")
            target = source.with_suffix(".txt")
            target.unlink(missing_ok=True)
            compile_file([source], target, ["--constraint", str(everything)])
    return 0


if __name__ == "__main__":
    sys.exit(main())
