"""Profile files of plain SNAP banks: those in the package, and anybody's own.

Reads a file and no more; what it may say is the generic driver's to check.
"""

from __future__ import annotations

import tomllib
from importlib import resources
from pathlib import Path

from bank_adapter.drivers.settings import ProfileError

_PACKAGED = resources.files("bank_adapter.drivers.snap_generic") / "profiles"


def read_packaged_profile(name: str) -> dict[str, object]:
    """One of the package's own, "bni". Raises ProfileError."""
    if name not in packaged():
        raise ProfileError(f"profile_name: must be one of {', '.join(packaged())}")
    return tomllib.loads((_PACKAGED / f"{name}.toml").read_text(encoding="utf-8"))


def read_profile_file(path: Path) -> dict[str, object]:
    """A company's own file. Raises ProfileError."""
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError) as error:
        raise ProfileError(f"profile_file: {path.name} cannot be read") from error
    except tomllib.TOMLDecodeError as error:
        raise ProfileError(f"profile_file: {path.name} is not TOML: {error}") from error


def packaged() -> list[str]:
    """The names of the package's own profiles."""
    return sorted(
        entry.name.removesuffix(".toml")
        for entry in _PACKAGED.iterdir()
        if entry.name.endswith(".toml")
    )
