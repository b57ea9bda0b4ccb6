"""The pinned lists agree: one version of a package everywhere, and a local stack that starts."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

FOLDER = Path(__file__).resolve().parents[2] / "requirements"
LISTS = {path.stem: path for path in FOLDER.glob("*.txt")}
# What `make run` installs, without the tests' own packages.
LOCAL = ("auth", "signer", "bank-adapter", "audit", "simulator", "edge", "cli")


def pins(name: str) -> dict[str, str]:
    text = LISTS[name].read_text()
    return dict(re.findall(r"^([A-Za-z0-9_.-]+)==(\S+)", text, re.MULTILINE))


def test_a_package_has_one_version_in_every_list() -> None:
    versions: dict[str, set[str]] = {}
    for name in LISTS:
        for package, version in pins(name).items():
            versions.setdefault(package, set()).add(version)
    assert {one for one, found in versions.items() if len(found) > 1} == set()


@pytest.mark.parametrize("part", LOCAL)
def test_the_local_stack_installs_what_its_parts_need(part: str) -> None:
    assert pins(part).items() <= pins("local").items()


def test_the_tests_install_what_the_local_stack_needs() -> None:
    assert pins("local").items() <= pins("test").items()


def test_every_package_is_hashed() -> None:
    for name, path in LISTS.items():
        entries = re.split(r"^(?=\S)", path.read_text(), flags=re.MULTILINE)
        assert [one for one in entries if "==" in one and "--hash=sha256:" not in one] == [], name
