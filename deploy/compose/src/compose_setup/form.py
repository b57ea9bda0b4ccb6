"""Whether an installation is a production one or a sandbox: decided at its first start, for good.

A sandbox has published keys and a demo client in its databases. Nothing turns
it into a production installation, or the other way; another one is made.
"""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path

FILE = "form"


class Form(StrEnum):
    PRODUCTION = "production"
    SANDBOX = "sandbox"

    @property
    def suffix(self) -> str:
        """What stands between the name and .toml of its configuration files."""
        return "" if self is Form.PRODUCTION else f".{self}"


class FormError(Exception):
    """The installation is of the other form. The text says what to do."""


def form_of(folder: Path) -> Form | None:
    """The form of the installation whose authority lives in `folder`; None before the first."""
    try:
        return Form((folder / FILE).read_text(encoding="utf-8").strip())
    except FileNotFoundError:
        return None


def settle(folder: Path, wanted: Form) -> None:
    """Writes the form down. Raises FormError when the other one stands there."""
    present = form_of(folder)
    if present is None:
        folder.mkdir(parents=True, exist_ok=True)
        (folder / FILE).write_text(f"{wanted}\n", encoding="utf-8")
    elif present is not wanted:
        raise FormError(
            f"this installation is a {present} and stays one. For a {wanted} use another "
            f"project name (docker compose -p gerbang-{wanted} ...), or remove this one with "
            "all its data: docker compose --profile sandbox down --volumes"
        )
