"""An installation in a temporary folder, with the repository's own files."""

import datetime as dt
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from compose_setup.form import Form, settle
from compose_setup.installation import Installation

# For modules of this folder that hold no tests.
sys.path.insert(0, str(Path(__file__).parent))
REPOSITORY = Path(__file__).resolve().parents[3]
NOW = dt.datetime.now(dt.UTC)
Install = Callable[..., Installation]


@pytest.fixture
def owners() -> dict[Path, tuple[int, int]]:
    """Who was given which file; nobody but root may really give."""
    return {}


@pytest.fixture
def install(tmp_path: Path, owners: dict[Path, tuple[int, int]]) -> Install:
    """Prepares an installation of the given form; again on the same folder when called again."""

    def make(form: Form = Form.PRODUCTION, *, now: dt.datetime = NOW) -> Installation:
        def give_to(path: Path, user: int, group: int) -> None:
            owners[path] = (user, group)

        made = Installation(
            root=tmp_path / "installation",
            share=REPOSITORY,
            public_hosts=("localhost", "127.0.0.1"),
            now=now,
            give_to=give_to,
        )
        settle(made.authority_folder, form)
        made.prepare()
        return made

    return make
