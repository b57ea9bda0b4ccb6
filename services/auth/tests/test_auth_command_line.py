"""The command line: what a person types, what a program reads."""

import base64
import json
import re
import signal
import subprocess
import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import pytest
import tomlkit
from auth.bootstrap import open_parts
from auth.entrypoints import command_line, command_run
from auth.entrypoints.command_line import app
from typer.testing import CliRunner, Result

CREATE = (
    *("clients", "create", "erp", "--scope", "transfers.read", "--scope", "audit.read"),
    *("--origin", "https://erp.example.com", "--account", "bca:1234567890"),
)

Run = Callable[..., Result]


@pytest.fixture
def config(document: dict[str, Any], tmp_path: Path) -> Path:
    path = tmp_path / "auth.toml"
    path.write_text(tomlkit.dumps(document))
    return path


@pytest.fixture
def run(config: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Runs `python -m auth ARGUMENTS --config FILE` in this process."""
    # Logging belongs to the process, and these tests share theirs with others.
    monkeypatch.setattr(command_run, "configure", lambda *_: None)
    monkeypatch.setattr(command_line, "configure", lambda *_: None)
    monkeypatch.setattr(command_run, "open_parts", partial(open_parts, hash_memory_kib=64))

    def invoke(*arguments: str, input_text: str | None = None) -> Result:
        return CliRunner().invoke(app, [*arguments, "--config", str(config)], input=input_text)

    return invoke


def answer(result: Result) -> Any:
    assert result.exit_code == 0, result.output
    return json.loads(result.stdout)


def failure(result: Result) -> str:
    assert result.exit_code == 1
    assert result.stdout == ""
    return result.stderr


def test_a_client_is_made_with_a_secret_that_is_shown_once(run: Run) -> None:
    made = answer(run(*CREATE, "--json"))
    shown = run("clients", "show", "erp")

    assert made["created"]
    assert re.fullmatch(r"gbs_[A-Za-z0-9_-]{43}", made["secret"])
    assert made["secret"] not in shown.output
    assert "$argon2" not in shown.output


def test_a_client_shows_its_rights(run: Run) -> None:
    run(*CREATE)
    shown = answer(run("clients", "show", "erp", "--json"))

    assert shown["status"] == "ACTIVE"
    assert shown["scopes"] == ["audit.read", "transfers.read"]
    assert shown["origins"] == ["https://erp.example.com"]
    assert shown["accounts"] == ["bca:1234567890"]
    assert [row["client_id"] for row in answer(run("clients", "list", "--json"))] == ["erp"]


def test_a_secret_file_that_is_there_is_used(run: Run, tmp_path: Path) -> None:
    path = tmp_path / "secret"
    path.write_text("a-secret-that-is-long-enough-0001\n")
    made = answer(run(*CREATE, "--secret-file", str(path), "--json"))

    assert made == {"client_id": "erp", "created": True, "secret_file": str(path)}


def test_a_secret_file_that_is_not_there_is_written_for_its_owner_only(
    run: Run, tmp_path: Path
) -> None:
    path = tmp_path / "secret"
    result = run(*CREATE, "--secret-file", str(path))

    assert result.exit_code == 0
    assert path.read_text().startswith("gbs_")
    assert path.read_text().strip() not in result.output
    assert path.stat().st_mode & 0o777 == 0o600


def test_making_a_client_again_fails_unless_it_may_be_there(run: Run, tmp_path: Path) -> None:
    path = tmp_path / "secret"
    run(*CREATE, "--secret-file", str(path))

    assert failure(run(*CREATE)) == "error: client erp exists already\n"
    again = answer(run(*CREATE, "--secret-file", str(path), "--if-absent", "--json"))
    assert again == {"client_id": "erp", "created": False}


def test_a_secret_that_is_lost_is_said_to_be_lost(run: Run, tmp_path: Path) -> None:
    run(*CREATE)
    said = failure(run(*CREATE, "--if-absent", "--secret-file", str(tmp_path / "gone")))

    assert "clients rotate erp" in said


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("clients", "create", "ERP", "--scope", "audit.read"), "client_id: 'ERP'"),
        (("clients", "create", "erp", "--scope", "all"), "'all' is not one of"),
        (("clients", "create", "erp"), "scope: 0 given"),
        (("clients", "create", "erp", "--scope", "audit.read"), "origin: 0 given"),
        (
            ("clients", "create", "erp", "--scope", "audit.read", "--origin", "https://a/"),
            "is not an origin",
        ),
        ((*CREATE, "--account", "123"), "as in bca:1234567890"),
        (("clients", "show", "nobody"), "there is no client nobody; clients list shows all"),
        (("clients", "rotate", "nobody"), "there is no client nobody"),
        (("clients", "disable", "nobody"), "there is no client nobody"),
        (("operators", "disable", "nobody"), "there is no operator nobody"),
    ],
)
def test_a_mistake_is_explained_in_one_line(
    run: Run, arguments: tuple[str, ...], said: str
) -> None:
    text = failure(run(*arguments))

    assert text.startswith("error: ")
    assert text.count("\n") == 1
    assert said in text


def test_a_rotation_gives_a_new_secret_and_says_how_long_the_old_one_counts(run: Run) -> None:
    first = answer(run(*CREATE, "--json"))["secret"]
    overlapping = answer(run("clients", "rotate", "erp", "--json"))
    at_once = answer(run("clients", "rotate", "erp", "--overlap-s", "0", "--json"))

    assert len({first, overlapping["secret"], at_once["secret"]}) == 3
    assert overlapping["old_secret_good_until"].endswith("Z")
    assert at_once["old_secret_good_until"] is None


def test_a_client_can_be_changed_disabled_and_enabled(run: Run) -> None:
    run(*CREATE)
    changed = answer(run("clients", "change", "erp", "--account", "bca:99", "--json"))
    disabled = answer(run("clients", "disable", "erp", "--json"))
    enabled = answer(run("clients", "enable", "erp", "--json"))

    assert (changed["accounts"], changed["scopes"]) == (
        ["bca:99"],
        ["audit.read", "transfers.read"],
    )
    assert (disabled["status"], enabled["status"]) == ("DISABLED", "ACTIVE")


def test_lists_are_tables_for_people(run: Run) -> None:
    empty = run("clients", "list").stdout
    run(*CREATE)
    lines = run("clients", "list").stdout.splitlines()

    assert empty == "there is no client yet; make one with: clients create\n"
    assert lines[0].startswith("CLIENT ID  NAME  STATUS")
    assert lines[1].startswith("erp        erp   ACTIVE")


def test_an_operator_is_made_with_an_authenticator_that_is_shown_once(
    run: Run, tmp_path: Path
) -> None:
    password = tmp_path / "password"
    password.write_text("correct horse battery\n")
    arguments = ("operators", "create", "jane", "--role", "viewer", "--role", "operator")
    made = answer(run(*arguments, "--password-file", str(password), "--json"))
    (listed,) = answer(run("operators", "list", "--json"))
    again = answer(run(*arguments, "--password-file", str(password), "--if-absent", "--json"))

    assert len(base64.b32decode(made["totp_secret"])) == 20
    assert made["totp_uri"].startswith("otpauth://totp/Gerbang:jane?secret=")
    assert (listed["operator"], listed["roles"]) == ("jane", ["operator", "viewer"])
    assert again == {"operator": "jane", "created": False}


def test_an_operator_is_disabled_and_given_new_means(run: Run, tmp_path: Path) -> None:
    password, totp = tmp_path / "password", tmp_path / "totp"
    password.write_text("correct horse battery\n")
    arguments = ("operators", "create", "jane", "--role", "viewer")
    run(*arguments, "--password-file", str(password), "--totp-secret-file", str(totp))
    reset = answer(run("operators", "reset-totp", "jane", "--json"))
    changed = answer(
        run("operators", "reset-password", "jane", "--password-file", str(password), "--json")
    )
    disabled = answer(run("operators", "disable", "jane", "--json"))

    assert reset["totp_secret"] != totp.read_text().strip()
    assert changed == {"operator": "jane", "password": "changed"}
    assert disabled["status"] == "DISABLED"


@pytest.mark.parametrize(
    ("text", "said"), [("short\n", "password: must be 12 to 128 characters"), ("", "empty")]
)
def test_a_password_that_is_too_short_makes_no_operator(
    run: Run, tmp_path: Path, text: str, said: str
) -> None:
    password = tmp_path / "password"
    password.write_text(text)
    made = run("operators", "create", "j", "--role", "viewer", "--password-file", str(password))

    assert said in failure(made)
    assert answer(run("operators", "list", "--json")) == []


def test_without_a_terminal_a_password_must_come_from_a_file(run: Run) -> None:
    said = failure(run("operators", "create", "jane", "--role", "viewer"))

    assert "--password-file" in said


def test_keys_are_rotated_once_at_a_time(run: Run) -> None:
    run("keys", "rotate")
    second = answer(run("keys", "rotate", "--json"))
    said = failure(run("keys", "rotate"))
    states = [row["state"] for row in answer(run("keys", "list", "--json"))]

    assert second["generation"] == 2
    assert "already published and begins to sign in" in said
    assert states == ["SIGNING", "PUBLISHED"]


def test_a_compromised_key_is_replaced_at_once(run: Run) -> None:
    run("keys", "rotate")
    run("keys", "rotate", "--compromised")
    states = [row["state"] for row in answer(run("keys", "list", "--json"))]

    assert states == ["RETIRED", "SIGNING"]


def test_a_configuration_that_is_good_is_said_to_be_good(run: Run) -> None:
    assert "can be used" in run("check-config").stdout


def test_every_problem_of_a_configuration_is_named(run: Run, config: Path) -> None:
    config.write_text(config.read_text() + "\n[tokens]\nlifetime_s = 301\n[nonsense]\n")
    said = failure(run("check-config"))

    assert "tokens.lifetime_s" in said
    assert "nonsense: unknown key" in said


def test_a_missing_file_is_named(run: Run, document: dict[str, Any]) -> None:
    Path(document["keys"]["encryption_key_file"]).unlink()

    assert document["keys"]["encryption_key_file"] in failure(run("check-config"))


def test_a_database_without_tables_says_what_to_run(
    run: Run, document: dict[str, Any], tmp_path: Path
) -> None:
    (tmp_path / "auth.db").unlink()
    before = failure(run("clients", "list"))
    migrated = run("migrate")

    assert "python -m auth migrate" in before
    assert migrated.exit_code == 0
    assert run("clients", "list").exit_code == 0


def test_the_process_serves_until_it_is_told_to_stop(config: Path) -> None:
    command = [sys.executable, "-m", "auth", "serve", "--config", str(config)]
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as process:  # noqa: S603 - our own program
        assert process.stderr is not None
        for line in process.stderr:
            if json.loads(line)["event"] == "serving":
                break
        process.send_signal(signal.SIGTERM)
        process.communicate(timeout=30)

    assert process.returncode == 0
