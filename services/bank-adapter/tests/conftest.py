"""Lets tests import what they share: modules of this folder that hold no tests."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))
pytest.register_assert_rewrite("driver_conformance")
