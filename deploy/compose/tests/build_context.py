"""What an image's build sees: the repository's files as .dockerignore lets them through.

The rules are those of moby/patternmatcher: the last pattern that matches a path
or one of its parents decides, `!` brings back, `*` does not cross a slash.
"""

from __future__ import annotations

import re
import shlex
import shutil
import subprocess
from dataclasses import dataclass
from functools import cache
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[3]


@cache
def tracked() -> tuple[str, ...]:
    listed = subprocess.run(
        ["git", "ls-files", "-z"],  # noqa: S607 - git of the environment
        cwd=REPOSITORY,
        check=True,
        capture_output=True,
        text=True,
        timeout=30,
    )
    return tuple(name for name in listed.stdout.split("\0") if name)


def expression(pattern: str) -> re.Pattern[str]:
    """A pattern of .dockerignore that must match a whole path."""
    wild = {"**/": "(?:.*/)?", "**": ".*", "*": "[^/]*", "?": "[^/]"}
    parts = re.split(r"(\*\*/|\*\*|\*|\?)", pattern.strip("/"))
    return re.compile("".join(wild.get(part, re.escape(part)) for part in parts))


def patterns() -> list[tuple[bool, re.Pattern[str]]]:
    """Each with whether it leaves out what it matches."""
    lines = (REPOSITORY / ".dockerignore").read_text().splitlines()
    rules = [line for line in lines if line and not line.startswith("#")]
    return [(not rule.startswith("!"), expression(rule.lstrip("!"))) for rule in rules]


@cache
def context() -> tuple[str, ...]:
    """The files of the repository that reach a build."""
    rules = patterns()

    def reaches(name: str) -> bool:
        path = Path(name)
        family = [str(path), *(str(parent) for parent in path.parents if parent != Path())]
        left_out = False
        for leaves_out, matches in rules:
            if any(matches.fullmatch(one) for one in family):
                left_out = leaves_out
        return not left_out

    return tuple(name for name in tracked() if reaches(name))


def lay_out(folder: Path) -> Path:
    """The context as files."""
    for name in context():
        target = folder / name
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(REPOSITORY / name, target)
    return folder


@dataclass(frozen=True, slots=True)
class Dockerfile:
    """The instructions of one Dockerfile, continued lines joined."""

    path: Path

    @property
    def instructions(self) -> list[tuple[str, str]]:
        text = re.sub(r"\\\n\s*", "", self.path.read_text())
        lines = [line for line in text.splitlines() if line and not line.startswith("#")]
        return [(word, rest) for word, _, rest in (line.partition(" ") for line in lines)]

    def copies(self) -> list[tuple[str, str]]:
        """(source, target) of every COPY from the context."""
        words = [shlex.split(rest) for word, rest in self.instructions if word == "COPY"]
        return [
            (source, one[-1])
            for one in words
            if not one[0].startswith("--from")
            for source in one[:-1]
        ]

    def installed(self) -> list[str]:
        """Our own folders that pip installs, relative to the context."""
        runs = [shlex.split(rest) for word, rest in self.instructions if word == "RUN"]
        return [
            one.removeprefix("./")
            for run in runs
            if run[:2] == ["pip", "install"]
            for one in run
            if one.startswith("./")
        ]


DOCKERFILES = {
    name: Dockerfile(REPOSITORY / name) for name in tracked() if name.endswith("/Dockerfile")
}
