"""Lays down a new bank: with --plain a profile file, else a driver; vectors and test.

A plain SNAP bank needs no Python: a profile describes it. A bank whose dialect
differs gets a folder with the files of every driver. Writes no file that is
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


def targets(name: str, service: Path, *, plain: bool = False) -> dict[Path, Path]:
    """Template -> file to write."""
    drivers, tests = service / "src" / "bank_adapter" / "drivers", service / "tests"
    vectors = {TEMPLATES / "vectors.json.tmpl": tests / "vectors" / f"{name}.json"}
    if plain:
        profiles = drivers / "snap_generic" / "profiles"
        return vectors | {
            TEMPLATES / "plain" / "profile.toml.tmpl": profiles / f"{name}.toml",
            TEMPLATES / "plain" / "test.py.tmpl": tests / f"test_profile_{name}.py",
        }
    files = {
        template: drivers / name / template.name.removesuffix(".tmpl")
        for template in sorted(TEMPLATES.glob("*.py.tmpl"))
    }
    return files | vectors | {TEMPLATES / "test.py.tmpl": tests / f"test_driver_{name}.py"}


def lay(name: str, title: str, service: Path = SERVICE, *, plain: bool = False) -> list[Path]:
    """Writes every file, or none. Raises ValueError or FileExistsError."""
    if not _NAME.fullmatch(name) or keyword.iskeyword(name):
        raise ValueError(f"{name}: a driver is named like mandiri_snap, a profile like permata")
    if '"' in title or "\\" in title or not title.isprintable():
        raise ValueError("a title has no quotes, backslashes or control characters")
    words = {
        "name": name,
        "Class": "".join(part.capitalize() for part in name.split("_")),
        "title": title,
    }
    files = targets(name, service, plain=plain)
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
    parser.add_argument("name", help="the driver or profile, for example mandiri_snap or permata")
    parser.add_argument("title", help="the bank as people call it, for example Mandiri")
    parser.add_argument("--plain", action="store_true", help="a profile file, no Python")
    arguments = parser.parse_args()
    try:
        written = lay(arguments.name, arguments.title, plain=arguments.plain)
    except (ValueError, FileExistsError) as error:
        parser.error(str(error))
    for path in written:
        print(path)
    register = "" if arguments.plain else "add the driver to drivers/registry.py, "
    print(
        "Next: settle every 'Open:' by the bank's own word, put its vectors into "
        f"tests/vectors/{arguments.name}.json, {register}run `ruff check --fix` over the new "
        "files, and teach the simulator its dialect. docs/bank-onboarding.md has the whole way."
    )
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
