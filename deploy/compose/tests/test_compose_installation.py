"""What an installation is made of: who holds what, what stays, what each service thinks of it."""

import datetime as dt
import importlib
import re
import stat
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from compose_setup.form import Form, FormError, settle
from compose_setup.installation import Installation
from compose_setup.parts import PARTS, Part
from compose_setup.renewal import Renewable, RenewalError, install_public_certificate, renew
from cryptography import x509
from cryptography.x509.oid import NameOID
from pki.authority import Authority, Lives
from typer.testing import CliRunner

REPOSITORY = Path(__file__).resolve().parents[3]
Install = Callable[..., Installation]
PROGRAMS = {
    "auth": "auth.entrypoints.command_line",
    "signer": "signer.entrypoints.cli",
    "bank-adapter": "bank_adapter.entrypoints.command_line",
    "audit": "audit.entrypoints.cli",
    "simulator": "simulator.__main__",
}


def contents(root: Path) -> dict[str, bytes]:
    return {
        str(path.relative_to(root)): path.read_bytes()
        for path in sorted(root.rglob("*"))
        if path.is_file()
    }


@pytest.mark.parametrize("form", list(Form))
def test_a_second_start_changes_no_file(install: Install, form: Form):
    root = install(form).root
    before = contents(root)
    install(form)
    assert contents(root) == before


def test_the_authority_is_not_the_development_one(install: Install):
    pem = (install().root / "auth" / "ca.pem").read_bytes()
    subject = x509.load_pem_x509_certificate(pem).subject
    assert subject.get_attributes_for_oid(NameOID.COMMON_NAME)[0].value == "Gerbang deployment CA"


def test_no_secret_lies_in_two_services_folders(install: Install):
    root = install(Form.SANDBOX).root
    holders: dict[bytes, set[str]] = {}
    for part in PARTS:
        for name, content in contents(root / part.name).items():
            if name != "ca.pem":
                holders.setdefault(content, set()).add(part.name)
    assert {frozenset(names) for names in holders.values() if len(names) > 1} == set()


def test_the_key_encryption_passphrase_lies_in_the_signers_folder_alone(install: Install):
    root = install().root
    passphrase = (root / "signer" / "kek-passphrase").read_bytes()
    holders = {
        name.split("/")[0] for name, content in contents(root).items() if passphrase in content
    }
    assert holders == {"signer"}


def test_the_authoritys_key_is_in_no_services_folder(install: Install):
    root = install().root
    assert [path.parent.name for path in root.rglob("ca.key")] == ["authority"]


def test_every_file_belongs_to_its_service_and_opens_for_nobody_else(
    install: Install, owners: dict[Path, tuple[int, int]]
):
    root = install(Form.SANDBOX).root
    for part in PARTS:
        files = [path for path in (root / part.name).rglob("*") if path.is_file()]
        assert files
        for path in files:
            assert stat.S_IMODE(path.stat().st_mode) == 0o400
            assert owners[path] == (part.owner, part.owner)
        assert stat.S_IMODE((root / part.name).stat().st_mode) == 0o700


@pytest.mark.parametrize("part", PARTS, ids=lambda part: part.name)
def test_the_image_runs_as_the_owner_of_its_folder(part: Part):
    folder = Path(part.config_folder).parent
    dockerfile = (REPOSITORY / folder / "Dockerfile").read_text()
    assert re.findall(r"^USER (\d+):(\d+)$", dockerfile, re.MULTILINE) == [
        (str(part.owner), str(part.owner))
    ]


@pytest.mark.parametrize(
    ("form", "part"),
    [
        pytest.param(form, part, id=f"{form.value}-{part.name}")
        for form in Form
        for part in PARTS
        if part.name != "edge" and (form is Form.SANDBOX or not part.sandbox_only)
    ],
)
def test_every_service_accepts_the_files_made_for_it(install: Install, form: Form, part: Part):
    config = install(form).root / part.name / f"{part.name}.toml"
    # In this process: importing a service takes longer than its check.
    program = importlib.import_module(PROGRAMS[part.name]).app
    done = CliRunner().invoke(program, ["check-config", "--config", str(config)])
    assert done.exit_code == 0, done.output


