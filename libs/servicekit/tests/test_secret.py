"""Secrets that stay unseen."""

import copy
import json
import pickle
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from servicekit.config import Mode
from servicekit.secret import Secret, SecretFileError, read_secret_file


def test_secret_shows_itself_only_when_asked():
    secret = Secret("hunter2")
    assert secret.reveal() == "hunter2"
    for shown in (repr(secret), str(secret), f"{secret}", f"{secret:>20}", f"{[secret]}"):
        assert "hunter2" not in shown


@pytest.mark.parametrize("leak", [pickle.dumps, json.dumps, copy.copy, copy.deepcopy])
def test_secret_cannot_be_serialised_or_copied(leak: Callable[[Any], Any]):
    with pytest.raises(TypeError):
        leak(Secret("hunter2"))


def test_secrets_are_not_compared_by_value():
    assert Secret("a") != Secret("a")


@pytest.mark.parametrize(
    ("content", "expected"), [(b"x\n", b"x"), (b"x\n\n", b"x\n"), (b"x", b"x"), (b" x ", b" x ")]
)
def test_one_trailing_newline_is_dropped(tmp_path: Path, content: bytes, expected: bytes):
    path = tmp_path / "secret"
    path.write_bytes(content)
    path.chmod(0o600)
    assert read_secret_file(path).reveal() == expected


@pytest.mark.parametrize("permissions", [0o604, 0o602, 0o644])
def test_file_open_to_everyone_is_refused_in_production_only(tmp_path: Path, permissions: int):
    path = tmp_path / "secret"
    path.write_bytes(b"x")
    path.chmod(permissions)
    with pytest.raises(SecretFileError, match="open to every user"):
        read_secret_file(path, Mode.PRODUCTION)
    assert read_secret_file(path, Mode.DEVELOPMENT).reveal() == b"x"


def test_missing_or_empty_file_is_refused(tmp_path: Path):
    with pytest.raises(SecretFileError, match="No such file"):
        read_secret_file(tmp_path / "none")
    (tmp_path / "empty").write_bytes(b"\n")
    with pytest.raises(SecretFileError, match="empty"):
        read_secret_file(tmp_path / "empty", Mode.DEVELOPMENT)
