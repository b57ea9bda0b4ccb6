"""The real services behind real mutual TLS, and the command line run against them."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
from servicekit.config import TLSSettings
from servicekit.testing import issue_test_pki

sys.path.insert(0, str(Path(__file__).parent))

from ops_run import NAMES, CommandLine


@pytest.fixture(scope="session")
def pki(tmp_path_factory: pytest.TempPathFactory) -> dict[str, TLSSettings]:
    return issue_test_pki(tmp_path_factory.mktemp("pki"), NAMES)


@pytest.fixture
def ops(pki: dict[str, TLSSettings], tmp_path: Path) -> CommandLine:
    return CommandLine(pki=pki, folder=tmp_path, targets={})
