"""Lays down the driver of a new bank: folder, profile, vectors and test.

For a bank whose dialect needs Python. A plain SNAP bank needs none: copy a
profile of drivers/snap_generic/profiles and edit it. Writes no file that is
there already, and registers nothing: it says what to add where.
"""

from __future__ import annotations

import argparse
import keyword
import re
from pathlib import Path
from string import Template

TEMPLATES = Path(__file__).resolve().parent / "new_bank_templates"
SERVICE = Path(__file__).resolve().parent.parent / "services" / "bank-adapter"

_NAME = re.compile(r"[a-z][a-z0-9]*(_[a-z0-9]+)*", re.ASCII)


def targets(name: str, service: Path) -> dict[Path, Path]:
    """Template -> file to write."""
    drivers = service / "src" / "bank_adapter" / "drivers" / name
    tests = service / "tests"
    elsewhere = {
        "test.py.tmpl": tests / f"test_driver_{name}.py",
        "vectors.json.tmpl": tests / "vectors" / f"{name}.json",
    }
    return {
        template: elsewhere.get(template.name, drivers / template.name.removesuffix(".tmpl"))
        for template in sorted(TEMPLATES.glob("*.tmpl"))
    }


def lay(name: str, title: str, service: Path = SERVICE) -> list[Path]:
    """Writes every file, or none. Raises ValueError or FileExistsError."""
    if not _NAME.fullmatch(name) or keyword.iskeyword(name):
        raise ValueError(f"{name}: a driver is named like mandiri_snap")
    words = {
        "name": name,
        "Class": "".join(part.capitalize() for part in name.split("_")),
        "title": title,
    }
    files = targets(name, service)
    for target in files.values():
        if target.exists():
            raise FileExistsError(f"{target} is there already")
    for template, target in files.items():
        target.parent.mkdir(parents=True, exist_ok=True)
        text = Template(template.read_text(encoding="utf-8")).substitute(words)
        target.write_text(text, encoding="utf-8")
    return list(files.values())


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("name", help="the driver, for example mandiri_snap")
    parser.add_argument("title", help="the bank as people call it, for example Mandiri")
    arguments = parser.parse_args()
    try:
        written = lay(arguments.name, arguments.title)
    except (ValueError, FileExistsError) as error:
        parser.error(str(error))
    for path in written:
        print(path)
    print(
        "Next: settle every 'Open:' by the bank's own word, put its vectors into "
        f"tests/vectors/{arguments.name}.json, add the driver to drivers/registry.py, "
        "run `ruff check --fix` over the new files, and teach the simulator its dialect."
    )
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
