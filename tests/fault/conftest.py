"""Lets the fault tests import their own parts, and gives them one nursery."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from localstack.nursery import Nursery

sys.path.insert(0, str(Path(__file__).parent))


@pytest.fixture(scope="session")
def nursery() -> Iterator[Nursery]:
    """Where every process of these tests is forked."""
    made = Nursery()
    yield made
    made.close()
