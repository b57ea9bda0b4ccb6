"""Checks the rules of the tree that no other linter knows.

Looks only at tracked files: length of files and functions, empty names, hosts
of package registries, paths of one machine, lock files, to-dos without a
number, relative links in the documentation and the headings they name. Changes
nothing; exits 1 after naming every fault as `path:line: text`.
"""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
MAX_FILE_LINES = 400
MAX_FUNCTION_LINES = 70
MAX_TEXT_BYTES = 1_000_000

GENERATED = re.compile(r"^protos/(python|descriptors|baseline)/|^docs/openapi/")
COMPILED_REQUIREMENTS = re.compile(r"^requirements/.*\.txt$")
# A name that says nothing collects what belongs nowhere.
EMPTY_NAMES = frozenset({"utils", "util", "helpers", "helper", "common", "misc", "shared"})
# protos/gerbang/common holds the messages that two contracts share.
EMPTY_NAME_ALLOWED = re.compile(r"^protos/(gerbang|python/gerbang)/common/")
REGISTRY_HOST = re.compile(
    r"\b(files|registry|deb|security|ftp)\.[a-z]+\.org\b|\bregistry\.[a-z]+\.(io|com)\b|\bpyp.\.org\b",
    re.IGNORECASE,
)
MACHINE_PATH = re.compile(r"(?<![\w.~-])/(home|root|work|Users)/[\w.-]+")
LOCK_FILE = re.compile(
    r"(^|/)(uv|poetry|Pipfile|yarn|Cargo)\.lock$|(^|/)(package-lock\.json|pnpm-lock\.yaml)$"
    r"|(^|/)pylock.*\.toml$"
)
TO_DO = re.compile(r"(#|//|<!--)\s*(TODO|FIXME|XXX)\b(?!\(#\d+\):)")
LINK = re.compile(r"\]\(([^)\s]+)\)|^\[[^\]]+\]:\s+(\S+)", re.MULTILINE)

Fault = tuple[str, int, str]


def tracked() -> list[str]:
    """Names of the files git knows, without those deleted in the work tree."""
    done = subprocess.run(
        ["git", "ls-files", "-z"], cwd=ROOT, check=True, capture_output=True, text=True
    )
    return sorted(name for name in done.stdout.split("\0") if name and (ROOT / name).is_file())


def text_of(name: str) -> str | None:
    """The file's text; None for what is not text."""
    content = (ROOT / name).read_bytes()[:MAX_TEXT_BYTES]
    if b"\0" in content:
        return None
    return content.decode(errors="replace")


def name_faults(name: str) -> Iterator[Fault]:
    if LOCK_FILE.search(name):
        yield name, 1, "lock files name hosts; requirements/*.txt are the pins"
    if not EMPTY_NAME_ALLOWED.match(name):
        for part in (*Path(name).parts[:-1], Path(name).stem):
            if part.lower() in EMPTY_NAMES:
                yield name, 1, f"the name {part!r} says nothing; name what is inside"


def line_faults(name: str, text: str) -> Iterator[Fault]:
    for number, line in enumerate(text.splitlines(), start=1):
        if REGISTRY_HOST.search(line):
            yield name, number, "names the host of a package registry"
        if MACHINE_PATH.search(line):
            yield name, number, "names a path of one machine"
        if TO_DO.search(line):
            yield name, number, "a to-do needs the number of its issue: TODO(#12): ..."


def length_faults(name: str, text: str) -> Iterator[Fault]:
    lines = text.count("\n")
    if lines > MAX_FILE_LINES:
        yield name, lines, f"{lines} lines; {MAX_FILE_LINES} is the limit of one idea"
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.end_lineno:
            length = node.end_lineno - node.lineno + 1
            if length > MAX_FUNCTION_LINES:
                yield name, node.lineno, f"{node.name} has {length} lines; {MAX_FUNCTION_LINES} fit"


def link_faults(name: str, text: str) -> Iterator[Fault]:
    folder = (ROOT / name).parent
    for match in LINK.finditer(text):
        target = match.group(1) or match.group(2)
        if re.match(r"[a-z]+:", target):
            continue
        path, _, heading = target.partition("#")
        aim = folder / path if path else ROOT / name
        if not aim.exists() or (heading and aim.suffix == ".md" and heading not in anchors(aim)):
            line = text.count("\n", 0, match.start()) + 1
            yield name, line, f"the link to {target} leads nowhere"


@cache
def anchors(page: Path) -> frozenset[str]:
    """What a page's headings are called in a link."""
    headings = re.findall(r"^#+ (.*)$", page.read_text(), re.MULTILINE)
    return frozenset(re.sub(r"[^\w\- ]", "", one.lower()).replace(" ", "-") for one in headings)


def faults() -> Iterator[Fault]:
    for name in tracked():
        yield from name_faults(name)
        text = None if GENERATED.match(name) else text_of(name)
        if text is None:
            continue
        if not COMPILED_REQUIREMENTS.match(name):
            yield from line_faults(name, text)
        elif REGISTRY_HOST.search(text):
            yield name, 1, "names the host of a package registry"
        if name.endswith(".py"):
            yield from length_faults(name, text)
        if name.endswith(".md"):
            yield from link_faults(name, text)


def main() -> int:
    found = list(faults())
    for name, line, what in found:
        print(f"{name}:{line}: {what}")
    if not found:
        print("tidy: clean")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
