"""The command line, run as operators run it."""

import datetime as dt
import json
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from servicekit.config import load
from servicekit.testing import issue_test_pki
from signer.application.ports import KeyMaterial
from signer.config import SignerSettings
from signer.entrypoints import cli_errors
from signer.entrypoints.cli import app
from typer.testing import CliRunner


@dataclass(frozen=True, slots=True, kw_only=True)
class Done:
    returncode: int
    stdout: str
    stderr: str


Run = Callable[..., Done]


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    """`python -m signer ARGUMENTS --config FILE` on a database of its own."""
    tls = issue_test_pki(tmp_path / "pki", ["signer"])["signer"]
    (tmp_path / "words").write_text("a passphrase for a test\n")
    config = tmp_path / "signer.toml"
    config.write_text(
        f"""
mode = "development"
[listen]
port = 0
[tls]
certificate_file = "{tls.certificate_file}"
private_key_file = "{tls.private_key_file}"
ca_file = "{tls.ca_file}"
[database]
url = "sqlite:///{tmp_path / "signer.db"}"
[audit]
target = "127.0.0.1:9"
server_name = "audit.gerbang.internal"
[kek]
passphrase_file = "words"
scrypt_log2_n = 14
"""
    )

    # The logger would keep the runner's stderr for the tests that follow.
    monkeypatch.setattr(cli_errors.log, "configure", lambda *_: None)

    def run_(*arguments: str) -> Done:
        result = CliRunner().invoke(app, [*arguments, "--config", str(config)])
        if result.exception is not None and not isinstance(result.exception, SystemExit):
            raise result.exception
        return Done(returncode=result.exit_code, stdout=result.stdout, stderr=result.stderr)

    return run_


def test_a_key_is_provisioned_once_and_its_public_part_comes_out(run: Run) -> None:
    assert run("migrate").returncode == 0
    generate = [
        "keys", "generate", "--key-id", "bca-token", "--scheme", "snap_token_asymmetric",
        "--activate", "--if-absent", "--operator", "ani",
    ]  # fmt: skip
    made = run(*generate)
    assert (made.returncode, "bca-token version 1 is ACTIVE" in made.stdout) == (0, True)
    again = run(*generate)
    assert (again.returncode, "nothing was changed" in again.stdout) == (0, True)
    (key,) = json.loads(run("keys", "list", "--json").stdout)
    assert (key["keyId"], key["version"], key["state"]) == ("bca-token", 1, "ACTIVE")
    public = run("keys", "export-public", "--key-id", "bca-token")
    assert public.stdout.startswith("-----BEGIN PUBLIC KEY-----\n")
    form = run("keys", "export-public", "--key-id", "bca-token", "--form").stdout
    assert key["fingerprint"][:2] + ":" in form
    assert "RSA 2048 bit" in form


def test_a_secret_is_imported_promoted_and_never_shown(run: Run, tmp_path: Path) -> None:
    run("migrate")
    file = tmp_path / "secret"
    common = ["--key-id", "bca-transaction", "--scheme", "snap_transaction_symmetric"]
    said = ""
    for text, flag in (("the-first-secret", "--activate"), ("the-second-secret", "--reason=new")):
        file.write_text(text + "\n")
        said += run("keys", "import", *common, "--secret-file", str(file), flag).stdout
    promote = ("keys", "promote", "--key-id", "bca-transaction", "--version", "2")
    unprobed = run(*promote)
    assert (unprobed.returncode, "was not probed" in unprobed.stderr) == (1, True)
    said += run(*promote, "--reason", "the bank confirmed it").stdout
    said += run("keys", "retire", "--key-id", "bca-transaction", "--version", "1").stdout
    listed = run("keys", "list").stdout
    assert ("RETIRED" in listed, "ACTIVE" in listed) == (True, True)
    assert "secret-" not in said + listed
    assert "-secret" not in said + listed
    refused = run("keys", "export-public", "--key-id", "bca-transaction")
    assert (refused.returncode, "never given out" in refused.stderr) == (1, True)


def test_mistakes_get_a_sentence_and_no_traceback(
    run: Run, tmp_path: Path, fresh_rsa: KeyMaterial
) -> None:
    key = tmp_path / "key.pem"
    key.write_bytes(fresh_rsa.secret.reveal())
    common = ["keys", "import", "--key-id", "k", "--scheme", "snap_token_asymmetric"]
    unmigrated = run("keys", "list")
    run("migrate")
    tried = [
        (unmigrated, "python -m signer migrate"),
        (run(*common), "give exactly one of"),
        (run(*common, "--private-key-file", str(key)), "looks like DER"),
        (run(*common, "--private-key-file", str(tmp_path / "gone")), "No such file"),
        (run("keys", "promote", "--key-id", "k", "--version", "1"), "there is no version 1"),
        (run(*common, "--operator", "a" * 65, "--secret-file", str(key)), "at most 64"),
    ]
    (tmp_path / "words").write_text("another passphrase\n")
    tried.append((run("keys", "list"), "not the file the key store was locked with"))
    for done, sentence in tried:
        assert (done.returncode, sentence in done.stderr) == (1, True), done.stderr
        assert "Traceback" not in done.stderr


