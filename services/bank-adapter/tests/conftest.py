"""Lets tests import what they share: modules of this folder that hold no tests."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from servicekit.testing_mariadb import MariaDBMissingError, mariadb_server

sys.path.insert(0, str(Path(__file__).parent))
pytest.register_assert_rewrite("driver_conformance", "snap_conformance")

from use_cases import make_tables  # noqa: E402  found by the line above


@pytest.fixture(scope="session")
def empty_ledger(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A migrated SQLite file to copy; migrating takes longer than most tests."""
    path = tmp_path_factory.mktemp("ledger") / "empty.db"
    make_tables(f"sqlite:///{path}")
    return path


@pytest.fixture
def sqlite_url(empty_ledger: Path, tmp_path: Path) -> str:
    path = tmp_path / "ledger.db"
    shutil.copy(empty_ledger, path)
    return f"sqlite:///{path}"


@pytest.fixture(scope="session")
def mariadb(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[[], str]]:
    """Gives the URL of a new, migrated schema of a real server."""

    def new_url(schema: Callable[[], str]) -> str:
        url = schema()
        make_tables(url)
        return url

    try:
        with mariadb_server(tmp_path_factory.mktemp("mariadb")) as schema:
            yield lambda: new_url(schema)
    except MariaDBMissingError as missing:
        pytest.fail(str(missing))


@pytest.fixture(params=["sqlite", "mariadb"])
def ledger_url(request: pytest.FixtureRequest) -> str:
    """The same test on both products."""
    if request.param == "sqlite":
        return str(request.getfixturevalue("sqlite_url"))
    return str(request.getfixturevalue("mariadb")())