@pytest.mark.parametrize("form", list(Form))
def test_envoy_accepts_what_is_rendered_for_the_edge(install: Install, form: Form):
    folder = install(form).root / "edge"
    config = folder / "edge.toml"
    config.chmod(0o600)
    # The one path that lies in the image and not beside the file.
    descriptors = REPOSITORY / "protos" / "descriptors" / "edge.binpb"
    config.write_text(config.read_text().replace("/etc/gerbang/edge.binpb", str(descriptors)))
    done = subprocess.run(  # noqa: S603 - our own program
        [sys.executable, "-m", "edge", "validate", "--config", str(config)],
        check=False,
        capture_output=True,
        text=True,
        timeout=100,
    )
    assert done.returncode == 0, done.stderr


def test_an_installation_never_changes_its_form(install: Install):
    made = install(Form.PRODUCTION)
    with pytest.raises(FormError, match="this installation is a production"):
        settle(made.authority_folder, Form.SANDBOX)


def test_a_plain_start_of_a_sandbox_leaves_it_a_sandbox(install: Install):
    made = install(Form.SANDBOX)
    assert made.prepare() is Form.SANDBOX
    assert 'mode = "development"' in (made.root / "auth" / "auth.toml").read_text()


def test_production_gets_no_published_key_and_no_simulator(install: Install):
    root = install(Form.PRODUCTION).root
    assert not (root / "simulator").exists()
    assert not [name for name in contents(root) if "demo" in name]


def test_a_certificate_is_renewed_near_its_end_and_other_secrets_stay(install: Install):
    root = install().root
    before = contents(root)
    install(now=dt.datetime.now(dt.UTC) + dt.timedelta(days=360))
    changed = {name.split("/")[-1] for name, old in before.items() if contents(root)[name] != old}
    assert changed == {"cert.pem", "key.pem", "public-cert.pem", "public-key.pem"}


def test_a_renewed_database_password_reaches_the_service_and_the_migrate_job(install: Install):
    made = install()
    before = contents(made.root)
    renew(made, "bank-adapter", Renewable.DATABASE_PASSWORD)
    after = contents(made.root)
    assert {name for name in before if before[name] != after[name]} == {
        "bank-adapter/database-password",
        "migrate/bank_adapter-password",
    }
    assert after["bank-adapter/database-password"] == after["migrate/bank_adapter-password"]


def test_what_a_part_does_not_have_cannot_be_renewed(install: Install):
    with pytest.raises(RenewalError, match="edge has no database-password"):
        renew(install(), "edge", Renewable.DATABASE_PASSWORD)


def test_a_public_certificate_of_ones_own_is_kept(install: Install, tmp_path: Path):
    made = install()
    lives = Lives(
        authority=dt.timedelta(days=3650),
        leaf=dt.timedelta(days=90),
        renew_before=dt.timedelta(days=1),
    )
    stranger = Authority(
        tmp_path / "stranger", common_name="Some public CA", lives=lives, now=made.now
    ).issue_host(["gerbang.example.co.id"], folder=tmp_path / "own", prefix="")
    install_public_certificate(
        made.root / "edge",
        owner=101,
        certificate=stranger.certificate_file,
        private_key=stranger.private_key_file,
        give_to=made.give_to,
    )
    made.prepare()
    shown = (made.root / "edge" / "public-cert.pem").read_bytes()
    assert shown == stranger.certificate_file.read_bytes()


def test_a_public_certificate_without_its_key_is_refused(install: Install):
    edge = install().root / "edge"
    with pytest.raises(RenewalError, match="is not the key of"):
        install_public_certificate(
            edge, owner=101, certificate=edge / "public-cert.pem", private_key=edge / "key.pem"
        )