def test_the_configuration_is_checked(run: Run, tmp_path: Path) -> None:
    assert run("check-config").returncode == 0
    config = tmp_path / "signer.toml"
    config.write_text(config.read_text() + 'key_file = "x"\n[surprise]\n')
    done = run("check-config")
    assert done.returncode == 1
    assert "surprise: unknown key" in done.stderr
    assert "exactly one of passphrase_file and key_file" in done.stderr


def test_a_key_is_destroyed_by_two_people(run: Run, tmp_path: Path) -> None:
    run("migrate")
    which = ["--key-id", "old", "--version", "1"]
    (tmp_path / "secret").write_text("the-first-secret")
    file = str(tmp_path / "secret")
    run(
        "keys",
        "import",
        "--key-id",
        "old",
        "--scheme",
        "bca_legacy_symmetric",
        "--secret-file",
        file,
    )
    run("keys", "retire", *which)
    near = run("keys", "schedule-destroy", *which, "--days", "6", "--operator", "ani")
    assert (near.returncode, "at least 7 days" in near.stderr) == (1, True)
    assert run("keys", "schedule-destroy", *which, "--operator", "ani").returncode == 0
    same = run("keys", "confirm-destroy", *which, "--operator", "ani", "--yes")
    assert (same.returncode, "another operator" in same.stderr) == (1, True)
    assert run("keys", "confirm-destroy", *which, "--operator", "budi").returncode == 1
    assert run("keys", "confirm-destroy", *which, "--operator", "budi", "--yes").returncode == 0
    assert run("keys", "cancel-destroy", *which, "--operator", "ani").returncode == 0


def test_the_key_encryption_key_is_changed(run: Run, tmp_path: Path) -> None:
    run("migrate")
    run("keys", "generate", "--key-id", "k", "--scheme", "snap_transaction_symmetric")
    missing = run("keys", "rewrap")
    assert (missing.returncode, "[kek_next]" in missing.stderr) == (1, True)
    (tmp_path / "next").write_text("the next passphrase\n")
    config = tmp_path / "signer.toml"
    both = config.read_text() + '[kek_next]\npassphrase_file = "next"\nscrypt_log2_n = 14\n'
    config.write_text(both)
    assert "1 versions are sealed" in run("keys", "rewrap").stdout
    (tmp_path / "words").write_text("the old one is gone\n")
    assert run("keys", "list").returncode == 0


def test_the_journal_is_verified_here_and_elsewhere(run: Run, tmp_path: Path) -> None:
    run("migrate")
    run("keys", "generate", "--key-id", "k", "--scheme", "snap_transaction_symmetric")
    assert "2 entries, unbroken" in run("journal", "verify").stdout
    export = tmp_path / "journal.jsonl"
    assert run("journal", "export", "--file", str(export)).returncode == 0
    alone = CliRunner().invoke(app, ["journal", "verify-file", str(export)])
    assert "2 entries, unbroken" in alone.stdout
    export.write_text(export.read_text().replace("key_generated", "key_imported"))
    broken = CliRunner().invoke(app, ["journal", "verify-file", str(export)])
    assert (broken.exit_code, "journal entry 2" in broken.stderr) == (1, True)
    with sqlite3.connect(tmp_path / "signer.db") as direct:
        direct.execute("DELETE FROM journal WHERE last_sequence = 2")
    direct.close()
    assert "its head says otherwise" in run("journal", "verify").stderr


def test_the_module_is_a_program(run: Run, tmp_path: Path) -> None:
    run("migrate")
    config = str(tmp_path / "signer.toml")
    done = subprocess.run(  # noqa: S603 - our own program
        [sys.executable, "-m", "signer", "keys", "list", "--config", config],
        check=False,
        capture_output=True,
        text=True,
    )
    assert (done.returncode, done.stdout) == (0, "no keys yet\n")


def test_production_refuses_the_development_ca(run: Run, tmp_path: Path) -> None:
    config = tmp_path / "signer.toml"
    config.write_text(config.read_text().replace("development", "production"))
    assert run("check-config").returncode == 0
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Gerbang development CA")])
    now = dt.datetime.now(dt.UTC)
    authority = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now)
        .not_valid_after(now + dt.timedelta(days=1))
        .sign(key, hashes.SHA256())
    )
    (tmp_path / "pki" / "ca.pem").write_bytes(authority.public_bytes(serialization.Encoding.PEM))
    for command in ("check-config", "serve"):
        done = run(command)
        assert (done.returncode, "development CA" in done.stderr) == (1, True)


def test_the_example_configuration_is_complete() -> None:
    settings = load(Path(__file__).parent.parent / "config" / "signer.toml", SignerSettings)
    assert settings.listen.port == 9103
    assert settings.granted().key_ids() == {"bca-token", "bca-transaction"}
