"""Profile files of plain SNAP banks: those in the package, and anybody's own.

Reads a file and no more; what it may say is the generic driver's to check.
"""

from __future__ import annotations

import tomllib
from importlib import resources
from pathlib import Path

from bank_adapter.drivers.settings import ProfileError

_PACKAGED = resources.files("bank_adapter.drivers.snap_generic") / "profiles"


def read_profile_file(profile: str, *, folder: Path) -> dict[str, object]:
    """The content of a profile. Raises ProfileError.

    `profile` is a packaged name ("bni") or a path ending in .toml, taken from
    `folder` when it is not absolute.
    """
    try:
        if profile.endswith(".toml"):
            content = (folder / profile).read_text(encoding="utf-8")
        else:
            content = (_PACKAGED / f"{profile}.toml").read_text(encoding="utf-8")
        return tomllib.loads(content)
    except (OSError, UnicodeDecodeError) as error:
        raise ProfileError(f"profile: {profile} cannot be read; packaged are {names()}") from error
    except tomllib.TOMLDecodeError as error:
        raise ProfileError(f"profile: {profile} is not TOML: {error}") from error


def names() -> str:
    """The packaged profiles."""
    found = sorted(
        entry.name.removesuffix(".toml")
        for entry in _PACKAGED.iterdir()
        if entry.name.endswith(".toml")
    )
    return ", ".join(found)
