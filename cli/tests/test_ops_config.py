"""Where the command line finds the services and the operator, and how it says it cannot."""

from __future__ import annotations

from pathlib import Path

import pytest
from ops_run import CommandLine, invoke
from servicekit.config import TLSSettings


def test_help_names_every_exit_code() -> None:
    told = " ".join(invoke("--help").stdout.split())

    for code in range(8):
        assert f"{code} " in told
    assert "ALARM" in told


@pytest.mark.parametrize(
    "command",
    [
        ("transfers", "list"),
        ("transfers", "show"),
        ("transfers", "resolve"),
        ("keys", "list"),
        ("keys", "generate"),
        ("keys", "import"),
        ("keys", "stage"),
        ("keys", "probe"),
        ("keys", "promote"),
        ("keys", "retire"),
        ("keys", "schedule-destroy"),
        ("keys", "confirm-destroy"),
        ("keys", "cancel"),
        ("keys", "export-public"),
        ("journal", "verify"),
        ("reconcile",),
    ],
)
def test_every_command_has_help(command: tuple[str, ...]) -> None:
    told = invoke(*command, "--help")

    assert told.code == 0
    assert "--json" in told.stdout


def test_missing_configuration_is_one_sentence(tmp_path: Path) -> None:
    told = invoke("--config", str(tmp_path / "none.toml"), "transfers", "list")

    assert told.code == 2
    assert "cannot be read" in told.stderr
    assert "Traceback" not in told.stderr


def test_unknown_key_of_the_configuration_is_named(ops: CommandLine) -> None:
    path = ops.config("operator/jane", extra="[signr]\ntarget = 'x'\n")

    told = invoke("--config", str(path), "keys", "list")

    assert told.code == 2
    assert "signr: unknown key" in told.stderr


def test_service_that_is_away_is_named_with_its_address(ops: CommandLine) -> None:
    ops.targets["bank-adapter"] = 9

    told = invoke("--config", str(ops.config("operator/jane")), "transfers", "list")

    assert told.code == 3
    assert "bank-adapter at 127.0.0.1:9 cannot be reached" in told.stderr


def test_options_are_enough_without_a_file(
    ops: CommandLine, pki: dict[str, TLSSettings], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    tls = pki["operator/jane"]
    identity = (
        "--certificate", str(tls.certificate_file),
        "--private-key", str(tls.private_key_file),
        "--ca", str(tls.ca_file),
    )  # fmt: skip

    told = invoke(*identity, "--signer", "127.0.0.1:9", "keys", "list")

    assert told.code == 3
    assert "signer at 127.0.0.1:9" in told.stderr


def test_missing_identity_file_is_named(ops: CommandLine, tmp_path: Path) -> None:
    path = ops.config("operator/jane")
    absent = ("--private-key", str(tmp_path / "absent.key"))

    told = invoke("--config", str(path), *absent, "transfers", "list")

    assert told.code == 1
    assert "absent.key" in told.stderr
